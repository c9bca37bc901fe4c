// How two annotations fit each other: the numbers of a comparison, the same as ui/measures.py.
import { centreOf, farthest, kappa } from "../drawing/distance.js";
import { overlap } from "../scores.js";
import { SIZE } from "../view.js";
import { shared } from "./region.js";

/** @import { Region } from "./region.js" */

/**
 * A measure of two annotations: in a few words, in a sentence, its value, and the value as text. `share` says that it
 * lies between 0 and 1, more being better.
 * @typedef {object} Measure
 * @property {string} label
 * @property {string} words
 * @property {boolean} share
 * @property {(one: Region, other: Region, scale: number) => number} of NaN where undefined; `scale` is the number of
 *   original pixels for each of the view
 * @property {(value: number) => string} text
 */

/** @param {number} value */
const decimals = (value) => (Number.isNaN(value) ? "–" : value.toFixed(3).replace("-", "−"));
/** @param {number} value */
const yesOrNo = (value) => (Number.isNaN(value) ? "–" : value ? "yes" : "no");

/** @typedef {"iou" | "dice" | "hausdorff" | "kappa" | "centre"} MeasureKey */

/** @type {Record<MeasureKey, Measure>} */
export const MEASURES = {
  iou: {
    label: "IoU",
    words: "overlap divided by union",
    share: true,
    of: (one, other) => overlap(one.area, shared(one, other), other.area).iou,
    text: decimals,
  },
  dice: {
    label: "Dice",
    words: "twice the overlap, divided by the sum of both areas",
    share: true,
    of: (one, other) => overlap(one.area, shared(one, other), other.area).dice,
    text: decimals,
  },
  hausdorff: {
    label: "Hausdorff distance",
    words: "the largest distance from a pixel of either to the nearest of the other, in pixels of the original",
    share: false,
    of: (one, other, scale) => {
      if (!one.area || !other.area) return NaN;
      return scale * Math.sqrt(Math.max(farthest(one.mask, other.distances), farthest(other.mask, one.distances)));
    },
    text: (value) => (Number.isNaN(value) ? "–" : `${value.toFixed(1)} px`),
  },
  kappa: {
    label: "Kappa by pixel",
    words: "Cohen's kappa over all pixels of the view: agreement beyond what both areas alone would give by chance",
    share: true,
    of: (one, other) => kappa(one.area, other.area, shared(one, other), one.mask.length),
    text: decimals,
  },
  centre: {
    label: "Centre hit",
    words: "whether the centre of mass of the first lies inside the second; the two directions may differ",
    share: true,
    of: (one, other) => {
      const at = centreOf(one.mask, SIZE);
      return at < 0 || !other.area ? NaN : other.mask[at];
    },
    text: yesOrNo,
  },
};
