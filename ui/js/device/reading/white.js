// Which of an image's values are its picture: data_cache/images/white.py. A marker or a border of one value must not
// decide what is white.

/** @import { Values } from "./types.d.ts" */

const SAMPLE = 2_000_000;
const ENDS = [1, 99]; // percentiles
const REACH = 2; // an end that lies this many widths of the middle away from it is no part of the picture

/**
 * The lowest and the highest value.
 * @param {Values} values at least one
 * @returns {[number, number]}
 */
export function extremes(values) {
  let [low, high] = [values[0], values[0]];
  for (let i = 1; i < values.length; i++) {
    const value = values[i];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/**
 * The lowest and the highest value of the picture itself: the extremes, unless one lies far beyond the 1st or 99th
 * percentile of all other values.
 * @param {Values} values finite, at least one
 * @param {Float64Array | null} [counts] how many pixels have each value, where each is listed only once
 * @returns {[number, number]}
 */
export function usedRange(values, counts = null) {
  let [low, high] = extremes(values);
  const [start, end] = middle(values, counts, low, high);
  const reach = REACH * (end - start);
  const narrow = values instanceof Float32Array ? Math.fround : Number; // as NumPy compares float32
  const [above, below] = [narrow(end + reach), narrow(start - reach)];
  const isCut = reach > 0 && (high > above || low < below);
  if (!isCut) return [low, high];
  const [isHigh, isLow] = [high > above, low < below];
  if (isHigh) high = -Infinity;
  if (isLow) low = Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (isHigh && value <= above && value > high) high = value;
    if (isLow && value >= below && value < low) low = value;
  }
  return [low, high];
}

/**
 * The two percentiles of the values between the extremes; twice the same where there are none.
 * @param {Values} values
 * @param {Float64Array | null} counts
 * @param {number} low
 * @param {number} high
 * @returns {number[]}
 */
function middle(values, counts, low, high) {
  if (counts) return weighted(values, counts, low, high);
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  const { count, at } = ordered(values, step, low, high);
  return count ? ENDS.map((end) => percentile(at, count, end / 100)) : [0, 0];
}

/**
 * As numpy.percentile has it: between two values in a straight line.
 * @param {(place: number) => number} at the value at a place, in order
 * @param {number} count of values
 * @param {number} share
 * @returns {number}
 */
function percentile(at, count, share) {
  const place = (count - 1) * share;
  const below = Math.floor(place);
  const part = place - below;
  const [a, b] = [at(below), at(Math.min(below + 1, count - 1))];
  return part < 0.5 ? a + (b - a) * part : b - (b - a) * (1 - part);
}

/**
 * Values in order: by counting where there are few different ones, which is faster than to sort them.
 * @param {Values} values
 * @param {number} step from one to the next that counts
 * @param {number} low the value above which they count
 * @param {number} high the value below which they do
 * @returns {{ count: number, at: (place: number) => number }}
 */
function ordered(values, step, low, high) {
  if (values instanceof Uint16Array) {
    const counts = new Uint32Array(65536);
    let count = 0;
    for (let i = 0; i < values.length; i += step) {
      if (values[i] <= low || values[i] >= high) continue;
      counts[values[i]]++;
      count++;
    }
    const at = (/** @type {number} */ place) => {
      let value = 0;
      for (let sum = counts[0]; sum <= place; sum += counts[value]) value++;
      return value;
    };
    return { count, at };
  }
  const inner = new Float64Array(Math.ceil(values.length / step));
  let count = 0;
  for (let i = 0; i < values.length; i += step) if (values[i] > low && values[i] < high) inner[count++] = values[i];
  const sorted = inner.subarray(0, count).sort();
  return { count, at: (place) => sorted[place] };
}

/**
 * The same of values that so many pixels have each.
 * @param {Values} values
 * @param {Float64Array} counts
 * @param {number} low
 * @param {number} high
 * @returns {number[]}
 */
function weighted(values, counts, low, high) {
  const order = [...values.keys()].filter((i) => values[i] > low && values[i] < high);
  if (!order.length) return [0, 0];
  order.sort((a, b) => values[a] - values[b]);
  let sum = 0;
  const shares = order.map((place) => (sum += counts[place]));
  return ENDS.map((end) => values[order[shares.findIndex((share) => share >= (sum * end) / 100)]]);
}

/**
 * The least usual number of bits that holds a value, the most where none does, and white of so many.
 * @param {number} brightest
 * @returns {[bits: number, white: number]}
 */
export function whiteOfBits(brightest) {
  const bits = [8, 10, 12, 14].find((usual) => brightest < 2 ** usual) ?? 16;
  return [bits, 2 ** bits - 1];
}
