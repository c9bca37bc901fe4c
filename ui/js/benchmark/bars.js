// Bars by finding, one a method, with intervals; a bar shows the cases behind it.
import { Chart, HEIGHT } from "../charts/chart.js";
import { dressed, numbers, plain, reach, titled } from "../charts/figures.js";
import { known } from "../dom.js";
import { ceiling } from "./ends.js";
import { skillValue } from "./skill.js";
import { METRICS, interval, number, signedNumber } from "./words.js";

/**
 * @import { Figure, Layout, Part, Trace } from "../charts/types.d.ts"
 * @import { BarParts, ErrorsUp } from "../messages.d.ts"
 * @import { Estimate, MethodKind, Visible } from "../types.d.ts"
 * @import { Board } from "./board.js"
 */

const WIDE = 88; // pixels a finding: where there is less room, bars lie on their side, one finding below the other
const THIN = 7; // pixels a bar with the space beside it
const EMPTY = "No method is shown: tick one above.";

/** @typedef {{ board: Board, rows: number[], visible: Visible, names: string[] }} Given what is to be drawn */

export class BarChart {
  /** @type {Given | null} */
  shown = null;

  /**
   * @param {string} plotly address of the library
   * @param {BarParts} parts see evaluation/report/figures.py
   * @param {(m: number, row: number) => void} onPick called with (method, row).
   */
  constructor(plotly, parts, onPick) {
    this.parts = parts;
    this.chart = new Chart(plotly, { onPick: (m, i) => onPick(m, this.given.rows[i]), table: false });
    this.element = this.chart.element;
  }

  /**
   * @param {Given} given
   * @param {string} title
   * @param {boolean} moving whether a slider moves: then the bars follow a few times a second.
   */
  show(given, title, moving) {
    this.shown = given;
    if (moving) this.chart.soon();
    else this.chart.show((width) => this.figure(width), { title, empty: EMPTY, height: (width) => this.height(width) });
  }

  /**
   * What is drawn; only to be asked for once there is something.
   * @returns {Given}
   */
  get given() {
    return known(this.shown);
  }

  /**
   * @param {number} width
   * @returns {Figure}
   */
  figure(width) {
    const methods = this.methods();
    const upright = this.upright(methods, width);
    const bars = methods.map((m) => this.bar(m, upright));
    return { data: bars, layout: upright ? this.standing(methods) : this.lying(methods) };
  }

  /** Those that are drawn. */
  methods() {
    const { board, visible } = this.given;
    return [...board.methods.keys()].filter((m) => visible(m));
  }

  /**
   * @param {number[]} methods
   * @param {number} width
   */
  upright(methods, width) {
    return width >= this.given.rows.length * Math.max(WIDE, methods.length * THIN + 14);
  }

  /** @param {number} width */
  height(width) {
    const methods = this.methods();
    return this.upright(methods, width) ? HEIGHT : this.lyingHeight(methods);
  }

  /** @param {number[]} methods */
  lyingHeight(methods) {
    return this.given.rows.length * (methods.length * 9 + 16) + 54;
  }

  /**
   * @param {number} m
   * @param {boolean} upright
   * @returns {Trace}
   */
  bar(m, upright) {
    const { board, rows, names } = this.given;
    const { kind, label, look } = board.methods[m];
    const template = this.templateOf(kind, look);
    const found = rows.map((row) => board.estimates[m][row]);
    const hovertext = rows.map((row, i) => `${plain(label)}, ${names[row]}: ${said(found[i])}${this.skill(m, row)}`);
    const place = upright ? standingBar(found, template.error_y) : lyingBar(found, template.error_y);
    return dressed(template, look, { name: plain(label), meta: m, hovertext, ...place });
  }

  /**
   * @param {MethodKind} kind
   * @param {number} look
   * @returns {ErrorsUp}
   */
  templateOf(kind, look) {
    if (kind === "floor") return this.parts.floors[look % this.parts.floors.length];
    return kind === "human" || kind === "ceiling" ? this.parts[kind] : this.parts.map;
  }

  /**
   * @param {number} m
   * @param {number} row
   */
  skill(m, row) {
    const { board } = this.given;
    const skill = board.methods[m].marks ? skillValue(board, m, row) : null;
    return skill ? `, skill ${signedNumber(skill.value)} against ${plain(board.methods[skill.floor].label)}` : "";
  }

  /** @param {number[]} methods */
  end(methods) {
    const { board, rows } = this.given;
    const all = methods.flatMap((m) => rows.map((row) => board.estimates[m][row]));
    const ends = all.map(({ high, value }) => (Number.isNaN(high) ? value : high));
    return ceiling(Math.max(0, ...ends.filter((value) => !Number.isNaN(value))));
  }

  ticks() {
    const { rows, names } = this.given;
    return rows.map((row) => names[row].replaceAll(" ", "<br>"));
  }

  /** @param {number[]} methods */
  values(methods) {
    return titled(this.parts.layout.yaxis, METRICS[this.given.board.metric].label, { range: [0, this.end(methods)] });
  }

  /**
   * @param {number[]} methods
   * @returns {Layout}
   */
  standing(methods) {
    const { layout } = this.parts;
    const xaxis = { ...layout.xaxis, range: [-0.5, this.given.rows.length - 0.5], ticktext: this.ticks() };
    return { ...layout, xaxis, yaxis: this.values(methods) };
  }

  /**
   * @param {number[]} methods
   * @returns {Layout}
   */
  lying(methods) {
    const { layout } = this.parts;
    const { length } = this.given.rows;
    const yaxis = { ...layout.xaxis, range: [length - 0.5, -0.5], ticktext: this.ticks() };
    const height = this.lyingHeight(methods);
    const margin = { ...layout.margin, l: 116 };
    return { ...layout, xaxis: this.values(methods), yaxis, height, margin, barcornerradius: 0 };
  }
}

/**
 * @param {Estimate[]} found
 * @param {Part} template
 */
function standingBar(found, template) {
  return { x: [...found.keys()], y: numbers(valuesOf(found)), error_y: errors(found, template) };
}

/**
 * @param {Estimate[]} found
 * @param {Part} template
 */
function lyingBar(found, template) {
  const place = { x: numbers(valuesOf(found)), y: [...found.keys()], orientation: "h" };
  return { ...place, error_x: errors(found, template), error_y: { visible: false } };
}

/** @param {Estimate[]} found */
const valuesOf = (found) => found.map(({ value }) => value);

/**
 * @param {Estimate[]} found
 * @param {Part} template
 */
function errors(found, template) {
  const [low, high] = [found.map((one) => one.low), found.map((one) => one.high)];
  return reach(template, valuesOf(found), low, high);
}

/** @param {Estimate} estimate */
function said(estimate) {
  return `${number(estimate.value)} (${interval(estimate)}), n ${estimate.n}`;
}
