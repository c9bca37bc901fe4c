// Bars by finding, one a method, with intervals; a bar shows the cases behind it.
import { Chart } from "../charts/chart.js";
import { dressed, known, plain, reach, titled } from "../charts/figures.js";
import { ceiling } from "./ends.js";
import { METRICS, interval, number } from "./words.js";

const WIDE = 88; // pixels a finding: where there is less room, bars lie on their side, one finding below the other
const THIN = 7; // pixels a bar with the space beside it
const EMPTY = "No method is shown: tick one above.";

export class BarChart {
  board = null;
  rows = [];
  names = [];
  visible = null;

  /** @param url of plotly; @param parts of evaluation/report/figures.py; @param onPick called with (method, row). */
  constructor(url, parts, onPick) {
    this.parts = parts;
    this.chart = new Chart(url, { onPick: (m, i) => onPick(m, this.rows[i]), table: false });
    this.element = this.chart.element;
  }

  /** @param moving whether a slider moves: then the bars follow a few times a second. */
  show(board, rows, visible, names, title, moving = false) {
    this.board = board;
    this.rows = rows;
    this.visible = visible;
    this.names = names;
    if (moving) this.chart.soon();
    else this.chart.show((width) => this.figure(width), { title, empty: EMPTY });
  }

  figure(width) {
    const methods = [...this.board.methods.keys()].filter((m) => this.visible(m));
    const upright = width >= this.rows.length * Math.max(WIDE, methods.length * THIN + 14);
    const bars = methods.map((m) => this.bar(m, upright));
    return { data: bars, layout: upright ? this.standing(methods) : this.lying(methods) };
  }

  bar(m, upright) {
    const { kind, label, look } = this.board.methods[m];
    const template = this.parts[kind] ?? this.parts.map;
    const found = this.rows.map((row) => this.board.estimates[m][row]);
    const values = found.map(({ value }) => value);
    const errors = reach(template.error_y, values, ...["low", "high"].map((end) => found.map((one) => one[end])));
    const [along, up] = [this.rows.map((_, i) => i), known(values)];
    const turned = upright ? { x: along, y: up } : { x: up, y: along, orientation: "h", error_x: errors };
    const hovertext = this.rows.map((row, i) => `${plain(label)}, ${this.names[row]}: ${said(found[i])}`);
    return dressed(template, look, {
      name: plain(label),
      meta: m,
      error_y: upright ? errors : { visible: false },
      hovertext,
      ...turned,
    });
  }

  end(methods) {
    const all = methods.flatMap((m) => this.rows.map((row) => this.board.estimates[m][row]));
    const ends = all.map(({ high, value }) => (Number.isNaN(high) ? value : high));
    return ceiling(Math.max(0, ...ends.filter((value) => !Number.isNaN(value))));
  }

  ticks() {
    return this.rows.map((row) => this.names[row].replaceAll(" ", "<br>"));
  }

  standing(methods) {
    const { layout } = this.parts;
    const xaxis = { ...layout.xaxis, range: [-0.5, this.rows.length - 0.5], ticktext: this.ticks() };
    const yaxis = titled(layout.yaxis, METRICS[this.board.metric].label, { range: [0, this.end(methods)] });
    return { ...layout, xaxis, yaxis };
  }

  lying(methods) {
    const { layout } = this.parts;
    const yaxis = { ...layout.xaxis, range: [this.rows.length - 0.5, -0.5], ticktext: this.ticks() };
    const xaxis = titled(layout.yaxis, METRICS[this.board.metric].label, { range: [0, this.end(methods)] });
    const height = this.rows.length * (methods.length * 9 + 16) + 54;
    return { ...layout, xaxis, yaxis, height, margin: { ...layout.margin, l: 116 }, barcornerradius: 0 };
  }
}

function said(estimate) {
  return `${number(estimate.value)} (${interval(estimate)}), n ${estimate.n}`;
}
