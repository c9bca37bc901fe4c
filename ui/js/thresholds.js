// What the threshold slider means. Each mode turns the slider's value into the level at which a pane's map is cut.
import { byKey } from "./dom.js";
import { LEVELS, thresholdLevel } from "./maps.js";
import { SIZE } from "./view.js";

/**
 * @import { MapPane } from "./map_pane.js"
 * @import { Speaker, Tuned } from "./messages.d.ts"
 * @import { ModeWords, Settings, ThresholdMode, TunedValues } from "./types.d.ts"
 */

/**
 * The level of a value in a map that runs from `least` to `most`; −1 below all values, so that all of them are above.
 * @param {number} value
 * @param {number} least
 * @param {number} most
 * @returns {number}
 */
export function levelOfValue(value, least, most) {
  if (!(most > least)) return 0;
  const level = ((value - least) / (most - least)) * LEVELS;
  return level < 0 ? -1 : Math.min(LEVELS, Math.round(level));
}

/**
 * The lowest level above which at most a share of the pixels lies; values that are equal stay together.
 * @param {Uint32Array} above
 * @param {number} share
 * @param {number} pixels
 * @returns {number}
 */
export function levelOfShare(above, share, pixels) {
  const most = share * pixels;
  let low = 0;
  let high = LEVELS;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (above[middle] <= most) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param {number} value */
const percent = (value) => `${Math.round(100 * value)} %`;

export const LOGIT = "logit"; // the unit that one value for several maps can be chosen in

/**
 * The modes by key: `slider` has the setting it moves and its range; `note` says what must be known about the mode.
 * @type {Record<ThresholdMode, ModeWords>}
 */
export const MODES = {
  range: {
    label: "of each map's range",
    slider: { setting: "threshold", min: 0, max: 1, step: 0.01, text: percent },
    help: "Share of the way from each map's minimum to its maximum, as in the published evaluation",
  },
  absolute: {
    label: "in logits",
    slider: {
      setting: "cut",
      min: -1,
      max: 1,
      step: 0.01,
      text: (value, limit) =>
        `${value < 0 ? "−" : ""}${Math.abs(value * limit).toFixed(limit < 10 ? 2 : limit < 100 ? 1 : 0)}`,
    },
    help: "One value for all maps in logits, on their common scale",
    note: ({ threshold }) => `Maps without this unit stay at ${percent(threshold)} of their range.`,
  },
  percentile: {
    label: "top % of pixels",
    slider: { setting: "top", min: 0.005, max: 0.5, step: 0.005, text: (value) => `${(100 * value).toFixed(1)} %` },
    help: "At most this share of the view is marked in each pane; equal values stay together",
  },
  tuned: { label: "tuned", help: "Thresholds that were best on validation cases, one for each method and finding" },
};

/**
 * The level at which a pane is cut.
 * @param {MapPane} pane
 * @param {Settings} settings {mode, threshold, cut, top}
 * @param {number} limit the end of the common scale in logits
 * @param {Record<string, number> | null | undefined} tuned {name of a pane: share of the range} for the finding, or
 *   null where there are no tuned thresholds.
 * @returns {number}
 */
export function levelFor(pane, settings, limit, tuned) {
  const { mode, threshold, cut, top } = settings;
  if (pane.signed === null || pane.blank) return thresholdLevel(threshold);
  if (mode === "absolute" && pane.method.unit === LOGIT) return levelOfValue(cut * limit, pane.least, pane.most);
  if (mode === "percentile") return levelOfShare(pane.above, top, SIZE * SIZE);
  if (mode === "tuned" && tuned?.[pane.key] !== undefined) return thresholdLevel(tuned[pane.key]);
  return thresholdLevel(threshold);
}

/**
 * Tuned thresholds of a finding, with a sentence on where they come from or why there are none. They hold for the
 * weights that they were tuned with alone.
 * @param {Tuned | null} tuned weights by model, thresholds by name of pane and finding
 * @param {Speaker[] | undefined} models that speak
 * @param {string} finding
 * @param {{ key: string, model: { key: string } }[]} panes on show
 * @returns {TunedValues}
 */
export function tunedFor(tuned, models, finding, panes) {
  if (!tuned) {
    return { values: null, note: "No tuned thresholds are bundled; maps are cut at the share of their range." };
  }
  const active = new Map(models?.map(({ key, weights }) => [key, weights]));
  const known = panes.filter(
    ({ key, model }) => tuned.thresholds[key] && tuned.weights[model.key] === active.get(model.key),
  );
  if (!known.length) {
    return {
      values: null,
      note:
        "Thresholds were tuned for the demonstration weights, and others are active: maps are cut at the share of " +
        "their range.",
    };
  }
  const there = known.filter(({ key }) => tuned.thresholds[key][finding] !== undefined);
  const values = byKey(there, ({ key }) => tuned.thresholds[key][finding]);
  if (!Object.keys(values).length) {
    return { values: null, note: `${finding} has no masks to tune on: maps are cut at the share of their range.` };
  }
  const rest = known.length < panes.length ? " Maps without one are cut at the share of their range." : "";
  return { values, note: tuned.note + rest };
}
