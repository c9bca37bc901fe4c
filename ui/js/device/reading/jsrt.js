// Radiographs of the JSRT database: 2048 × 2048 big-endian numbers of 12 bits without any header, large where the film
// is dark. See data_cache/images/jsrt.py.
import { usualWarnings } from "./checks.js";
import { thousands } from "./numbers.js";
import { exactly, plainFilm } from "./stored.js";

/** @import { Radiograph } from "./types.d.ts" */

const SIDE = 2048;
const LARGEST = 4095;

/**
 * Whether a file of so many bytes is one, by its name: there is nothing else to tell it by.
 * @param {string} name
 * @param {number} size
 * @returns {boolean}
 */
export const isJsrt = (name, size) => size === 2 * SIDE * SIDE && name.toLowerCase().endsWith(".img");

/**
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {Radiograph}
 */
export function readJsrt(bytes, name) {
  const codes = new Uint16Array(SIDE * SIDE);
  const pixels = new Float32Array(codes.length);
  let beyond = 0;
  for (let i = 0; i < codes.length; i++) {
    const value = (codes[i] = (bytes[2 * i] << 8) | bytes[2 * i + 1]);
    beyond += Number(value > LARGEST);
    pixels[i] = 1 - Math.fround(Math.min(value, LARGEST) / LARGEST);
  }
  const warnings = usualWarnings(pixels, SIDE, SIDE, name);
  if (beyond) warnings.push(`${name}: ${thousands(beyond)} values lie beyond 12 bits and are shown as black.`);
  const plain = plainFilm(codes, [exactly(`0 to ${LARGEST}`, LARGEST / 2, LARGEST)]);
  const most = codes.reduce((one, other) => Math.max(one, other), LARGEST);
  const film = { ...plain, limits: /** @type {[number, number]} */ ([0, most]), inverted: true };
  return { height: SIDE, width: SIDE, pixels, bits: 12, format: "JSRT", coloured: false, warnings, stated: "", film };
}
