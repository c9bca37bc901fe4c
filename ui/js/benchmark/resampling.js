// Bootstrap over patients with draws that the server made: the same intervals as on the command line.
import { nthSmallest } from "./order.js";
import { Patients } from "./patients.js";
import { drawFlips, LEAST_PATIENTS } from "./sign_flip.js";

/** A 95 % interval takes these order statistics. */
const TAILS = [0.025, 0.975];

export class Resampling {
  /** @type {Uint8Array | undefined} */
  drawn;

  /**
   * @param {Uint8Array} counts Uint8Array (resamples × cases): how often each case is drawn.
   * @param {string[]} patients of the cases
   * @param {number} seed of the flips of signs
   */
  constructor(counts, patients, seed) {
    const cases = patients.length;
    this.cases = cases;
    this.patients = new Patients(patients);
    this.seed = seed;
    this.size = counts.length / cases;
    this.counts = new Float32Array(counts.length); // case by case, so that the inner loop runs along memory
    for (let b = 0; b < this.size; b++) {
      for (let c = 0; c < cases; c++) this.counts[c * this.size + b] = counts[b * cases + c];
    }
    this.adding = new Int32Array(cases); // cases whose values add something to a sum
    this.known = new Float64Array(this.size); // replicates without NaN, in any order
  }

  /** The signs that tests flip; drawn when they are first asked for. */
  get flips() {
    return (this.drawn ??= drawFlips(this.patients.size, this.seed));
  }

  /**
   * In each resample, the sum of values (one a case, NaN where undefined): Float64Array (resamples).
   * @param {Float64Array} values
   * @param {Float64Array} [out]
   * @returns {Float64Array}
   */
  sums(values, out = new Float64Array(this.size)) {
    const { adding, counts, size } = this;
    let n = 0;
    for (let c = 0; c < this.cases; c++) if (values[c]) adding[n++] = c; // 0 and NaN add nothing
    out.fill(0);
    let at = 0;
    for (; at + 4 <= n; at += 4) this.addFour(at, values, out);
    for (; at < n; at++) {
      const [start, value] = [adding[at] * size, values[adding[at]]];
      for (let b = 0; b < size; b++) out[b] += counts[start + b] * value;
    }
    return out;
  }

  /**
   * Add four cases at once, in their order: less than half the time of one after the other.
   * @param {number} at where they stand among those that add something
   * @param {Float64Array} values
   * @param {Float64Array} out
   */
  addFour(at, values, out) {
    const { adding, counts, size } = this;
    const [c, d, e, f] = [adding[at], adding[at + 1], adding[at + 2], adding[at + 3]];
    const [i, j, k, l] = [c * size, d * size, e * size, f * size];
    const [u, v, w, x] = [values[c], values[d], values[e], values[f]];
    for (let b = 0; b < size; b++) {
      out[b] = out[b] + counts[i + b] * u + counts[j + b] * v + counts[k + b] * w + counts[l + b] * x;
    }
  }

  /**
   * In each resample, how many cases have a value.
   * @param {Float64Array} values
   * @returns {Float64Array}
   */
  numbers(values) {
    return this.sums(Float64Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1)));
  }

  /**
   * The percentile interval of replicates, NaN left out: [low, high]. There is none of few patients.
   * @param {Float64Array} replicates
   * @param {number} patients with a value
   * @returns {number[]}
   */
  interval(replicates, patients) {
    if (patients < LEAST_PATIENTS) return [NaN, NaN];
    let n = 0;
    for (let b = 0; b < replicates.length; b++) if (replicates[b] === replicates[b]) this.known[n++] = replicates[b];
    if (n === 0) return [NaN, NaN];
    const [low, high] = TAILS.map((tail) => Math.min(n - 1, Math.max(0, Math.ceil(tail * n - 1e-9) - 1)));
    return [nthSmallest(this.known, low, 0, n), nthSmallest(this.known, high, low, n)];
  }
}

/**
 * Mean of the values that are there, and how many there are: [mean, n].
 * @param {ArrayLike<number>} values
 * @returns {number[]}
 */
export function meanOf(values) {
  let sum = 0;
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== values[i]) continue;
    sum += values[i];
    n++;
  }
  return [n ? sum / n : NaN, n];
}

/**
 * Resample by resample, the mean over the first `count` rows that have a value.
 * @param {Float64Array[]} rows
 * @param {number} count
 * @returns {Float64Array}
 */
export function meanOver(rows, count) {
  const size = rows[0].length;
  const out = new Float64Array(size);
  for (let b = 0; b < size; b++) {
    let sum = 0;
    let n = 0;
    for (let f = 0; f < count; f++) {
      const value = rows[f][b];
      if (value !== value) continue;
      sum += value;
      n++;
    }
    out[b] = n ? sum / n : NaN;
  }
  return out;
}
