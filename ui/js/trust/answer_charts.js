// The charts in the cards of checks; they stay while answers come in.
import { Chart } from "../charts/chart.js";
import { makeLegend } from "../charts/legend.js";
import { rowsFigure } from "../charts/rows.js";
import { make } from "../dom.js";
import { remember } from "../remember.js";
import { lineFigure } from "./figures.js";
import { number } from "./tables.js";

/**
 * @import { Row } from "../charts/types.d.ts"
 * @import { AttendedAnswer, LineParts, ModelName, PerturbationAnswer, RowParts, TrustCharts } from "../messages.d.ts"
 * @import { Answered } from "../types.d.ts"
 */

/** @typedef {"deletion" | "insertion"} Direction */

/** @type {Record<Direction, string>} */
const CAPTIONS = {
  deletion: "Deletion: the faster it falls, the better",
  insertion: "Insertion: the faster it rises, the better",
};
const EMPTY = "Undefined for all of the chosen maps.";
const LEAST = 0.05; // to which the axis of falls reaches to both sides

export class AnswerCharts {
  /** @type {Map<string, Chart>} */
  charts = new Map();

  /**
   * @param {string} plotly address of the library
   * @param {TrustCharts} parts see evaluation/trust/figures.py
   */
  constructor(plotly, { lines, rows, shares }) {
    this.plotly = plotly;
    this.lines = lines;
    this.rows = rows;
    this.shares = shares;
  }

  /** @param {string} key */
  of(key) {
    return remember(this.charts, key, () => {
      const chart = new Chart(this.plotly);
      chart.element.classList.add("room");
      return chart;
    });
  }

  /**
   * Both curves of the maps of one model.
   * @param {ModelName} model
   * @param {Answered<PerturbationAnswer>[]} found
   * @param {string} finding
   * @returns {HTMLDivElement}
   */
  curvesOf(model, found, finding) {
    const deletion = this.curveOf(model, found, "deletion", finding);
    const insertion = this.curveOf(model, found, "insertion", finding);
    return make(
      "div",
      { class: "of-model", "data-model": model.key },
      make("h4", { text: model.label }),
      make("div", { class: "pair" }, captioned(deletion, "deletion"), captioned(insertion, "insertion")),
      makeLegend(
        found.map(({ pair }) => pair),
        [deletion, insertion],
      ),
    );
  }

  /**
   * The probability while pixels are replaced or put back, a line a map.
   * @param {ModelName} model
   * @param {Answered<PerturbationAnswer>[]} found
   * @param {Direction} direction
   * @param {string} finding
   * @returns {Chart}
   */
  curveOf({ key, label: model }, found, direction, finding) {
    const chart = this.of(`${direction} ${key}`);
    const series = found.map(({ pair: { label, look }, answer }) => {
      const { xs, ys } = answer[direction];
      return { label, look, xs, ys };
    });
    const axes = { x: this.shares[direction], y: "probability" };
    const title = `${model}, ${direction}, ${finding}`;
    chart.show(() => lineFigure(this.lines, series, axes), { title, empty: EMPTY });
    return chart;
  }

  /**
   * What removing the regions that maps point at counts, among random ones.
   * @param {Answered<AttendedAnswer>[]} found
   * @param {string} finding
   * @returns {HTMLDivElement}
   */
  dotsOf(found, finding) {
    const rows = found.map(rowOf);
    const all = rows.flatMap(({ values, mean }) => [...values, mean]).filter(Number.isFinite);
    const end = 1.05 * Math.max(LEAST, ...all.map(Math.abs));
    const chart = this.of("attended");
    const title = `Removing what the map points at against random regions, ${finding}`;
    const axis = "fall in probability without the region";
    chart.show(() => rowsFigure(this.rows, rows, [-end, end], axis), { title, empty: EMPTY });
    return chart.element;
  }
}

/**
 * @param {Chart} chart
 * @param {Direction} direction
 */
function captioned(chart, direction) {
  return make("figure", {}, chart.element, make("figcaption", { text: CAPTIONS[direction] }));
}

/**
 * A row of dots: what the region counts, among random ones.
 * @param {Answered<AttendedAnswer>} found
 * @returns {Row}
 */
function rowOf({ pair: { label, look }, answer: { drop, random, difference, reason } }) {
  const words = reason || `${(difference ?? 0) > 0 ? "+" : ""}${number(difference)} vs random`;
  return { label, look, values: random, mean: reason ? NaN : (drop ?? NaN), low: NaN, high: NaN, words };
}
