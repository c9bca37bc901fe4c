// What is refused of an image before it is decoded, and what is to be said about any: data_cache/images/radiograph.py.
import { percent, thousands } from "./numbers.js";
import { Refusal } from "./refusal.js";

export const MOST_PIXELS = 50_000_000;
const [LEAST_SIDE, MOST_SIDE] = [16, 20_000];
const SMALL_SIDE = 224;
const SMALL_PART = 0.6;

/**
 * The refusal of an image that is too large to decode.
 * @param {string} found
 * @param {string} name
 * @returns {Refusal}
 */
export const tooManyPixels = (found, name) =>
  new Refusal(
    `${name}: expected an image of at most ${MOST_PIXELS / 1e6} million pixels, found ${found}; ` +
      "export it at a smaller size.",
  );

/**
 * Refuses images that are too large to decode or too small to be a radiograph.
 * @param {number} width
 * @param {number} height
 * @param {string} name
 */
export function checkSize(width, height, name) {
  if (width * height > MOST_PIXELS) throw tooManyPixels(`${width}×${height}`, name);
  if (Math.max(width, height) > MOST_SIDE) {
    throw new Refusal(
      `${name}: expected a radiograph of at most ${thousands(MOST_SIDE)} pixels a side, found ${width}×${height}; ` +
        "export it at a smaller size.",
    );
  }
  if (Math.min(width, height) < LEAST_SIDE) {
    throw new Refusal(
      `${name}: expected a radiograph of at least ${LEAST_SIDE}×${LEAST_SIDE} pixels, found ${width}×${height}; ` +
        "export it at its full size.",
    );
  }
}

/**
 * What is to be said about any image: it is blank, small, or the models will see little of it.
 * @param {Float32Array} pixels
 * @param {number} height
 * @param {number} width
 * @param {string} name
 * @returns {string[]}
 */
export function usualWarnings(pixels, height, width, name) {
  const said = [];
  const [first] = pixels;
  if (pixels.every((value) => value === first)) {
    const shade = first === 0 ? "black" : first === 1 ? "white" : "grey";
    said.push(`${name}: every pixel is the same ${shade}, so what the models say means nothing.`);
  }
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  if (short < SMALL_SIDE) {
    said.push(`${name}: only ${width}×${height} pixels; details that the models need may be missing.`);
  }
  if (short / long < SMALL_PART) {
    const part = percent(short / long);
    said.push(`${name}: ${width}×${height} pixels; the models see only the centred square, ${part} of it.`);
  }
  return said;
}
