// The compact files that evaluation/cohort_files.py writes: compressed counts, with a header that says what is what.

/** @import { Packed, PackedAbout } from "../types.d.ts" */

/** Number of steps of the threshold grid: thresholds are k / STEPS. */
export const STEPS = 200;
/** Columns of the counts after the grid's. */
export const COLUMN = { tuned_tp: STEPS + 1, tuned_all: STEPS + 2, otsu: STEPS + 3 };

const GZIP = 0x1f8b; // how its files begin

/** @typedef {"uint8" | "uint16" | "uint32" | "float32" | "float64"} Dtype */
/** @typedef {{ name: string, dtype: Dtype, shape: number[], form: "plain" | "falling" }} Entry of the header */

const TYPES = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/**
 * Fetch a file and take gzip off it, where it is packed: an ArrayBuffer.
 * @param {string} url
 * @returns {Promise<ArrayBuffer>}
 */
export async function fetchPacked(url) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`The page could not fetch its data (HTTP ${response.status}); choose the cohort again.`);
  }
  const bytes = await response.arrayBuffer();
  if (new DataView(bytes).getUint16(0) !== GZIP) return bytes; // a site without a server has unpacked it already
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/**
 * What a file holds: {about, shapes, and each array by its name}.
 * @param {ArrayBuffer} buffer
 * @returns {Packed}
 */
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  /** @type {{ about: PackedAbout, arrays: Entry[] }} */
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const arrays = [];
  let at = 4 + length;
  for (const entry of header.arrays) {
    const size = sizeOf(entry);
    arrays.push([entry.name, arrayOf(entry, buffer.slice(at, at + size))]);
    at += size;
  }
  const shapes = Object.fromEntries(header.arrays.map(({ name, shape }) => [name, shape]));
  return /** @type {Packed} */ ({ about: header.about, shapes, ...Object.fromEntries(arrays) });
}

/**
 * How many numbers an array has.
 * @param {Entry} entry
 */
const countOf = ({ shape }) => shape.reduce((a, b) => a * b, 1);

/**
 * How many bytes an array takes.
 * @param {Entry} entry
 */
const sizeOf = (entry) => countOf(entry) * TYPES[entry.dtype].BYTES_PER_ELEMENT;

/**
 * @param {Entry} entry
 * @param {ArrayBuffer} bytes
 */
function arrayOf(entry, bytes) {
  if (entry.form === "plain") return new TYPES[entry.dtype](bytes);
  return risen(new Uint8Array(bytes), countOf(entry), entry.shape[entry.shape.length - 1]);
}

/**
 * Counts from differences to the next count in four planes of bytes; the columns after the grid stand for themselves.
 * @param {Uint8Array} planes
 * @param {number} count
 * @param {number} columns
 * @returns {Uint32Array}
 */
function risen(planes, count, columns) {
  const out = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    out[i] = planes[i] | (planes[count + i] << 8) | (planes[2 * count + i] << 16) | (planes[3 * count + i] << 24);
  }
  for (let row = 0; row < count; row += columns) {
    for (let k = row + STEPS - 1; k >= row; k--) out[k] += out[k + 1];
  }
  return out;
}
