// Maps in the view as they are scored, and the regions above a level: ui/measures.py, as js/map_pane.js draws them.
import { LEVELS, peakOf, positivePart, range, toLevels, upsample } from "../../maps.js";
import { area, overlap } from "../../scores.js";
import { SIZE } from "../../view.js";

/** @import { ScoreRow } from "./types.d.ts" */

/** One method's map of one finding in the view. */
export class LaidMap {
  /**
   * @param {Float32Array} values
   * @param {number} height
   * @param {number} width
   * @param {"nearest" | "bilinear"} interpolation
   * @param {boolean} positive whether its floor is zero
   */
  constructor(values, height, width, interpolation, positive) {
    const seen = positive ? positivePart(values) : values;
    this.positive = positive;
    this.unpredicted = values.every(Number.isNaN);
    const scored = upsample(seen, height, width, SIZE, interpolation);
    const [least, most] = range(scored);
    this.least = positive ? Math.min(least, 0) : least;
    this.most = most;
    this.blank = this.unpredicted || !(most > this.least);
    this.levels = toLevels(scored, this.least, this.most);
    this.peak = peakOf(scored);
  }

  /**
   * The pixels above a level; none of a blank map.
   * @param {number} level
   * @returns {Uint8Array}
   */
  region(level) {
    const marked = new Uint8Array(this.levels.length);
    for (let i = 0; !this.blank && i < marked.length; i++) marked[i] = Number(this.levels[i] > level);
    return marked;
  }

  /**
   * The map's value at a level; null where there is no map.
   * @param {number} level
   */
  cut(level) {
    return this.unpredicted ? null : this.least + (level / LEVELS) * (this.most - this.least);
  }

  /**
   * @param {number} level
   * @param {Uint8Array} mask
   * @returns {ScoreRow} null where undefined, all of a blank map
   */
  scores(level, mask) {
    if (this.blank) return { iou: null, dice: null, precision: null, recall: null, hit: null };
    const marked = this.region(level);
    const whole = area(mask);
    let both = 0;
    for (let i = 0; i < marked.length; i++) both += marked[i] & mask[i];
    const { iou, dice, precision, recall } = overlap(area(marked), both, whole);
    const hit = whole ? mask[this.peak] : NaN;
    return {
      iou: numberOf(iou),
      dice: numberOf(dice),
      precision: numberOf(precision),
      recall: numberOf(recall),
      hit: numberOf(hit),
    };
  }

  /**
   * Why some score of this map is undefined, in a few words; empty where all are defined.
   * @param {number} level
   * @param {Uint8Array | null} mask
   */
  whyUndefined(level, mask) {
    if (this.unpredicted) return "not predicted";
    if (this.blank) return this.positive ? "no positive evidence" : "same value everywhere";
    if (!mask) return "no mask";
    if (!mask.includes(1)) return "empty mask";
    return this.region(level).includes(1) ? "" : "nothing above the threshold";
  }
}

/**
 * @param {number | null | undefined} value
 * @returns {number | null} null for what is no number
 */
export function numberOf(value) {
  return value === null || value === undefined || Number.isNaN(value) ? null : value;
}
