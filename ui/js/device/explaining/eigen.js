// Eigen-CAM and EigenGrad-CAM: first principal components; as explainers/{eigencam,eigengradcam}.py.
import { projection } from "./principal.js";

/**
 * @import { Pooled } from "./pooled.js"
 * @import { Made } from "./types.d.ts"
 */

const [ROUNDS, SETTLED] = [24, 1e-9]; // of power iteration; the residual as a share of the eigenvalue

/**
 * Activations projected on their first principal component, the same for all findings.
 * @param {Pooled} pooled
 * @param {number} count of findings
 * @param {string} sign "svd" as `numpy.linalg.svd` returns it, or "activation"
 * @returns {Made}
 */
export function eigenCam(pooled, count, sign) {
  const one = componentOf(pooled, (k, value) => (Number.isNaN(value) ? 0 : value), sign === "activation");
  const maps = new Float32Array(count * one.length);
  for (let i = 0; i < count; i++) maps.set(one, i * one.length);
  return { maps, height: pooled.height, width: pooled.width };
}

/**
 * The same of gradient times feature, for each finding by itself.
 * @param {Pooled} pooled
 * @param {string} sign "gradient": positive where the products add up to more; or "svd"
 * @returns {Made}
 */
export function eigenGradCam(pooled, sign) {
  const { gradients, channels, height, width } = pooled;
  const count = gradients.length / channels;
  const maps = new Float32Array(count * height * width);
  const centred = sign === "svd" ? null : centredChannels(pooled);
  for (let i = 0; i < count; i++) {
    const weights = gradients.subarray(i * channels, (i + 1) * channels);
    const one = centred ? signed(centred, weights) : componentOf(pooled, (k, value) => weights[k] * value, false);
    maps.set(one, i * height * width);
  }
  return { maps, height, width };
}

/**
 * @param {Pooled} pooled
 * @param {(channel: number, value: number) => number} valueOf what is projected, of a feature
 * @param {boolean} turn whether to point where the mean over channels is larger
 * @returns {Float64Array} (cells,)
 */
function componentOf({ features, channels, height, width }, valueOf, turn) {
  const cells = height * width;
  const positions = Array.from({ length: cells }, () => new Float64Array(channels));
  const mean = new Float64Array(cells);
  for (let k = 0; k < channels; k++) {
    let sum = 0;
    for (let i = 0; i < cells; i++) sum += positions[i][k] = Math.fround(valueOf(k, features[k * cells + i]));
    for (let i = 0; i < cells; i++) {
      mean[i] += positions[i][k] / channels;
      positions[i][k] -= sum / cells;
    }
  }
  if (positions.every((one) => one.every((value) => value === 0))) return new Float64Array(cells);
  const found = projection(positions);
  const level = mean.reduce((sum, one) => sum + one, 0) / cells;
  const along = found.reduce((sum, one, i) => sum + one * (mean[i] - level), 0);
  return turn && along < 0 ? found.map((one) => -one) : found;
}

/**
 * Each channel less its mean, (C, cells), in double precision.
 * @param {Pooled} pooled
 * @returns {Float64Array[]}
 */
function centredChannels({ features, channels, height, width }) {
  const cells = height * width;
  return Array.from({ length: channels }, (_, k) => {
    const one = Float64Array.from(features.subarray(k * cells, (k + 1) * cells));
    const mean = one.reduce((sum, value) => sum + value, 0) / cells;
    return one.map((value) => value - mean);
  });
}

/**
 * One finding's component with the sign of the products' sum; 0 where the products are the same everywhere.
 * @param {Float64Array[]} centred
 * @param {Float32Array} weights
 * @returns {Float64Array}
 */
function signed(centred, weights) {
  const cells = centred[0].length;
  const sums = new Float64Array(cells);
  centred.forEach((one, k) => one.forEach((value, i) => (sums[i] += weights[k] * value)));
  const found = iterated(centred, weights) ?? decomposed(centred, weights);
  const along = found.reduce((sum, one, i) => sum + one * sums[i], 0);
  return along < 0 ? found.map((one) => -one) : found;
}

/**
 * Power iteration; null where the second component is nearly as large, so that it does not settle.
 * @param {Float64Array[]} centred
 * @param {Float32Array} weights
 * @returns {Float64Array | null}
 */
function iterated(centred, weights) {
  const cells = centred[0].length;
  let vector = new Float64Array(cells).map((_, i) => 1 + ((i * 7919) % 101) / 50 - (i % 2) * 3);
  const scale = Math.sqrt(dot(vector, vector));
  vector = vector.map((one) => one / scale);
  for (let round = 0; round < ROUNDS; round++) {
    const given = new Float64Array(cells);
    centred.forEach((one, k) => {
      const weight = weights[k] * weights[k] * dot(one, vector);
      for (let i = 0; weight !== 0 && i < cells; i++) given[i] += weight * one[i];
    });
    const value = Math.sqrt(dot(given, given));
    let residual = 0;
    for (let i = 0; i < cells; i++) residual += (given[i] - value * vector[i]) ** 2;
    vector = given.map((one) => one / (value > 0 ? value : 1));
    if (Math.sqrt(residual) <= SETTLED * value) return vector.map((one) => one * Math.sqrt(value));
  }
  return null;
}

/**
 * @param {Float64Array[]} centred
 * @param {Float32Array} weights
 * @returns {Float64Array}
 */
function decomposed(centred, weights) {
  const positions = Array.from(centred[0], (_, i) => Float64Array.from(centred, (one, k) => one[i] * weights[k]));
  return projection(positions);
}

/**
 * @param {Float64Array} one
 * @param {Float64Array} other
 */
function dot(one, other) {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
  return sum;
}
