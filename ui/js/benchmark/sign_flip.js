// The sign-flip permutation test of paired differences, by patient: as evaluation/sign_flip.py makes it, and its flips.
import { randomBytes } from "./mersenne.js";

export const LEAST_PATIENTS = 6;
export const FLIPS = 100_000;
const MOST_EXACT = 17;
const EQUAL = 1e-10; // of the sum of all sizes
const BYTES = 256;

/**
 * Two-sided p-value of the sum of effects from 0.
 * @param {Float64Array} effects what each patient adds, 0 for one without a value
 * @param {number} patients with a value
 * @param {(patients: number) => Uint8Array} draw the flips, see `drawFlips`
 * @returns {number} NaN below LEAST_PATIENTS
 */
export function signFlip(effects, patients, draw) {
  if (patients < LEAST_PATIENTS) return NaN;
  const tolerance = EQUAL * effects.reduce((sum, effect) => sum + Math.abs(effect), 0);
  const differing = effects.filter((effect) => Math.abs(effect) > tolerance);
  return differing.length <= MOST_EXACT ? exact(differing, tolerance) : drawn(effects, tolerance, draw(effects.length));
}

/**
 * The signs to flip, a bit a patient, each flip in whole bytes, lowest bit first.
 * @param {number} patients
 * @param {number} seed
 * @returns {Uint8Array}
 */
export function drawFlips(patients, seed) {
  return randomBytes(seed, FLIPS * Math.ceil(patients / 8));
}

/** @param {Float64Array} effects */
const total = (effects) => effects.reduce((sum, effect) => sum + effect, 0);

/**
 * The share of all flips that are as far from 0: half of them, the others mirror these.
 * @param {Float64Array} effects
 * @param {number} tolerance
 */
function exact(effects, tolerance) {
  if (!effects.length) return 1;
  const sums = new Float64Array(2 ** (effects.length - 1));
  sums[0] = effects[0];
  let size = 1;
  for (const effect of effects.subarray(1)) {
    for (let i = 0; i < size; i++) {
      sums[size + i] = sums[i] - effect;
      sums[i] += effect;
    }
    size *= 2;
  }
  const reach = Math.abs(total(effects)) - tolerance;
  return sums.reduce((count, sum) => count + (Math.abs(sum) >= reach ? 1 : 0), 0) / size;
}

/**
 * The share of the flips drawn, the one that was found counted with them. What eight patients add is looked up.
 * @param {Float64Array} effects
 * @param {number} tolerance
 * @param {Uint8Array} flips
 */
function drawn(effects, tolerance, flips) {
  const width = flips.length / FLIPS;
  const table = sumsByByte(effects, width);
  const found = total(effects);
  const reach = Math.abs(found) - tolerance;
  const [low, high] = [(found - reach) / 2, (found + reach) / 2]; // what is flipped is taken away twice
  let beyond = 0;
  for (let at = 0; at < flips.length;) {
    let taken = 0;
    for (let b = 0; b < width; b++) taken += table[b * BYTES + flips[at++]];
    if (taken <= low || taken >= high) beyond++;
  }
  return (1 + beyond) / (1 + FLIPS);
}

/**
 * For each byte of a flip and each of its values, the sum of the effects whose bits are set.
 * @param {Float64Array} effects
 * @param {number} width
 */
function sumsByByte(effects, width) {
  const table = new Float64Array(width * BYTES);
  for (let b = 0; b < width; b++) {
    for (let value = 1; value < BYTES; value++) {
      const lowest = 31 - Math.clz32(value & -value);
      const rest = table[b * BYTES + (value & (value - 1))];
      table[b * BYTES + value] = rest + (effects[8 * b + lowest] ?? 0);
    }
  }
  return table;
}

/**
 * Holm's correction of the p-values of a family, NaN where there was no test.
 * @param {number[]} values
 * @returns {number[]}
 */
export function holm(values) {
  const order = [...values.keys()].filter((k) => !Number.isNaN(values[k])).sort((a, b) => values[a] - values[b]);
  const adjusted = values.map(() => NaN);
  let least = 0;
  for (const [rank, k] of order.entries()) {
    least = Math.max(least, values[k] * (order.length - rank));
    adjusted[k] = Math.min(1, least);
  }
  return adjusted;
}
