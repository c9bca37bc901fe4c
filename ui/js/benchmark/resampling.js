// Bootstrap over patients with draws that the server made: the same intervals as on the command line.

/** A 95 % interval takes these order statistics. */
const TAILS = [0.025, 0.975];

export class Resampling {
  /**
   * @param {Uint8Array} counts Uint8Array (resamples × cases): how often each case is drawn.
   * @param {number} cases
   */
  constructor(counts, cases) {
    this.cases = cases;
    this.size = counts.length / cases;
    this.counts = new Float32Array(counts.length); // case by case, so that the inner loop runs along memory
    for (let b = 0; b < this.size; b++) {
      for (let c = 0; c < cases; c++) this.counts[c * this.size + b] = counts[b * cases + c];
    }
    this.sorted = new Float64Array(this.size);
  }

  /**
   * In each resample, the sum of values (one a case, NaN where undefined): Float64Array (resamples).
   * @param {Float64Array} values
   * @param {Float64Array} [out]
   * @returns {Float64Array}
   */
  sums(values, out = new Float64Array(this.size)) {
    const { counts, size } = this;
    out.fill(0);
    for (let c = 0; c < this.cases; c++) {
      const value = values[c];
      if (!value) continue; // 0 and NaN add nothing
      const start = c * size;
      for (let b = 0; b < size; b++) out[b] += counts[start + b] * value;
    }
    return out;
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
   * The percentile interval of replicates, NaN left out: [low, high].
   * @param {Float64Array} replicates
   * @returns {number[]}
   */
  interval(replicates) {
    let n = 0;
    for (let b = 0; b < replicates.length; b++) if (replicates[b] === replicates[b]) this.sorted[n++] = replicates[b];
    if (n === 0) return [NaN, NaN];
    const sorted = this.sorted.subarray(0, n).sort();
    return TAILS.map((tail) => sorted[Math.min(n - 1, Math.max(0, Math.ceil(tail * n - 1e-9) - 1))]);
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
 * Two-sided p-value of a difference from 0: twice the smaller share of replicates beyond 0, never below 2 / (n + 1).
 * @param {Float64Array} replicates
 * @returns {number}
 */
export function pValue(replicates) {
  let below = 0;
  let above = 0;
  let n = 0;
  for (const value of replicates) {
    if (value !== value) continue;
    n++;
    if (value <= 0) below++;
    if (value >= 0) above++;
  }
  return n ? Math.min(1, (2 * (Math.min(below, above) + 1)) / (n + 1)) : NaN;
}
