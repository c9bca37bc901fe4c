// Overlap of a thresholded map with a mask, at any threshold in constant time.
import { LEVELS } from "./maps.js";

/**
 * Number of pixels whose level is greater than T, for every T from 0 to LEVELS.
 * With a mask (one byte a pixel, 0 or 1) only the pixels inside it are counted.
 */
export function countsAbove(levels, mask = null) {
  const above = new Uint32Array(LEVELS + 1);
  for (let i = 0; i < levels.length; i++) {
    if (levels[i] > 0 && (mask === null || mask[i])) above[levels[i] - 1]++;
  }
  for (let t = LEVELS - 1; t >= 0; t--) above[t] += above[t + 1];
  return above;
}

/** Number of pixels inside a mask. */
export function area(mask) {
  let sum = 0;
  for (let i = 0; i < mask.length; i++) sum += mask[i];
  return sum;
}

/**
 * Intersection over union of the region above level T with a mask of `maskArea` pixels.
 * Undefined (NaN) when both are empty.
 */
export function iouAt(above, insideAbove, maskArea, level) {
  const union = above[level] + maskArea - insideAbove[level];
  return union === 0 ? NaN : insideAbove[level] / union;
}
