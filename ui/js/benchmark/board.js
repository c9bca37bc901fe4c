// All numbers of the tab, kept up to date with the thresholds: means, intervals, differences, curves. Nothing here
// draws.
import { remember } from "../remember.js";
import { STEPS } from "./packed.js";
import { areHits, effectiveTrials, wilson } from "./rates.js";
import { isRanked, sharedParts, valueOf } from "./comparable.js";
import { meanOf, meanOver } from "./resampling.js";
import { signFlip } from "./sign_flip.js";

/**
 * @import { Band, BoardMethod, Estimate, Marking, Metric } from "../types.d.ts"
 * @import { Resampling } from "./resampling.js"
 */

/**
 * Differences by case, their mean and number, and the mean in each resample.
 * @typedef {{ differences: Float64Array, value: number, n: number, replicates: Float64Array }} Paired
 */

/** The row below the findings: the mean over them. */
export const MEAN = "Mean";
const BAND_STEP = 5; // the curves' intervals are worked out at every fifth threshold

export class Board {
  /** @type {Metric} */
  metric = "hit";
  /** @type {Map<string, Float64Array>} */
  numbers = new Map(); // of cases with a value in each resample
  /** @type {Map<string, Float64Array>} */
  curves = new Map();
  /** @type {Map<string, Band>} */
  bands = new Map();
  /** @type {Map<string, Paired>} */
  pairs = new Map(); // by methods and finding
  /** @type {Map<string, number>} */
  tests = new Map(); // p-values of differences
  /** @type {Set<number>} */
  stale = new Set(); // findings that are to be worked out again

  // By method, then by row: findings in their order, the mean over them last.
  /** @type {Float64Array[][]} */
  values = []; // scores of the cases, without the mean's
  /** @type {Float64Array[][]} */
  replicates = []; // means in each resample
  /** @type {Estimate[][]} */
  estimates = [];

  /**
   * @param {BoardMethod[]} methods see methods.js
   * @param {string[]} findings their names
   * @param {Resampling} resampling draws over the cohort's cases.
   * @param {Marking[]} markings
   */
  constructor(methods, findings, resampling, markings) {
    this.methods = methods;
    this.findings = findings;
    this.resampling = resampling;
    this.markings = markings;
    this.rows = findings.length + 1;
    this.scratch = new Float64Array(resampling.cases);
    this.forget();
  }

  /** Everything that was worked out for the metric shown is to be worked out again. */
  forget() {
    this.values = this.methods.map(() => []);
    this.replicates = this.methods.map(() =>
      Array.from({ length: this.rows }, () => new Float64Array(this.resampling.size)),
    );
    this.estimates = this.methods.map(() => []);
    this.stale = new Set(this.findings.keys());
    this.pairs.clear();
    this.tests.clear();
  }

  /** @param {Metric} metric */
  setMetric(metric) {
    if (metric === this.metric) return;
    this.metric = metric;
    this.forget();
  }

  /** @param {BoardMethod[]} methods */
  setMethods(methods) {
    this.methods = methods;
    this.numbers.clear();
    this.curves.clear();
    this.bands.clear();
    this.forget();
  }

  /**
   * Mark one finding, or all (f = null), in another way; `update` then works out what follows.
   * @param {number | null} f
   * @param {Marking} marking
   */
  mark(f, marking) {
    for (const i of f === null ? this.findings.keys() : [f]) {
      this.markings[i] = marking;
      if (this.metric !== "hit") this.stale.add(i);
    }
  }

  /**
   * Work out what has changed; returns the rows that did.
   * @returns {number[]}
   */
  update() {
    if (!this.stale.size) return [];
    const changed = [...this.stale];
    this.stale.clear();
    for (const m of this.methods.keys()) {
      const known = this.estimates[m]; // thresholds do not change what is not marked by them
      const rows = this.methods[m].marks ? changed : changed.filter((f) => !known[f]);
      for (const f of rows) this.estimate(m, f);
      if (rows.length) this.estimateMean(m);
    }
    const stale = new Set(changed.map(String));
    for (const key of this.pairs.keys()) if (stale.has(key.split(" ")[2])) this.pairs.delete(key);
    this.tests.clear();
    return [...changed, this.findings.length];
  }

  /**
   * @param {number} m
   * @param {number} f
   */
  estimate(m, f) {
    const values = (this.values[m][f] ??= new Float64Array(this.resampling.cases));
    this.methods[m].scores(this.metric, f, this.markings[f], values);
    const [value, n] = meanOf(values);
    const replicates = this.resample(values, this.numbersOf(m, f, values), this.replicates[m][f]);
    const described = this.describe(value, n, replicates, this.resampling.patients.known(values));
    this.estimates[m][f] = this.metric === "hit" && areHits(values) ? this.asRate(described, values) : described;
  }

  /**
   * A hit rate, with Wilson's interval.
   * @param {Estimate} estimate
   * @param {Float64Array} values
   * @returns {Estimate}
   */
  asRate(estimate, values) {
    const [low, high] = wilson(estimate.value, effectiveTrials(values, this.resampling.patients));
    return { ...estimate, low, high };
  }

  /**
   * Means in each resample, into `out`.
   * @param {Float64Array} values
   * @param {Float64Array} numbers
   * @param {Float64Array} out
   * @returns {Float64Array}
   */
  resample(values, numbers, out) {
    this.resampling.sums(values, out);
    for (let b = 0; b < out.length; b++) out[b] /= numbers[b]; // 0 / 0 is NaN, as it should be
    return out;
  }

  /**
   * How many cases have a value in each resample: changes with what is defined, not with thresholds.
   * @param {number} m
   * @param {number} f
   * @param {Float64Array} values
   * @returns {Float64Array}
   */
  numbersOf(m, f, values) {
    const key = `${m} ${f} ${this.metric} ${this.markings[f].kind === "cutoffs"}`;
    return remember(this.numbers, key, () => this.resampling.numbers(values));
  }

  /** @param {number} m */
  estimateMean(m) {
    const count = this.findings.length;
    const rows = this.estimates[m].slice(0, count);
    const [value] = meanOf(rows.map((row) => row.value));
    const n = rows.reduce((sum, row) => sum + row.n, 0);
    const patients = this.resampling.patients.known(...this.values[m]);
    const replicates = meanOver(this.replicates[m], count);
    this.replicates[m][count] = replicates;
    this.estimates[m][count] = this.describe(value, n, replicates, patients);
  }

  /**
   * @param {number} value
   * @param {number} n
   * @param {Float64Array} replicates
   * @param {number} patients with a value
   * @returns {Estimate}
   */
  describe(value, n, replicates, patients) {
    const [low, high] = this.resampling.interval(replicates, patients);
    return { value, n, low, high };
  }

  /**
   * Places of a row's best and second best among the methods that are compared, on what all of them have, as sets of
   * numbers {best, second}; a score that reads 0 has no place.
   * @param {number} row
   */
  ranks(row) {
    const parts = sharedParts(this, row);
    const values = this.methods.map((method, m) => (isRanked(method) ? valueOf(this, m, parts) : NaN));
    /** @param {number} m */
    const shown = (m) => values[m].toFixed(3); // equal numbers on the page are equally good
    const marked = [...values.keys()].filter((m) => Number(shown(m)) > 0); // 0: of what nobody drew nothing is right
    const levels = [...new Set(marked.map(shown))].sort((a, b) => Number(b) - Number(a));
    /** @param {string | undefined} level */
    const at = (level) => new Set(level === undefined ? [] : marked.filter((m) => shown(m) === level));
    return { best: at(levels[0]), second: at(levels[1]) };
  }

  /**
   * Mean of method a − method b by row, over the cases where both have a value.
   * @param {number} a
   * @param {number} b
   * @returns {Estimate[]}
   */
  differences(a, b) {
    return Array.from({ length: this.rows }, (_, row) => this.difference(a, b, row));
  }

  /**
   * The p-value of a difference, by sign flips of patients; NaN of few. Worked out when it is asked for: it takes
   * longer than all else.
   * @param {number} a
   * @param {number} b
   * @param {number} row
   * @returns {number}
   */
  test(a, b, row) {
    return remember(this.tests, `${a} ${b} ${row}`, () => {
      const columns = this.findingsOf(row).map((f) => this.paired(a, b, f).differences);
      const { patients } = this.resampling;
      return signFlip(this.effects(columns), patients.known(...columns), () => this.resampling.flips);
    });
  }

  /**
   * What each patient adds to the mean of the means of columns, up to a common factor.
   * @param {Float64Array[]} columns differences, one a case
   * @returns {Float64Array}
   */
  effects(columns) {
    const effects = new Float64Array(this.resampling.patients.size);
    for (const column of columns) {
      const [, n] = meanOf(column);
      const { sums } = this.resampling.patients.sums(column);
      if (n) for (let p = 0; p < effects.length; p++) effects[p] += columns.length > 1 ? sums[p] / n : sums[p];
    }
    return effects;
  }

  /**
   * The mean difference in one row, as in `differences`.
   * @param {number} a
   * @param {number} b
   * @param {number} row
   * @returns {Estimate}
   */
  difference(a, b, row) {
    const found = this.findingsOf(row).map((f) => this.paired(a, b, f));
    const known = this.resampling.patients.known(...found.map(({ differences }) => differences));
    const [first] = found;
    if (row < this.findings.length) return this.describe(first.value, first.n, first.replicates, known);
    const [value] = meanOf(found.map((one) => one.value));
    const n = found.reduce((sum, one) => sum + one.n, 0);
    const replicates = found.map((one) => one.replicates);
    return this.describe(value, n, meanOver(replicates, replicates.length), known);
  }

  /**
   * The differences of two methods in a finding; kept until a threshold changes it.
   * @param {number} a
   * @param {number} b
   * @param {number} f
   * @returns {Paired}
   */
  paired(a, b, f) {
    return remember(this.pairs, `${a} ${b} ${f}`, () => {
      const [x, y] = [this.values[a][f], this.values[b][f]];
      const differences = Float64Array.from(x, (value, c) => value - y[c]);
      const [value, n] = meanOf(differences);
      return { differences, value, n, replicates: this.pairedReplicates(a, b, f, differences) };
    });
  }

  /**
   * Means of paired differences in each resample. Where both have values of the same cases they are the differences of
   * the means, which are known.
   * @param {number} a
   * @param {number} b
   * @param {number} f
   * @param {Float64Array} differences by case
   * @returns {Float64Array}
   */
  pairedReplicates(a, b, f, differences) {
    const [x, y] = [this.values[a][f], this.values[b][f]];
    if (x.every((value, c) => Number.isNaN(value) === Number.isNaN(y[c]))) {
      const other = this.replicates[b][f];
      return this.replicates[a][f].map((mean, i) => mean - other[i]);
    }
    const key = `${a}-${b} ${f} ${this.metric} ${this.markings[f].kind === "cutoffs"}`;
    const numbers = remember(this.numbers, key, () => this.resampling.numbers(differences));
    return this.resample(differences, numbers, new Float64Array(this.resampling.size));
  }

  /**
   * Mean IoU at every threshold below 1, for a row: Float64Array (200). No threshold changes it.
   * @param {number} m
   * @param {number} row
   * @param {Metric} metric
   * @returns {Float64Array}
   */
  curve(m, row, metric) {
    const findings = this.findingsOf(row);
    /** @param {number} step */
    const meanAt = (step) => {
      const means = findings.map((f) => meanOf(this.scoresAt(m, f, metric, step))[0]);
      return meanOf(means)[0];
    };
    const work = () => Float64Array.from({ length: STEPS }, (_, step) => meanAt(step));
    return remember(this.curves, `${m} ${row} ${metric}`, work);
  }

  /**
   * Scores of a finding's cases at a fixed threshold, until the next call.
   * @param {number} m
   * @param {number} f
   * @param {Metric} metric
   * @param {number} step
   * @returns {Float64Array}
   */
  scoresAt(m, f, metric, step) {
    return this.methods[m].scores(metric, f, { kind: "fixed", step }, this.scratch);
  }

  /**
   * The interval of a curve at some of its steps; null while it has not been worked out.
   * @param {number} m
   * @param {number} row
   * @param {Metric} metric
   * @returns {Band | null}
   */
  band(m, row, metric) {
    return this.bands.get(`${m} ${row} ${metric}`) ?? null;
  }

  /**
   * @param {number} m
   * @param {number} row
   * @param {Metric} metric
   */
  workOutBand(m, row, metric) {
    return remember(this.bands, `${m} ${row} ${metric}`, () => {
      const at = Array.from({ length: STEPS / BAND_STEP }, (_, i) => i * BAND_STEP).concat(STEPS - 1);
      const findings = this.findingsOf(row);
      const numbers = findings.map((f) => this.resampling.numbers(this.scoresAt(m, f, metric, 0)));
      const known = findings.map((f) => this.scoresAt(m, f, metric, 0).slice());
      const patients = this.resampling.patients.known(...known);
      const ends = at.map((step) => {
        const replicates = findings.map((f, i) => {
          const scores = this.scoresAt(m, f, metric, step);
          return this.resample(scores, numbers[i], new Float64Array(this.resampling.size));
        });
        return this.resampling.interval(meanOver(replicates, replicates.length), patients);
      });
      return { at, low: ends.map(([low]) => low), high: ends.map(([, high]) => high) };
    });
  }

  /**
   * @param {number} row
   * @returns {number[]}
   */
  findingsOf(row) {
    return row < this.findings.length ? [row] : [...this.findings.keys()];
  }

  /**
   * The board of another metric under the markings of now; what is shown stays.
   * @param {Metric} metric
   * @returns {Board}
   */
  of(metric) {
    if (metric === this.metric) return this;
    const other = new Board(this.methods, this.findings, this.resampling, this.markings);
    other.setMetric(metric);
    other.update();
    return other;
  }

  /**
   * Its estimates, by method and row.
   * @param {Metric} metric
   * @returns {Estimate[][]}
   */
  estimatesOf(metric) {
    return this.of(metric).estimates;
  }

  /**
   * The cases behind a number, worst first: [{case, finding, value}] with a value each.
   * @param {number} m
   * @param {number} row
   */
  behind(m, row) {
    const found = this.findingsOf(row).flatMap((f) => Array.from(this.values[m][f], (value, c) => ({ c, f, value })));
    return found
      .filter(({ value }) => !Number.isNaN(value))
      .sort((a, b) => a.value - b.value || a.f - b.f || a.c - b.c);
  }
}
