// Mean IoU by threshold: a line a method with its interval as a band, and where the thresholds stand.
import { Chart } from "../charts/chart.js";
import { dressed, numbers, plain, titled } from "../charts/figures.js";
import { known } from "../dom.js";
import { ceiling } from "./ends.js";
import { STEPS } from "./packed.js";
import { shape, upward } from "./shapes.js";
import { METRICS } from "./words.js";

/**
 * @import { Figure, Part, Trace } from "../charts/types.d.ts"
 * @import { CurveParts } from "../messages.d.ts"
 * @import { Marking, Metric, Visible } from "../types.d.ts"
 * @import { Board } from "./board.js"
 */

const XS = Array.from({ length: STEPS }, (_, step) => step / STEPS);
const MARK = 5; // pixels
const [HIGH, LOW, WIDE] = [390, 300, 500]; // heights of the chart, and the width from which it is high
/** @param {number} width */
const heightAt = (width) => (width < WIDE ? LOW : HIGH);
const EMPTY = "No method is shown: tick one above.";

/** @typedef {{ board: Board, row: number, metric: Metric, visible: Visible }} Given what is to be drawn */
/** @typedef {{ label: string, value: number, floor: boolean }} Level a score that no threshold changes */

export class CurveChart {
  /** @type {Given | null} */
  shown = null;
  /** @type {number | undefined} */
  timer = undefined;

  /**
   * @param {string} plotly address of the library
   * @param {CurveParts} parts see evaluation/report/figures.py
   * @param {(m: number, step: number) => void} onPick called with (method, step) when a point of a line is clicked.
   */
  constructor(plotly, parts, onPick) {
    this.parts = parts;
    this.chart = new Chart(plotly, { onPick });
    this.element = this.chart.element;
  }

  /**
   * @param {Given} given
   * @param {string} title
   */
  show(given, title) {
    this.shown = given;
    this.chart.show((width) => this.figure(width), { title, empty: EMPTY, height: heightAt });
  }

  /**
   * What is drawn; only to be asked for once there is something.
   * @returns {Given}
   */
  get given() {
    return known(this.shown);
  }

  /** Intervals are much work: one method at a time, between frames, while the chart is looked at. */
  fetchBands() {
    clearTimeout(this.timer);
    const { board, row, metric } = this.given;
    const next = this.lines().find((m) => !board.band(m, row, metric));
    if (next === undefined) return;
    this.timer = setTimeout(() => {
      if (this.shown?.board !== board || board.methods.length <= next) return;
      board.workOutBand(next, row, metric);
      this.chart.refresh(); // which builds the figure again, and goes on with the next
    }, 30);
  }

  /** @returns {number[]} */
  lines() {
    const { board, visible } = this.given;
    return [...board.methods.keys()].filter((m) => board.methods[m].marks && visible(m));
  }

  /** @param {number} m */
  curve(m) {
    const { board, row, metric } = this.given;
    return board.curve(m, row, metric);
  }

  /** @param {number} m */
  band(m) {
    const { board, row, metric } = this.given;
    return board.band(m, row, metric);
  }

  /**
   * @param {number} width
   * @returns {Figure}
   */
  figure(width) {
    this.fetchBands();
    const methods = this.lines();
    const top = this.top(methods);
    const levels = this.levels();
    const flat = levels.filter(({ value }) => value <= top).map((level) => this.level(level));
    const data = [...methods.flatMap((m) => this.area(m)), ...methods.map((m) => this.line(m)), ...flat];
    const { layout } = this.parts;
    const yaxis = titled(layout.yaxis, METRICS[this.given.metric].label, { range: [0, top] });
    const height = heightAt(width);
    return { data, layout: { ...layout, height, yaxis, annotations: this.notes(levels, top), shapes: this.marks() } };
  }

  /**
   * The end of the axis: methods that mark maps, and the floors beneath or above them, are what the chart is about.
   * @param {number[]} methods
   */
  top(methods) {
    const all = methods.flatMap((m) => [...this.curve(m), ...(this.band(m)?.high ?? [])]);
    for (const { value, floor } of this.levels()) if (floor) all.push(value);
    return ceiling(1.05 * Math.max(0, ...all.filter((value) => !Number.isNaN(value))));
  }

  /**
   * @param {number} m
   * @returns {Trace}
   */
  line(m) {
    const { look, label } = this.given.board.methods[m];
    return dressed(this.parts.line, look, { name: plain(label), meta: m, x: XS, y: numbers(this.curve(m)) });
  }

  /**
   * @param {number} m
   * @returns {Trace[]}
   */
  area(m) {
    const band = this.band(m);
    if (!band) return [];
    const there = [...band.at.keys()].filter((i) => !Number.isNaN(band.low[i]));
    const back = there.toReversed();
    const x = [...there, ...back].map((i) => band.at[i] / STEPS);
    const y = [...there.map((i) => band.high[i]), ...back.map((i) => band.low[i])];
    const { look, label } = this.given.board.methods[m];
    return [dressed(this.parts.band, look, { name: plain(label), x, y })];
  }

  /**
   * Scores that no threshold changes: the human benchmark, floors and perfect maps.
   * @returns {Level[]}
   */
  levels() {
    const { board, row, metric, visible } = this.given;
    const flat = [...board.methods.keys()].filter((m) => !board.methods[m].marks && visible(m));
    const estimates = flat.length ? board.estimatesOf(metric) : [];
    return flat
      .map((m) => ({
        value: estimates[m][row].value,
        label: plain(board.methods[m].label),
        floor: board.methods[m].kind === "floor",
      }))
      .filter(({ value }) => !Number.isNaN(value));
  }

  /**
   * @param {Level} level
   * @returns {Trace}
   */
  level({ label, value }) {
    return dressed(this.parts.level, 0, { name: label, x: [0, 1], y: [value, value] });
  }

  /**
   * Their names: at the lines, or at the top where they lie above the chart.
   * @param {Level[]} levels
   * @param {number} top
   * @returns {Part[]}
   */
  notes(levels, top) {
    const above = levels.filter(({ value }) => value > top);
    return levels.map((level) => {
      const { label, value } = level;
      const k = above.indexOf(level);
      const text = `${k < 0 ? "" : "↑ "}${label} ${value.toFixed(3)}`;
      const place = k < 0 ? { yref: "y", y: value, yshift: 8 } : { yref: "paper", y: 1, yshift: -8 - 15 * k };
      return { ...this.parts.note, ...place, text };
    });
  }

  /**
   * The one marking whose thresholds the curve's row has; null where its findings are marked in different ways.
   * @returns {Marking | null}
   */
  marking() {
    const { board, row } = this.given;
    if (row < board.findings.length) return board.markings[row];
    const steps = new Set(board.markings.map((marking) => (marking.kind === "fixed" ? marking.step : -1)));
    return steps.size === 1 && !steps.has(-1) ? board.markings[0] : null;
  }

  /**
   * Where each method's threshold stands on its line; nothing for Otsu, which has one a map.
   * @returns {Part[]}
   */
  marks() {
    const marking = this.marking();
    return marking ? this.lines().flatMap((m) => this.markOf(m, marking)) : [];
  }

  /**
   * @param {number} m
   * @param {Marking} marking
   * @returns {Part[]}
   */
  markOf(m, marking) {
    const { board, row, metric } = this.given;
    const method = board.methods[m];
    const threshold = method.threshold(marking, metric, Math.min(row, board.findings.length - 1));
    const value = this.curve(m)[Math.min(STEPS - 1, Math.round(threshold * STEPS))];
    if (Number.isNaN(threshold) || !(value >= 0)) return [];
    const { lines } = shape(method.look);
    const drawn = { path: upward(method.look, MARK), xanchor: threshold, yanchor: value };
    return [dressed(lines ? this.parts.open : this.parts.mark, method.look, drawn)];
  }

  /** Move the marks alone: all that a threshold changes here. */
  moveMarks() {
    if (this.shown) this.chart.mark(this.marks());
  }
}
