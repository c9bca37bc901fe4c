// Words and numbers of the tab.

/** @import { BoardMethod, Marking, MarkingKind, Metric } from "../types.d.ts" */

/** @type {Metric[]} */
export const METRIC_KEYS = ["hit", "iou_tp", "iou_all"];
/** @type {Record<Metric, { label: string, long: string }>} */
export const METRICS = {
  hit: { label: "Hit rate", long: "Hit rate: share of masks that cover the map's largest value" },
  iou_tp: { label: "mIoU, TP only", long: "Mean IoU where something is drawn and something is marked" },
  iou_all: {
    label: "mIoU, TP+FP+FN",
    long: "Mean IoU where anything is drawn or marked: a region marked without a mask scores 0",
  },
};

/** @type {MarkingKind[]} */
export const MARKING_KEYS = ["halving", "grid", "otsu", "cutoffs", "fixed"];
/** @type {Record<MarkingKind, { label: string, long: string }>} */
export const MARKINGS = {
  halving: {
    label: "Tuned: halving search",
    long: "Tuned on validation cases as MedicalPatchNet's code does, for TP only and for TP+FP+FN apart",
  },
  grid: { label: "Tuned: grid", long: "Tuned on validation cases over 0.2 … 0.8 as CheXlocalize's code does" },
  otsu: { label: "Otsu", long: "Otsu's threshold of each map, holes filled" },
  cutoffs: {
    label: "Otsu + cut-off",
    long: "Otsu's threshold, and nothing marked below a probability tuned on validation cases",
  },
  fixed: { label: "Fixed", long: "The sliders' thresholds, the same for all methods" },
};

/** What floors are, said once. */
export const FLOORS =
  "Floors never look at the radiograph: a random point and region, the middle, and the location prior, the mean of " +
  "other patients' masks; “× probability” adds whether the model sees the finding, and not where.";

export const DASH = "–";

/**
 * @param {number | null | undefined} value
 * @param {number} [digits]
 * @returns {string}
 */
export function number(value, digits = 3) {
  return value === null || value === undefined || Number.isNaN(value) ? DASH : value.toFixed(digits).replace("-", "−");
}

/**
 * @param {number} value
 * @returns {string}
 */
export function signedNumber(value) {
  if (Number.isNaN(value)) return DASH;
  const text = Math.abs(value).toFixed(3);
  return Number(text) === 0 ? text : (value < 0 ? "−" : "+") + text;
}

/**
 * @param {{ low: number, high: number }} ends
 * @param {(value: number) => string} [format]
 * @returns {string}
 */
export function interval({ low, high }, format = number) {
  return Number.isNaN(low) ? DASH : `${format(low)} to ${format(high)}`;
}

const LEAST = 1e-5; // one of the 100,000 flips of signs, itself

/**
 * @param {number} p
 * @returns {string}
 */
export function pText(p) {
  if (Number.isNaN(p)) return DASH;
  if (p <= LEAST) return `≤ ${LEAST.toFixed(5)}`;
  return p < 0.001 ? p.toFixed(5) : p.toFixed(3);
}

/**
 * @param {BoardMethod} method
 * @param {Marking} marking
 * @param {Metric} metric
 * @param {number} f
 * @returns {string}
 */
export function thresholdText(method, marking, metric, f) {
  if (!method.marks) return "";
  const threshold = method.threshold(marking, metric, f);
  const cutoff = method.cutoff(marking, f);
  const words = Number.isNaN(threshold) ? "Otsu" : threshold.toFixed(3);
  return cutoff ? `${words}, p ≥ ${cutoff.toFixed(1)}` : words;
}
