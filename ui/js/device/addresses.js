// Arrays under addresses of this browser, from which the viewer takes them as it takes those of a server.

/**
 * @import { StoredArray } from "../messages.d.ts"
 * @import { Laid } from "./types.d.ts"
 */

const MOMENT = 60_000; // milliseconds in which what is fetched once is fetched

/** @type {Record<string, string>} */
const NAMES = {
  Uint8Array: "uint8",
  Uint16Array: "uint16",
  Uint32Array: "uint32",
  Float32Array: "float32",
  Float64Array: "float64",
};

/**
 * An address of bytes that is gone after a moment.
 * @param {Blob} blob
 * @returns {string}
 */
export function passing(blob) {
  const url = URL.createObjectURL(blob);
  setTimeout(() => URL.revokeObjectURL(url), MOMENT);
  return url;
}

/**
 * @param {Laid} laid
 * @param {(blob: Blob) => string} address
 * @returns {StoredArray}
 */
export function stored({ data, shape }, address) {
  const url = address(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (data)]));
  return { file: { url }, dtype: NAMES[data.constructor.name], shape };
}

/** The addresses of one radiograph's arrays, which end with it. */
export class Addresses {
  /** @type {string[]} */
  urls = [];

  /**
   * @param {Laid} laid little endian, as all browsers' arrays are
   * @returns {StoredArray}
   */
  of(laid) {
    return stored(laid, (blob) => {
      const url = URL.createObjectURL(blob);
      this.urls.push(url);
      return url;
    });
  }

  free() {
    for (const url of this.urls) URL.revokeObjectURL(url);
    this.urls = [];
  }
}
