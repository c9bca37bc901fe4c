// Curves of a cohort as ui/static/curves.py writes them, back into what evaluation/cohort/files.py packs.
import { STEPS } from "../benchmark/packed.js";
import { inflate } from "../film/packing.js";

/**
 * @typedef {{ form: "plain" | "falling", shape: number[], at: number, size: number }} Part where an array lies
 * @typedef {{ beside?: string, parts: Record<string, Part> }} Layout
 * @typedef {{ bytes: Uint8Array, above: Part, inside: Part }} Falling
 */

/** @type {Record<string, number>} */
const BYTES = { uint8: 1, uint16: 2, uint32: 4, float32: 4, float64: 8 };

/**
 * Fetch curves, and those that they are told beside.
 * @param {string} address
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function curvesAt(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`Expected the file ${address} of this site, found HTTP ${response.status}.`);
  const bytes = new Uint8Array(await inflate(new Uint8Array(await response.arrayBuffer())));
  const { beside } = layoutOf(bytes);
  return restored(bytes, beside ? await curvesAt(beside) : null);
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes changed
 * @param {Uint8Array | null} base what these are told beside, restored
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function restored(bytes, base) {
  const { parts } = layoutOf(bytes);
  const known = base && layoutOf(base).parts;
  for (const [name, { form, at, size }] of Object.entries(parts)) {
    if (!base || !known || form !== "plain") continue;
    for (let i = 0; i < size; i++) bytes[at + i] ^= base[known[name].at + i];
  }
  const { above, inside, pair_case: cases } = parts;
  const order = orderOf(new Uint16Array(bytes.slice(cases.at, cases.at + cases.size).buffer));
  const beside = base && known && { bytes: base, above: known.above, inside: known.inside };
  restoreBins({ bytes, above, inside }, order, beside);
  return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @returns {Layout}
 */
function layoutOf(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const { beside, arrays } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  /** @type {Record<string, Part>} */
  const parts = {};
  for (const { name, dtype, form, shape } of arrays) {
    const size = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, BYTES[dtype]);
    parts[name] = { form, shape, at, size };
    at += size;
  }
  return { beside, parts };
}

/**
 * Places of masks by their case; of one case, as they lie.
 * @param {Uint16Array} cases
 */
const orderOf = (cases) => [...cases.keys()].sort((a, b) => cases[a] - cases[b] || a - b);

/**
 * Bins out of what they have more than was foreseen, in the same bytes.
 * @param {Falling} told
 * @param {number[]} order of the maps in it
 * @param {Falling | null} beside
 */
function restoreBins({ bytes, above, inside }, order, beside) {
  const [methods, maps, columns] = above.shape;
  const known = beside && { all: numbersOf(beside.bytes, beside.above), some: numbersOf(beside.bytes, beside.inside) };
  const [more, moreInside] = [numbersOf(bytes, above), numbersOf(bytes, inside)];
  const [all, some] = [new Float64Array(more.length), new Float64Array(more.length)];
  for (let row = 0; row < methods * maps; row++) {
    const from = row * columns;
    const to = (row - (row % maps) + order[row % maps]) * columns;
    for (let k = columns - 1; k >= 0; k--) {
      const i = to + k;
      const next = (/** @type {Float64Array} */ bins, /** @type {number} */ n) => (k + n > STEPS ? 0 : bins[i + n]);
      const total = known ? known.all[i] : next(all, 1) + next(all, 2);
      const marked = known ? known.some[i] : next(some, 1) + next(some, 2);
      all[i] = (known ? total : next(all, 1)) + signed(more[from + k]);
      some[i] = Math.floor((all[i] * marked) / Math.max(total, 1)) + signed(moreInside[from + k]);
    }
  }
  write(all, bytes, above);
  write(some, bytes, inside);
}

/** @param {number} told */
const signed = (told) => (told % 2 ? -(told + 1) / 2 : told / 2);

/**
 * Numbers out of four planes of bytes.
 * @param {Uint8Array} bytes
 * @param {Part} part
 */
function numbersOf(bytes, { at, size }) {
  const count = size / 4;
  const out = new Uint32Array(count);
  for (let plane = 0; plane < 4; plane++) {
    for (let i = 0; i < count; i++) out[i] |= bytes[at + plane * count + i] << (8 * plane);
  }
  return out;
}

/**
 * @param {Float64Array} numbers
 * @param {Uint8Array} bytes
 * @param {Part} part
 */
function write(numbers, bytes, { at, size }) {
  const count = size / 4;
  for (let plane = 0; plane < 4; plane++) {
    for (let i = 0; i < count; i++) bytes[at + plane * count + i] = numbers[i] >>> (8 * plane);
  }
}
