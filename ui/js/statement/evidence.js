// Where a patch model's evidence for a finding lies, and what it says without the border: from its patch logits.
import { sigmoid } from "../patches/selection.js";

/**
 * The patches at the border of the image: the outermost ring of the grid. Empty where the grid is all border.
 * @param {number} grid patches a side
 * @returns {number[]}
 */
export function borderPatches(grid) {
  if (grid < 3) return [];
  const outer = [0, grid - 1];
  return Array.from({ length: grid * grid }, (_, patch) => patch).filter(
    (patch) => outer.includes(Math.floor(patch / grid)) || outer.includes(patch % grid),
  );
}

/**
 * How much of each patch a mask covers, from 0 to 1.
 * @param {Uint8Array} mask size² values, 0 or 1
 * @param {number} grid patches a side; divides the size
 * @param {number} size
 * @returns {Float64Array} grid² shares, row by row
 */
export function coverage(mask, grid, size) {
  const side = size / grid;
  const found = new Float64Array(grid * grid);
  for (let y = 0; y < size; y++) {
    const row = Math.floor(y / side) * grid;
    for (let x = 0; x < size; x++) found[row + Math.floor(x / side)] += mask[y * size + x];
  }
  return found.map((pixels) => pixels / side ** 2);
}

/**
 * Share of the evidence for a finding that lies in a region, and the region's share of the image. Evidence for it are
 * the patch logits above zero; a patch counts for the region by how much of it the region covers.
 * @param {Float32Array} logits of one finding, grid² values
 * @param {ArrayLike<number>} covered share of each patch that lies in the region
 * @returns {{ share: number, area: number }} `share` is NaN where no patch supports the finding
 */
export function evidenceIn(logits, covered) {
  let [all, inside, area] = [0, 0, 0];
  for (let patch = 0; patch < logits.length; patch++) {
    const supports = Math.max(0, logits[patch]);
    all += supports;
    inside += supports * covered[patch];
    area += covered[patch];
  }
  return { share: all ? inside / all : NaN, area: area / logits.length };
}

/**
 * What is left of a probability without some patches: exact, since the logit is the mean of those of the patches.
 * @param {Float32Array} logits of one finding, one a patch
 * @param {number[]} without places of the patches that are left out
 * @returns {number} NaN where none is left
 */
export function probabilityWithout(logits, without) {
  const out = new Set(without);
  const left = [...logits].filter((_, patch) => !out.has(patch));
  return sigmoid(left.reduce((sum, value) => sum + value, 0) / left.length);
}
