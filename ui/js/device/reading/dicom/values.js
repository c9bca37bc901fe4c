// From stored DICOM values to grey between 0 and 1: data_cache/images/dicom_values.py (PS3.3, C.11.1, C.11.2).
import { general } from "../numbers.js";
import { exactly } from "../stored.js";
import { extremes, usedRange } from "../white.js";
import { hasOverlayInPixels, items, number, numbers, texts, whole, word } from "./dataset.js";
import { lookUp } from "./tables.js";

/**
 * @import { FilmFunction } from "../../../types.d.ts"
 * @import { ReadWindow } from "../types.d.ts"
 * @import { Dataset } from "./dataset.js"
 * @import { Values } from "./tables.js"
 */

/** @typedef {Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array} Stored */

/** Each stored value once, how many pixels have it, and whether their type has a sign. */
/** @typedef {{ values: Float64Array, counts: Float64Array, signed: boolean }} Levels */

const BAD_TABLE = "one of its lookup tables cannot be used and was passed over.";
const BAD_RESCALE = "its rescale slope and intercept cannot be used and were passed over.";
const NARROW = "its window is narrower than LINEAR allows, so it was taken as LINEAR_EXACT.";
const LARGEST = 1e30;
const SMALLEST = 2 ** -1022;
const MOST_WINDOWS = 32;

/** @param {Stored} stored */
export const isSigned = (stored) =>
  stored instanceof Int8Array || stored instanceof Int16Array || stored instanceof Int32Array;

/**
 * The bits of the image out of what is stored: High Bit says where they end (PS3.5, 8.1.1), unless the values say
 * otherwise.
 * @param {Stored} stored
 * @param {Dataset} dataset
 * @returns {{ stored: Stored, said: string[] }}
 */
export function field(stored, dataset) {
  const allocated = 8 * stored.BYTES_PER_ELEMENT;
  const { bits } = dataset;
  const shift = whole(dataset, "HighBit", bits - 1) + 1 - bits;
  const signed = isSigned(stored);
  const said = [];
  const down = (/** @type {number} */ by) => (/** @type {number} */ value) => (signed ? value >> by : value >>> by);
  if (shift > 0 && shift <= allocated - bits) {
    const mask = 2 ** shift - 1;
    const below = stored.some((value) => value & mask);
    if (!below || !fits(stored, bits)) stored = stored.map(down(shift));
    else said.push("its High Bit contradicts its values and was passed over.");
  }
  if (fits(stored, bits)) return { stored, said };
  const [low, high] = extremes(stored);
  if ((signed && low >= 0 && high < 2 ** bits) || hasOverlayInPixels(dataset)) {
    const free = allocated - bits; // the sign is that of the highest bit stored
    return { stored: stored.map((value) => value << free).map(down(free)), said };
  }
  return { stored, said: [...said, `its values go beyond the ${bits} bits that it states.`] };
}

/**
 * @param {Stored} stored
 * @param {number} bits
 * @returns {boolean}
 */
function fits(stored, bits) {
  const [low, high] = extremes(stored);
  return isSigned(stored) ? -(2 ** (bits - 1)) <= low && high <= 2 ** (bits - 1) - 1 : high <= 2 ** bits - 1;
}

/**
 * Each value once.
 * @param {Stored} stored
 * @returns {Levels}
 */
export function levelsOf(stored) {
  const [values, counts] = stored.BYTES_PER_ELEMENT > 2 ? sorted(stored) : counted(stored);
  return { values: Float64Array.from(values), counts: Float64Array.from(counts), signed: isSigned(stored) };
}

/**
 * Values and how often each is there.
 * @param {Stored} stored of at most 16 bits
 * @returns {[values: number[], counts: number[]]}
 */
function counted(stored) {
  const [low, high] = extremes(stored);
  const counts = new Uint32Array(high - low + 1);
  for (let i = 0; i < stored.length; i++) counts[stored[i] - low]++;
  const values = [...counts.keys()].filter((code) => counts[code]);
  return [values.map((code) => code + low), values.map((code) => counts[code])];
}

/**
 * The same of any numbers.
 * @param {Stored} stored
 * @returns {[values: number[], counts: number[]]}
 */
function sorted(stored) {
  const all = stored.slice().sort();
  const [values, counts] = /** @type {[number[], number[]]} */ ([[], []]);
  for (let start = 0, i = 1; i <= all.length; i++) {
    if (i < all.length && all[i] === all[start]) continue;
    values.push(all[start]);
    counts.push(i - start);
    start = i;
  }
  return [values, counts];
}

/**
 * The modality transformation, then the values of interest, then MONOCHROME1's inversion, in this order.
 * @param {Stored} stored
 * @param {Levels} levels of it
 * @param {Dataset} dataset
 * @returns {{ pixels: Float32Array<ArrayBuffer>, said: string[] }} grey from 0 to 1
 */
export function toGrey(stored, levels, dataset) {
  const { values, said } = modality(levels, dataset);
  const { grey, said: more } = ofInterest(values, levels, dataset);
  const isInverted = word(dataset, "PhotometricInterpretation") === "MONOCHROME1";
  const greys = Float32Array.from(grey, (value) => {
    const shade = Math.fround(Math.min(Math.max(value, 0), 1));
    return isInverted ? 1 - shade : shade;
  });
  const [lowest] = levels.values;
  const pixels = new Float32Array(stored.length);
  if (stored.BYTES_PER_ELEMENT > 2) {
    const byValue = new Map([...levels.values].map((value, i) => [value, greys[i]]));
    for (let i = 0; i < pixels.length; i++) pixels[i] = byValue.get(stored[i]) ?? 0;
  } else {
    const byCode = new Float32Array(65536);
    levels.values.forEach((value, i) => (byCode[value - lowest] = greys[i]));
    for (let i = 0; i < pixels.length; i++) pixels[i] = byCode[stored[i] - lowest];
  }
  return { pixels, said: [...said, ...more] };
}

/**
 * The modality transformation: a table, or slope and intercept.
 * @param {Pick<Levels, "values" | "signed">} levels
 * @param {Dataset} dataset
 * @returns {{ values: Values, said: string[] }}
 */
export function modality({ values: stored, signed }, dataset) {
  const said = [];
  const [item] = items(dataset, "ModalityLUTSequence");
  if (item) {
    const found = lookUp(stored, item);
    if (found) return { values: found.values, said: [] };
    said.push(BAD_TABLE);
  }
  const { bits } = dataset;
  const [low, high] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  let slope = number(dataset, "RescaleSlope") ?? 1;
  let intercept = number(dataset, "RescaleIntercept") ?? 0;
  let ends = [low * slope + intercept, high * slope + intercept].sort((a, b) => a - b);
  if (!(slope && Math.max(...ends.map(Math.abs)) < LARGEST)) {
    [slope, intercept, ends] = [1, 0, [low, high]];
    said.push(BAD_RESCALE);
  }
  return { values: { pixels: stored.map((value) => value * slope + intercept), low: ends[0], high: ends[1] }, said };
}

/** @param {Float64Array} values */
const varies = (values) => {
  const [low, high] = extremes(values);
  return low < high;
};

/**
 * The values of interest: a VOI LUT wins over windows and the first of several, as the file has it.
 * @param {Values} values
 * @param {Pick<Levels, "values" | "counts">} levels
 * @param {Dataset} dataset
 * @returns {{ grey: Float64Array, said: string[], chosen: ReadWindow | number }} what was applied: a window, or the
 *   place of a table
 */
export function ofInterest(values, levels, dataset) {
  let said = /** @type {string[]} */ ([]);
  const wants = varies(values.pixels);
  for (const [place, item] of items(dataset, "VOILUTSequence").entries()) {
    const found = lookUp(values.pixels, item);
    if (found && !(wants && !varies(found.values.pixels))) {
      const { pixels, high } = found.values;
      return { grey: pixels.map((value) => value / high), said: [...said, ...found.said], chosen: place };
    }
    said = [BAD_TABLE];
  }
  for (const window of windows(dataset)) {
    const { grey, said: remark } = windowed(values.pixels, window);
    if (!(wants && !varies(grey))) return { grey, said: [...said, ...remark], chosen: window };
  }
  const [low, high] = usedOf(values, levels, dataset);
  const width = high - low || 1;
  const range = `${general(low)} was taken as black and ${general(high)} as white.`;
  const isBad = numbers(dataset, "WindowCenter").length > 0;
  const why = isBad ? "its window cannot be used and was passed over" : "it stores no window";
  const chosen = exactly("Range in use", (low + high) / 2, width);
  return { grey: values.pixels.map((value) => (value - low) / width), said: [...said, `${why}, so ${range}`], chosen };
}

/**
 * The file's windows, without those that are none: of a width of 0 or less, or that state no number.
 * @param {Dataset} dataset
 * @returns {ReadWindow[]}
 */
export function windows(dataset) {
  const [centres, widths] = [numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")];
  const names = texts(dataset, "WindowCenterWidthExplanation");
  const said = word(dataset, "VOILUTFunction");
  /** @type {FilmFunction} */
  const kind = said === "LINEAR_EXACT" || said === "SIGMOID" ? said : "LINEAR";
  return centres
    .slice(0, Math.min(widths.length, MOST_WINDOWS))
    .map((level, i) => ({ name: names[i] || `Window ${i + 1}`, level, width: widths[i], function: kind }))
    .filter(({ level, width }) => !Number.isNaN(level) && width > 0);
}

/**
 * C.11.2.1.2 with an output from 0 to 1; LINEAR counts the window's integers, hence the half and the one.
 * @param {Float64Array} values
 * @param {ReadWindow} window
 * @returns {{ grey: Float64Array, said: string[] }}
 */
export function windowed(values, { level, width, function: kind }) {
  if (kind === "SIGMOID") {
    const share = (/** @type {number} */ value) => Math.min(Math.max((-4 * (value - level)) / width, -700), 700);
    return { grey: values.map((value) => 1 / (1 + Math.exp(share(value)))), said: [] };
  }
  const isExact = kind === "LINEAR_EXACT";
  const counted = !isExact && width >= 1;
  const centre = counted ? level - 0.5 : level;
  const wide = counted ? Math.max(width - 1, SMALLEST) : width;
  const grey = values.map((value) => Math.min(Math.max((value - centre) / wide + 0.5, 0), 1));
  return { grey, said: width < 1 && !isExact ? [NARROW] : [] };
}

/**
 * The stored range, as an absent window means; the range in use where that is less than half of it. Padding does not
 * count as use, and neither do markers.
 * @param {Values} values
 * @param {Pick<Levels, "values" | "counts">} levels
 * @param {Dataset} dataset
 * @returns {[low: number, high: number]}
 */
function usedOf(values, { values: stored, counts }, dataset) {
  const padding = number(dataset, "PixelPaddingValue") ?? NaN;
  let used = { pixels: values.pixels, counts };
  if (!Number.isNaN(padding)) {
    const limit = number(dataset, "PixelPaddingRangeLimit") ?? NaN;
    const ends = [padding, Number.isNaN(limit) ? padding : limit].sort((a, b) => a - b);
    const inside = (/** @type {unknown} */ _, /** @type {number} */ i) => stored[i] < ends[0] || stored[i] > ends[1];
    const kept = { pixels: values.pixels.filter(inside), counts: counts.filter(inside) };
    if (kept.pixels.length) used = kept;
  }
  const [low, high] = usedRange(used.pixels, used.counts);
  const isNarrow = high - low < (values.high - values.low) / 2 || high > values.high || low < values.low;
  return isNarrow ? [low, high] : [values.low, values.high];
}
