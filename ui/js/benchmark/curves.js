// Mean IoU by threshold: a line a method with its interval as a band, and where the thresholds stand.
import { Chart } from "../charts/chart.js";
import { dressed, known, plain, titled } from "../charts/figures.js";
import { ceiling } from "./ends.js";
import { STEPS } from "./packed.js";
import { shape, upward } from "./shapes.js";
import { METRICS } from "./words.js";

const XS = Array.from({ length: STEPS }, (_, step) => step / STEPS);
const MARK = 5; // pixels
const [HIGH, LOW, WIDE] = [390, 300, 500]; // heights of the chart, and the width from which it is high
const EMPTY = "No method is shown: tick one above.";

export class CurveChart {
  board = null;
  row = 0;
  metric = "iou_tp";
  visible = null;
  timer = 0;

  /** @param url of plotly; @param parts of evaluation/report/figures.py; @param onPick called with (method, step). */
  constructor(url, parts, onPick) {
    this.parts = parts;
    this.chart = new Chart(url, { onPick });
    this.element = this.chart.element;
  }

  show(board, row, metric, visible, title) {
    this.board = board;
    this.row = row;
    this.metric = metric;
    this.visible = visible;
    this.chart.show((width) => this.figure(width), { title, empty: EMPTY });
    this.fetchBands();
  }

  /** Intervals are much work: one method at a time, between frames. */
  fetchBands() {
    clearTimeout(this.timer);
    const { board, row, metric } = this;
    const next = this.lines().find((m) => !board.band(m, row, metric));
    if (next === undefined) return;
    this.timer = setTimeout(() => {
      if (this.board !== board || board.methods.length <= next) return;
      board.workOutBand(next, row, metric);
      this.chart.refresh();
      this.fetchBands();
    }, 30);
  }

  lines() {
    return [...this.board.methods.keys()].filter((m) => this.board.methods[m].marks && this.visible(m));
  }

  curve(m) {
    return this.board.curve(m, this.row, this.metric);
  }

  figure(width) {
    const methods = this.lines();
    const bands = methods.flatMap((m) => this.band(m));
    const lines = methods.map((m) => this.line(m, this.curve(m)));
    const top = this.top(methods);
    const levels = this.levels();
    const data = [...bands, ...lines, ...levels.filter(({ value }) => value <= top).map((level) => this.level(level))];
    const { layout } = this.parts;
    const yaxis = titled(layout.yaxis, METRICS[this.metric].label, { range: [0, top] });
    const height = width < WIDE ? LOW : HIGH;
    return { data, layout: { ...layout, height, yaxis, annotations: this.notes(levels, top), shapes: this.marks() } };
  }

  /** The end of the axis: methods that mark maps are what the chart is about. */
  top(methods) {
    const all = methods.flatMap((m) => [...this.curve(m), ...(this.board.band(m, this.row, this.metric)?.high ?? [])]);
    return ceiling(1.05 * Math.max(0, ...all.filter((value) => !Number.isNaN(value))));
  }

  line(m, curve) {
    const { look, label } = this.board.methods[m];
    return dressed(this.parts.line, look, { name: plain(label), meta: m, x: XS, y: known(curve) });
  }

  band(m) {
    const band = this.board.band(m, this.row, this.metric);
    if (!band) return [];
    const there = band.at.map((_, i) => i).filter((i) => !Number.isNaN(band.low[i]));
    const back = there.toReversed();
    const x = [...there, ...back].map((i) => band.at[i] / STEPS);
    const y = [...there.map((i) => band.high[i]), ...back.map((i) => band.low[i])];
    const { look, label } = this.board.methods[m];
    return [dressed(this.parts.band, look, { name: plain(label), x, y })];
  }

  /** Scores that no threshold changes: the human benchmark and perfect maps. */
  levels() {
    const { board, row, metric } = this;
    const flat = [...board.methods.keys()].filter((m) => !board.methods[m].marks && this.visible(m));
    const estimates = flat.length ? board.estimatesOf(metric) : [];
    return flat
      .map((m) => ({ m, value: estimates[m][row].value, label: plain(board.methods[m].label) }))
      .filter(({ value }) => !Number.isNaN(value));
  }

  level({ label, value }) {
    return dressed(this.parts.level, 0, { name: label, x: [0, 1], y: [value, value] });
  }

  /** Their names: at the lines, or at the top where they lie above the chart. */
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

  /** The one marking whose thresholds the curve's row has; null where its findings are marked in different ways. */
  marking() {
    const { board, row } = this;
    if (row < board.findings.length) return board.markings[row];
    const steps = new Set(board.markings.map((marking) => (marking.kind === "fixed" ? marking.step : -1)));
    return steps.size === 1 && !steps.has(-1) ? board.markings[0] : null;
  }

  /** Where each method's threshold stands on its line; nothing for Otsu, which has one a map. */
  marks() {
    const marking = this.marking();
    return marking ? this.lines().flatMap((m) => this.markOf(m, marking)) : [];
  }

  markOf(m, marking) {
    const method = this.board.methods[m];
    const f = Math.min(this.row, this.board.findings.length - 1);
    const threshold = method.threshold(marking, this.metric, f);
    const value = this.curve(m)[Math.min(STEPS - 1, Math.round(threshold * STEPS))];
    if (Number.isNaN(threshold) || !(value >= 0)) return [];
    const { lines } = shape(method.look);
    const drawn = { path: upward(method.look, MARK), xanchor: threshold, yanchor: value };
    return [dressed(lines ? this.parts.open : this.parts.mark, method.look, drawn)];
  }

  /** Move the marks alone: all that a threshold changes here. */
  moveMarks() {
    if (this.board) this.chart.mark(this.marks());
  }
}
