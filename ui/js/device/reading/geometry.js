// Where the models' square lies on the original, as data_cache/geometry.py has it.

/** @import { Crop } from "./types.d.ts" */

/**
 * The largest centred square; where the margin is odd, the smaller half lies above and to the left.
 * @param {number} height of the original
 * @param {number} width
 * @param {number} side of the models' input
 * @returns {Crop}
 */
export function cropOf(height, width, side) {
  const square = Math.min(height, width);
  const crop = { top: (height - square) >> 1, left: (width - square) >> 1, side: square };
  return { height, width, input_size: side, crop };
}
