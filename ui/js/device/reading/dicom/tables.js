// Lookup tables of modality transformations and values of interest (PS3.3, C.11.1 and C.11.2).
import { viewOf } from "../codestreams.js";
import { rounded } from "../numbers.js";
import { extremes, whiteOfBits } from "../white.js";
import { BINARY, LONGEST_TABLE, raw } from "./dataset.js";

/** @import { Dataset } from "./dataset.js" */

/** Values and the range that they could have taken. */
/** @typedef {{ pixels: Float64Array, low: number, high: number }} Values */

const FARTHEST = 2 ** 40;

/**
 * Applies a lookup table; values beyond its ends take the end. White is that of the bits it states, unless its entries
 * go beyond them or leave the highest bit unused.
 * @param {Float64Array} values
 * @param {Dataset} item
 * @returns {{ values: Values, said: string[] } | null} null where it cannot be used
 */
export function lookUp(values, item) {
  const found = table(item);
  if (!found) return null;
  const { entries, bits } = found;
  const index = values.map((value) => Math.min(Math.max(rounded(value), -FARTHEST), FARTHEST));
  const first = firstMapped(found.first, entries.length, ...extremes(index));
  const pixels = index.map((value) => entries[Math.min(Math.max(value - first, 0), entries.length - 1)]);
  const brightest = entries.reduce((most, entry) => Math.max(most, entry), 0);
  if (bits >= 1 && bits <= 16 && 2 ** bits / 2 <= brightest && brightest < 2 ** bits) {
    return { values: { pixels, low: 0, high: 2 ** bits - 1 }, said: [] };
  }
  const [used, white] = whiteOfBits(brightest);
  const said = used === bits ? [] : [`its lookup table uses ${used} bits, so ${white} was taken as white.`];
  return { values: { pixels, low: 0, high: white }, said };
}

/**
 * The first value mapped, read with or without a sign (C.11.2.1.1), whichever has the table meet the values.
 * @param {number} first
 * @param {number} count
 * @param {number} low
 * @param {number} high
 * @returns {number}
 */
function firstMapped(first, count, low, high) {
  const other = first >= 2 ** 15 ? first - 2 ** 16 : first < 0 ? first + 2 ** 16 : first;
  const meets = (/** @type {number} */ start) => Math.min(high, start + count - 1) - Math.max(low, start);
  return meets(other) > meets(first) ? other : first;
}

/**
 * A lookup table: its entries, the first value mapped, the bits that it states; null where it has none to use. The
 * number of entries that it states is believed only as far as there are entries.
 * @param {Dataset} item
 * @returns {{ entries: number[], first: number, bits: number } | null}
 */
function table(item) {
  const descriptor = words(item, "LUTDescriptor");
  let entries = words(item, "LUTData");
  if (descriptor?.length !== 3 || !entries?.length) return null;
  const [stated, first, bits] = descriptor;
  const count = ((stated % 65536) + 65536) % 65536 || 65536;
  // two entries of 8 bits a word
  if (2 * entries.length >= count && count > entries.length) entries = entries.flatMap((two) => [two & 255, two >> 8]);
  return { entries: entries.slice(0, count), first, bits };
}

/**
 * Whole numbers of 16 bits; entries of tables are never negative, whatever their type says.
 * @param {Dataset} item
 * @param {"LUTDescriptor" | "LUTData"} keyword
 * @returns {number[] | null}
 */
function words(item, keyword) {
  const found = raw(item, keyword);
  if (!found || found.bytes.length > LONGEST_TABLE) return null;
  const { bytes, vr } = found;
  const isCounted = vr === "US" || vr === "SS";
  if (isCounted && bytes.length % 2) return null;
  const isSigned = keyword === "LUTDescriptor" && (vr === "SS" || (vr === "XS" && item.signed));
  const read = BINARY[isSigned ? "SS" : "US"][1];
  const view = viewOf(bytes);
  return Array.from({ length: bytes.length >> 1 }, (_, i) => read(view, 2 * i, item.little));
}
