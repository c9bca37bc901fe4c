// Class activation maps in closed form: the logits are a linear function of the mean of the features over space, so
// that a logit's gradient by a feature is the classifier's weight divided by the number of cells, the same everywhere.
// As explainers/{gradcam,gradcam_plus_plus,layercam,ablationcam,finercam}.py, in single precision where that shows.
import { known } from "./findings.js";

/** @import { Classifier, Made, Outputs, Tensor } from "./types.d.ts" */

const EPSILON = 1e-6; // pytorch-grad-cam's, in Grad-CAM++'s denominator
const { fround } = Math;

/**
 * @typedef {object} Pooled
 * @property {Float32Array} features (C, h, w)
 * @property {Float32Array} gradients (14, C)
 * @property {number} channels
 * @property {number} height
 * @property {number} width
 * @property {number} cells
 */

/**
 * The features, and how the logits depend on them.
 * @param {Outputs} outputs
 * @returns {Pooled}
 */
export function pooledOf(outputs) {
  const { data, shape } = /** @type {Tensor} */ (outputs.features);
  const [channels, height, width] = shape.slice(-3);
  const cells = fround(height * width);
  const { weight } = /** @type {Classifier} */ (outputs.classifier);
  return { features: data, gradients: weight.map((one) => one / cells), channels, height, width, cells };
}

/**
 * @param {Pooled} pooled
 * @returns {Made}
 */
export function gradCam(pooled) {
  return made(pooled, weightedSum(pooled.gradients, pooled.features, pooled));
}

/**
 * @param {Pooled} pooled
 * @returns {Made}
 */
export function gradCamPlusPlus(pooled) {
  const sums = channelSums(pooled);
  const weights = pooled.gradients.map((gradient, i) => {
    const square = fround(gradient * gradient);
    const sum = fround(sums[i % pooled.channels] * fround(square * gradient));
    const below = fround(fround(fround(2 * square) + sum) + fround(EPSILON));
    return fround(fround(fround(Math.max(gradient, 0) * square) / below) * pooled.cells);
  });
  return made(pooled, weightedSum(weights, pooled.features, pooled));
}

/**
 * @param {Pooled} pooled
 * @returns {Made}
 */
export function layerCam(pooled) {
  return made(pooled, weightedSum(positive(pooled.gradients), pooled.features, pooled));
}

/**
 * A product is positive where both factors are, or where both are negative.
 * @param {Pooled} pooled
 * @returns {Made}
 */
export function elementWise(pooled) {
  const both = weightedSum(positive(pooled.gradients), positive(pooled.features), pooled);
  const neither = weightedSum(negative(pooled.gradients), negative(pooled.features), pooled);
  return made(
    pooled,
    both.map((one, i) => one + neither[i]),
  );
}

/**
 * Channels weighted by the share of the logit that goes with them; no share of a logit of 0.
 * @param {Pooled} pooled
 * @param {Float32Array} logits
 * @returns {Made}
 */
export function ablationCam(pooled, logits) {
  const { channels } = pooled;
  const sums = channelSums(pooled);
  const weights = pooled.gradients.map((gradient, i) => {
    const logit = logits[Math.floor(i / channels)];
    return Number.isFinite(logit) && logit !== 0 ? fround(gradient * sums[i % channels]) / logit : 0;
  });
  return made(pooled, weightedSum(weights, pooled.features, pooled));
}

/**
 * Grad-CAM of a finding less so much of another's: of the one that is named, or whose logit is nearest.
 * @param {Pooled} pooled
 * @param {Outputs} outputs
 * @param {string} against a finding's name; empty for the nearest
 * @param {number} strength
 * @returns {Made}
 */
export function finerCam(pooled, { logits, findings }, against, strength) {
  const { gradients, channels } = pooled;
  const named = against ? known(against, findings) : null;
  const weights = gradients.slice();
  for (let place = 0; place < logits.length; place++) {
    const other = named ?? nearest(logits, place);
    for (let k = 0; k < channels; k++) {
      const taken = fround(fround(strength) * gradients[other * channels + k]);
      weights[place * channels + k] = gradients[place * channels + k] - taken;
    }
  }
  return made(pooled, weightedSum(weights, pooled.features, pooled));
}

/**
 * The place of the logit nearest to the one at a place; its own where there is none.
 * @param {Float32Array} logits
 * @param {number} place
 * @returns {number}
 */
export function nearest(logits, place) {
  let [found, least] = [place, Infinity];
  logits.forEach((logit, i) => {
    const distance = fround(Math.abs(fround(logit - logits[place])));
    if (i !== place && distance < least) [found, least] = [i, distance];
  });
  return found;
}

/**
 * Weights (14, C) over the channels of features (C, h, w): (14, h, w).
 * @param {Float32Array} weights
 * @param {Float32Array} features
 * @param {Pooled} size
 * @returns {Float32Array}
 */
function weightedSum(weights, features, { channels, height, width }) {
  const cells = height * width;
  const found = new Float64Array((weights.length / channels) * cells);
  for (let i = 0; i < weights.length; i++) {
    const [from, to, weight] = [(i % channels) * cells, Math.floor(i / channels) * cells, weights[i]];
    for (let cell = 0; weight !== 0 && cell < cells; cell++) found[to + cell] += weight * features[from + cell];
  }
  return Float32Array.from(found);
}

/**
 * The sum of each channel over space, in numpy's order: Grad-CAM++ divides by what may be near 0.
 * @param {Pooled} pooled
 * @returns {Float32Array}
 */
function channelSums({ features, channels, height, width }) {
  const cells = height * width;
  return Float32Array.from({ length: channels }, (_, k) => pairwise(features, k * cells, cells));
}

/**
 * numpy's sum in single precision: by halves, and of up to 128 numbers eight sums side by side.
 * @param {Float32Array} values
 * @param {number} start
 * @param {number} count
 * @returns {number}
 */
function pairwise(values, start, count) {
  if (count > 128) {
    const half = Math.floor(count / 2) - (Math.floor(count / 2) % 8);
    return fround(pairwise(values, start, half) + pairwise(values, start + half, count - half));
  }
  const whole = count < 8 ? 0 : count - (count % 8);
  let sum = 0;
  if (whole) {
    const side = values.slice(start, start + 8);
    for (let i = 8; i < whole; i++) side[i % 8] += values[start + i];
    const [a, b, c, d] = [0, 2, 4, 6].map((i) => fround(side[i] + side[i + 1]));
    sum = fround(fround(a + b) + fround(c + d));
  }
  for (let i = whole; i < count; i++) sum = fround(sum + values[start + i]);
  return sum;
}

/** @param {Float32Array} values */
function positive(values) {
  return values.map((one) => Math.max(one, 0));
}

/** @param {Float32Array} values */
function negative(values) {
  return values.map((one) => Math.min(one, 0));
}

/**
 * @param {Pooled} pooled
 * @param {Float32Array} maps
 * @returns {Made}
 */
function made({ height, width }, maps) {
  return { maps, height, width };
}
