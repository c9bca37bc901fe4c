// All numbers of the tab, kept up to date with the thresholds: means, intervals, differences, curves. Nothing here draws.
import { STEPS } from "./packed.js";
import { meanOf, pValue } from "./resampling.js";

/** The row below the findings: the mean over them. */
export const MEAN = "Mean";
const BAND_STEP = 5; // the curves' intervals are worked out at every fifth threshold

export class Board {
  /** @param methods see methods.js; @param findings their names; @param resampling draws over the cohort's cases. */
  constructor(methods, findings, resampling, markings) {
    Object.assign(this, { methods, findings, resampling, markings });
    this.metric = "hit";
    this.rows = findings.length + 1;
    this.numbers = new Map();
    this.curves = new Map();
    this.scratch = new Float64Array(resampling.cases);
    this.forget();
  }

  /** Everything that was worked out for the metric shown is to be worked out again. */
  forget() {
    this.values = this.methods.map(() => this.findings.map(() => null));
    this.replicates = this.methods.map(() =>
      Array.from({ length: this.rows }, () => new Float64Array(this.resampling.size)),
    );
    this.estimates = this.methods.map(() => Array.from({ length: this.rows }, () => null));
    this.stale = new Set(this.findings.keys());
    this.differenceCache = new Map();
  }

  setMetric(metric) {
    if (metric === this.metric) return;
    this.metric = metric;
    this.forget();
  }

  setMethods(methods) {
    this.methods = methods;
    this.numbers.clear();
    this.curves.clear();
    this.forget();
  }

  /** Mark one finding, or all (f = null), in another way; `update` then works out what follows. */
  mark(f, marking) {
    for (const i of f === null ? this.findings.keys() : [f]) {
      this.markings[i] = marking;
      if (this.metric !== "hit") this.stale.add(i);
    }
  }

  /** Work out what has changed; returns the rows that did. */
  update() {
    if (!this.stale.size) return [];
    const changed = [...this.stale];
    this.stale.clear();
    for (const m of this.methods.keys()) {
      const rows = this.methods[m].marks ? changed : changed.filter((f) => !this.estimates[m][f]); // thresholds do not change the others
      for (const f of rows) this.estimate(m, f);
      if (rows.length) this.estimateMean(m);
    }
    this.differenceCache.clear();
    return [...changed, this.findings.length];
  }

  estimate(m, f) {
    const values = (this.values[m][f] ??= new Float64Array(this.resampling.cases));
    this.methods[m].scores(this.metric, f, this.markings[f], values);
    const [value, n] = meanOf(values);
    const replicates = this.resample(values, this.numbersOf(m, f, values), this.replicates[m][f]);
    this.estimates[m][f] = this.describe(value, n, replicates);
  }

  /** Means in each resample, into `out`. */
  resample(values, numbers, out) {
    this.resampling.sums(values, out);
    for (let b = 0; b < out.length; b++) out[b] /= numbers[b]; // 0 / 0 is NaN, as it should be
    return out;
  }

  /** How many cases have a value in each resample: changes with what is defined, not with thresholds. */
  numbersOf(m, f, values) {
    const key = `${m} ${f} ${this.metric} ${this.markings[f].kind === "cutoffs"}`;
    if (!this.numbers.has(key)) this.numbers.set(key, this.resampling.numbers(values));
    return this.numbers.get(key);
  }

  estimateMean(m) {
    const rows = this.estimates[m].slice(0, -1);
    const [value] = meanOf(rows.map((row) => row.value));
    const n = rows.reduce((sum, row) => sum + row.n, 0);
    this.estimates[m][this.findings.length] = this.describe(
      value,
      n,
      meanOver(this.replicates[m], this.findings.length),
    );
  }

  describe(value, n, replicates) {
    const [low, high] = this.resampling.interval(replicates);
    return { value, n, low, high };
  }

  /** Places of a row's best and second best among the methods that mark maps: {best, second}, sets of numbers. */
  ranks(row) {
    const marked = [...this.methods.keys()].filter((m) => this.methods[m].marks && this.estimates[m][row].n);
    const shown = (m) => this.estimates[m][row].value.toFixed(3); // equal numbers on the page are equally good
    const levels = [...new Set(marked.map(shown))].sort((a, b) => b - a);
    const at = (level) => new Set(level === undefined ? [] : marked.filter((m) => shown(m) === level));
    return { best: at(levels[0]), second: at(levels[1]) };
  }

  /** Mean of method a − method b by row, over the cases where both have a value: [{value, n, low, high, p}]. */
  differences(a, b) {
    const key = `${a} ${b}`;
    if (!this.differenceCache.has(key)) this.differenceCache.set(key, this.workOutDifferences(a, b));
    return this.differenceCache.get(key);
  }

  workOutDifferences(a, b) {
    const found = [];
    const all = [];
    for (const f of this.findings.keys()) {
      const [x, y] = [this.values[a][f], this.values[b][f]];
      const paired = Float64Array.from(x, (value, c) => value - y[c]);
      const key = `${a}-${b} ${f} ${this.metric} ${this.markings[f].kind === "cutoffs"}`;
      if (!this.numbers.has(key)) this.numbers.set(key, this.resampling.numbers(paired));
      const replicates = this.resample(paired, this.numbers.get(key), new Float64Array(this.resampling.size));
      const [value, n] = meanOf(paired);
      found.push({ ...this.describe(value, n, replicates), p: pValue(replicates) });
      all.push(replicates);
    }
    const means = meanOver(all, all.length);
    const [value] = meanOf(found.map((row) => row.value));
    const n = found.reduce((sum, row) => sum + row.n, 0);
    return [...found, { ...this.describe(value, n, means), p: pValue(means) }];
  }

  /** Mean IoU at every threshold below 1, for a row: Float64Array (200). No threshold changes it. */
  curve(m, row, metric) {
    return this.remember(`${m} ${row} ${metric}`, () =>
      Float64Array.from({ length: STEPS }, (_, step) => {
        const means = this.findingsOf(row).map(
          (f) => meanOf(this.methods[m].scores(metric, f, { kind: "fixed", step }, this.scratch))[0],
        );
        return meanOf(means)[0];
      }),
    );
  }

  /** The interval of a curve at some of its steps: {at, low, high}; null while it has not been worked out. */
  band(m, row, metric) {
    return this.curves.get(`band ${m} ${row} ${metric}`) ?? null;
  }

  workOutBand(m, row, metric) {
    return this.remember(`band ${m} ${row} ${metric}`, () => {
      const at = Array.from({ length: STEPS / BAND_STEP }, (_, i) => i * BAND_STEP).concat(STEPS - 1);
      const numbers = this.findingsOf(row).map((f) =>
        this.resampling.numbers(this.methods[m].scores(metric, f, { kind: "fixed", step: 0 }, this.scratch)),
      );
      const ends = at.map((step) => {
        const replicates = this.findingsOf(row).map((f, i) => {
          this.methods[m].scores(metric, f, { kind: "fixed", step }, this.scratch);
          return this.resample(this.scratch, numbers[i], new Float64Array(this.resampling.size));
        });
        return this.resampling.interval(meanOver(replicates, replicates.length));
      });
      return { at, low: ends.map(([low]) => low), high: ends.map(([, high]) => high) };
    });
  }

  remember(key, work) {
    if (!this.curves.has(key)) this.curves.set(key, work());
    return this.curves.get(key);
  }

  findingsOf(row) {
    return row < this.findings.length ? [row] : [...this.findings.keys()];
  }

  /** Estimates of another metric under the markings of now, by method and row; what is shown stays. */
  estimatesOf(metric) {
    const { metric: shown } = this;
    if (metric === shown) return this.estimates;
    const other = new Board(this.methods, this.findings, this.resampling, this.markings);
    other.setMetric(metric);
    other.update();
    return other.estimates;
  }

  /** The cases behind a number, worst first: [{case, finding, value}] with a value each. */
  behind(m, row) {
    const found = this.findingsOf(row).flatMap((f) => Array.from(this.values[m][f], (value, c) => ({ c, f, value })));
    return found
      .filter(({ value }) => !Number.isNaN(value))
      .sort((a, b) => a.value - b.value || a.f - b.f || a.c - b.c);
  }
}

/** Resample by resample, the mean over the first `count` rows that have a value. */
function meanOver(rows, count) {
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
