// The official preprocessing, as data_cache/images/preprocessing.py has it: the largest centred square, antialiased
// bilinear to the side of the models' input; no mean or standard deviation is taken off.
import { cropOf } from "./geometry.js";
import { resized } from "./resampling.js";

/** @import { Crop, Radiograph } from "./types.d.ts" */

/**
 * What the models get.
 * @param {Pick<Radiograph, "pixels" | "height" | "width">} radiograph
 * @param {number} [side] of the input in pixels
 * @returns {{ image: Float32Array<ArrayBuffer>, geometry: Crop }} side × side, row by row, and what leads back
 */
export function preprocess({ pixels, height, width }, side = 512) {
  const geometry = cropOf(height, width, side);
  return { image: resized(pixels, width, geometry.crop, side), geometry };
}
