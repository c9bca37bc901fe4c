// Wilson's interval of a rate, such as the hit rate of one finding: as evaluation/rates.py makes it.
import { LEAST_PATIENTS } from "./sign_flip.js";

/** @import { Patients } from "./patients.js" */

const QUANTILE = 1.959963984540054; // of the normal distribution, at 0.975

/**
 * The 95 % score interval of a rate: [low, high].
 * @param {number} rate
 * @param {number} trials
 * @returns {number[]}
 */
export function wilson(rate, trials) {
  const square = QUANTILE ** 2;
  const centre = rate + square / (2 * trials);
  const reach = QUANTILE * Math.sqrt((rate * (1 - rate)) / trials + square / (4 * trials ** 2));
  const whole = 1 + square / trials;
  return [rate === 0 ? 0 : (centre - reach) / whole, rate === 1 ? 1 : (centre + reach) / whole];
}

/**
 * Whether values (one a case, NaN where undefined) are hits and misses, at least one of them.
 * @param {ArrayLike<number>} values
 * @returns {boolean}
 */
export function areHits(values) {
  let some = false;
  for (let c = 0; c < values.length; c++) {
    if (values[c] !== values[c]) continue;
    if (values[c] !== 0 && values[c] !== 1) return false;
    some = true;
  }
  return some;
}

/**
 * How many independent images say as much about a rate as these: their number, divided by the design effect.
 * @param {ArrayLike<number>} values hits and misses
 * @param {Patients} patients
 * @returns {number}
 */
export function effectiveTrials(values, patients) {
  const { sums, counts } = patients.sums(values);
  let [hits, images, known, spread] = [0, 0, 0, 0];
  for (let p = 0; p < sums.length; p++) {
    hits += sums[p];
    images += counts[p];
    known += counts[p] ? 1 : 0;
  }
  const rate = hits / images;
  if (rate === 0 || rate === 1) return known;
  for (let p = 0; p < sums.length; p++) spread += (sums[p] - counts[p] * rate) ** 2;
  const trials = images / Math.max(1, spread / (images * rate * (1 - rate)));
  return known < LEAST_PATIENTS ? Math.min(trials, known) : trials;
}
