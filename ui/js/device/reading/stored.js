// The film before any window: data_cache/images/stored.py.
import { general, rounded } from "./numbers.js";

/**
 * @import { Codes } from "../../types.d.ts"
 * @import { ReadFilm, ReadWindow, Values } from "./types.d.ts"
 */

export const STORED = "stored value";

/**
 * A window that is exact: black and white at its ends.
 * @param {string} name
 * @param {number} level
 * @param {number} width
 * @returns {ReadWindow}
 */
export const exactly = (name, level, width) => ({ name, level, width, function: "LINEAR_EXACT" });

/**
 * A film of which nothing is said.
 * @param {Codes} codes
 * @param {ReadFilm["windows"]} windows
 * @returns {ReadFilm}
 */
export function plainFilm(codes, windows) {
  return {
    codes,
    first: 0,
    step: 1,
    values: null,
    unit: STORED,
    limits: null,
    windows,
    inverted: false,
    photometric: "",
    spacing: null,
    unscaled: "no spacing in the file",
    edges: ["", "", "", ""],
    view: "",
  };
}

/**
 * Values of 8 bits as the film.
 * @param {Uint8Array} codes
 * @returns {ReadFilm}
 */
export const storedBytes = (codes) => plainFilm(codes, [exactly("Whole range", 127.5, 255)]);

/**
 * Values of more than 16 bits in 65,536 steps from one to another; those beyond take the end.
 * @param {Values} values
 * @param {number} low
 * @param {number} high
 * @returns {ReadFilm}
 */
export function storedRange(values, low, high) {
  const codes = new Uint16Array(values.length);
  const step = (high - low) / 65535 || 1;
  for (let i = 0; i < codes.length; i++) codes[i] = rounded(Math.min(Math.max((values[i] - low) / step, 0), 65535));
  const film = plainFilm(codes, [exactly("Range in use", (low + high) / 2, high - low || 1)]);
  return { ...film, first: low, step };
}

/**
 * Values of 16 bits, or brightness between them, as the film.
 * @param {Uint16Array | Float32Array} values
 * @param {number} white
 * @returns {ReadFilm}
 */
export function storedUpTo(values, white) {
  const codes = values instanceof Uint16Array ? values : Uint16Array.from(values, rounded);
  return plainFilm(codes, [exactly(`0 to ${general(white)}`, white / 2, white)]);
}
