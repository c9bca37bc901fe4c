// Overlap of a thresholded map with a mask, at any threshold in constant time.
import { LEVELS } from "./maps.js";

/** @import { Measured, Overlap, Scores } from "./types.d.ts" */

/**
 * Number of pixels whose level is greater than T, for every T from 0 to LEVELS.
 * With a mask (one byte a pixel, 0 or 1) only the pixels inside it are counted.
 * @param {Uint16Array} levels
 * @param {Uint8Array | null} [mask]
 * @returns {Uint32Array}
 */
export function countsAbove(levels, mask = null) {
  const above = new Uint32Array(LEVELS + 1);
  for (let i = 0; i < levels.length; i++) {
    if (levels[i] > 0 && (mask === null || mask[i])) above[levels[i] - 1]++;
  }
  for (let t = LEVELS - 1; t >= 0; t--) above[t] += above[t + 1];
  return above;
}

/**
 * Number of pixels inside a mask.
 * @param {Uint8Array} mask
 * @returns {number}
 */
export function area(mask) {
  let sum = 0;
  for (let i = 0; i < mask.length; i++) sum += mask[i];
  return sum;
}

/**
 * Number of pixels above a level; below the first level (−1) these are all.
 * @param {Uint32Array} above
 * @param {number} level
 * @param {number} all
 * @returns {number}
 */
export function countAt(above, level, all) {
  return level < 0 ? all : above[level];
}

/**
 * Intersection over union of the region above level T with a mask of `maskArea` pixels.
 * Undefined (NaN) when both are empty.
 * @param {Uint32Array} above
 * @param {Uint32Array} insideAbove
 * @param {number} maskArea
 * @param {number} level
 * @returns {number}
 */
export function iouAt(above, insideAbove, maskArea, level) {
  const union = above[level] + maskArea - insideAbove[level];
  return union === 0 ? NaN : insideAbove[level] / union;
}

/**
 * How a marked region fits a mask, by numbers of pixels; what is undefined is NaN.
 * IoU and Dice: undefined when both are empty. Precision: when nothing is marked. Recall: for an empty mask.
 * @param {number} marked
 * @param {number} both
 * @param {number} maskArea
 * @returns {Overlap}
 */
export function overlap(marked, both, maskArea) {
  const union = marked + maskArea - both;
  return {
    iou: union ? both / union : NaN,
    dice: union ? (2 * both) / (marked + maskArea) : NaN,
    precision: marked ? both / marked : NaN,
    recall: maskArea ? both / maskArea : NaN,
  };
}

/** A mask that maps are compared with: its area, and for the map at hand how much of it lies above each level. */
export class Reference {
  /** @type {Measured | null} */
  map = null;
  /** @type {Uint32Array | null} */
  counted = null; // numbers of the map's pixels inside, by level, once somebody asks
  /** @type {boolean | null} */
  hit = null;

  /**
   * @param {string} label
   * @param {Uint8Array | null} mask one byte a pixel, 0 or 1, or null
   * @param {string} [reason] why there is none.
   */
  constructor(label, mask, reason = "") {
    this.label = label;
    this.mask = mask;
    this.reason = reason;
    this.area = mask ? area(mask) : 0;
  }

  /**
   * @param {Measured | null} map {levels, peak: index of the scored map's maximum, −1 for a blank map} or null while
   *   there is none.
   */
  measure(map) {
    this.map = map;
    this.counted = null;
    this.hit = map && this.mask && this.area && map.peak >= 0 ? this.mask[map.peak] === 1 : null;
  }

  /**
   * How much of the mask lies above each level of the map; null without a mask or a map.
   * @returns {Uint32Array | null}
   */
  get inside() {
    if (this.map && this.mask) this.counted ??= countsAbove(this.map.levels, this.mask);
    return this.counted;
  }

  /**
   * {iou, dice, precision, recall, hit} above a level; NaN and null where undefined, null without a mask or a map.
   * @param {Uint32Array} above
   * @param {number} level
   * @returns {Scores | null}
   */
  at(above, level) {
    const { inside, mask } = this;
    if (inside === null || mask === null) return null;
    const all = mask.length;
    return { ...overlap(countAt(above, level, all), countAt(inside, level, this.area), this.area), hit: this.hit };
  }
}
