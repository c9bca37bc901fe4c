// The patch model's own explanation on the plain grid, its logits where the patches are: explainers/raw.py, scaled.py.

/** @import { Made, Outputs, Tensor } from "./types.d.ts" */

/**
 * @param {Outputs} outputs
 * @returns {Made}
 */
export function rawMap({ patchLogits, logits }) {
  const { data } = /** @type {Tensor} */ (patchLogits);
  const count = logits.length;
  const patches = data.length / count;
  const maps = new Float32Array(data.length);
  for (let patch = 0; patch < patches; patch++) {
    for (let i = 0; i < count; i++) maps[i * patches + patch] = data[patch * count + i];
  }
  const side = Math.round(Math.sqrt(patches));
  return { maps, height: side, width: side };
}

/**
 * The same times the probability that their mean stands for.
 * @param {Outputs} outputs
 * @returns {Made}
 */
export function scaledMap(outputs) {
  const { maps, height, width } = rawMap(outputs);
  const patches = height * width;
  for (let start = 0; start < maps.length; start += patches) {
    const one = maps.subarray(start, start + patches);
    const mean = one.reduce((sum, logit) => sum + logit, 0) / patches;
    const probability = Math.fround(1 / (1 + Math.exp(-mean)));
    one.forEach((logit, i) => (one[i] = logit * probability));
  }
  return { maps, height, width };
}
