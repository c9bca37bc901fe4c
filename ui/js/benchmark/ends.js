// Where axes end.

const STEPS = [1, 2, 2.5, 5, 10];

/**
 * The round step between values from 0 to the largest, about `wanted` of them.
 * @param {number} largest
 * @param {number} wanted
 * @returns {number}
 */
function step(largest, wanted) {
  const rough = largest / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  return STEPS.map((n) => n * power).find((n) => n >= rough * (1 - 1e-9)) ?? 10 * power;
}

/**
 * A round number at or above a value, for the end of an axis of shares.
 * @param {number} value
 * @param {number} [wanted]
 * @returns {number}
 */
export function ceiling(value, wanted = 5) {
  if (!(value > 0)) return 0.1;
  const by = step(value, wanted);
  return Math.min(1, Math.ceil(value / by - 1e-9) * by);
}
