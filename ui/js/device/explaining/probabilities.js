// What a model's logits mean, as ui/content.py tells it.

/**
 * The sigmoid of logits; null for findings that the model does not predict.
 * @param {ArrayLike<number>} logits
 * @returns {(number | null)[]}
 */
export function probabilities(logits) {
  return Array.from(logits, (logit) => (Number.isNaN(logit) ? null : 1 / (1 + Math.exp(-logit))));
}

/**
 * A profile's probabilities of a model's logits; null for findings that it does not calibrate.
 * @param {ArrayLike<number>} logits
 * @param {(number | null)[]} temperatures
 * @returns {(number | null)[]}
 */
export function calibrated(logits, temperatures) {
  return probabilities(Array.from(logits, (logit, i) => logit / (temperatures[i] ?? NaN)));
}
