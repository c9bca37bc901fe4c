// Arrays that the server lays out as files: fetched once each, decoded without copying.
import { greyOf } from "./film/jpeg.js";
import { inflate, tilesFrom } from "./film/packing.js";
import { remember } from "./remember.js";

/**
 * @import { StoredArray } from "./messages.d.ts"
 * @import { TypedArray } from "./types.d.ts"
 */

/** @type {Record<string, new (buffer: ArrayBuffer) => TypedArray>} */
const TYPES = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array, float64: Float64Array };

/**
 * Fetch one array, packed as the ending of its address says (ui/shelf.py).
 * @param {StoredArray} source little endian
 * @returns {Promise<TypedArray>}
 */
export async function fetchArray({ file: { url }, dtype, shape }) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`The page could not fetch its data (HTTP ${response.status}); open the case again.`);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (url.endsWith(".z")) return inflate(bytes);
  if (url.endsWith(".jpg")) return greyOf(bytes);
  if (url.endsWith(".tile")) return tilesFrom(await inflate(bytes), [[shape[0], shape[1]]], 8)[0];
  if (url.endsWith(".part")) return partOf(bytes, url, shape);
  return new TYPES[dtype](bytes.buffer);
}

/**
 * A part of a picture that is a JPEG, or packed as a tile; the address ends with the picture's height and width and the
 * part's first row and column.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} url
 * @param {number[]} shape of the part
 */
async function partOf(bytes, url, [rows, columns]) {
  const [file, place] = url.split("#");
  const [height, width, top, left] = place.slice(0, -".part".length).split(",").map(Number);
  const isPacked = !file.endsWith(".jpg");
  const picture = isPacked ? tilesFrom(await inflate(bytes), [[height, width]], 8)[0] : greyOf(bytes);
  const part = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const first = (top + row) * width + left;
    part.set(picture.subarray(first, first + columns), row * columns);
  }
  return part;
}

/** Remembers arrays by their address while `keep` names them, so that a streamed update fetches only what is new. */
export class ArrayCache {
  /** @type {Map<string, Promise<TypedArray>>} */
  arrays = new Map();

  /**
   * @param {StoredArray} source
   * @returns {Promise<TypedArray>}
   */
  get(source) {
    return remember(this.arrays, source.file.url, () => fetchArray(source));
  }

  /** @param {StoredArray[]} sources */
  keep(sources) {
    const urls = new Set(sources.map((source) => source.file.url));
    for (const url of this.arrays.keys()) if (!urls.has(url)) this.arrays.delete(url);
  }
}
