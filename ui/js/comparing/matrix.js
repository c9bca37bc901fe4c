// All pairs of annotations in one small table: what stands in a row against what stands in a column.
import { make } from "../dom.js";

/**
 * @import { Measure } from "./measures.js"
 * @import { Region } from "./region.js"
 */

const TINT = 46; // percent of the accent at the value 1

export class Matrix {
  head = make("tr");
  body = make("tbody");
  caption = make("caption", { class: "sr-only" });
  table = make("table", { class: "pair-matrix" }, this.caption, make("thead", {}, this.head), this.body);
  element = make(
    "div",
    { class: "pair-matrix-place", role: "group", "aria-label": "All pairs", tabindex: "0" },
    this.table,
  );
  /** @type {HTMLTableCellElement[][]} */
  cells = [];

  /** @param {(row: number, column: number) => void} onChoose */
  constructor(onChoose) {
    this.onChoose = onChoose;
  }

  /**
   * @param {Region[]} regions
   * @param {Measure} measure
   * @param {number} scale
   */
  show(regions, measure, scale) {
    const labels = regions.map(({ label }) => label);
    this.caption.textContent = `${measure.label} of each pair: ${measure.words}`;
    this.head.replaceChildren(
      make("td"),
      ...labels.map((text) => make("th", { scope: "col" }, make("span", { text, title: text }))),
    );
    this.cells = regions.map((one, r) => regions.map((other, c) => this.makeCell(one, other, r, c, measure, scale)));
    this.body.replaceChildren(
      ...this.cells.map((cells, r) =>
        make("tr", {}, make("th", { scope: "row", text: labels[r], title: labels[r] }), ...cells),
      ),
    );
  }

  /**
   * @param {Region} one
   * @param {Region} other
   * @param {number} r
   * @param {number} c
   * @param {Measure} measure
   * @param {number} scale
   * @returns {HTMLTableCellElement}
   */
  makeCell(one, other, r, c, measure, scale) {
    if (r === c) return make("td", { class: "self", text: "·" });
    const value = measure.of(one, other, scale);
    const text = measure.text(value).replace(measure.share ? /^0(?=\.)/ : / px$/, "");
    const cell = make("td", {
      text,
      title: `${one.label} and ${other.label}: ${measure.label} ${measure.text(value)}`,
      on: { click: () => this.onChoose(r, c) },
    });
    if (measure.share && value > 0) cell.style.setProperty("--tint", `${Math.round(TINT * value)}%`);
    return cell;
  }

  /**
   * @param {number} first
   * @param {number} second
   */
  choose(first, second) {
    this.cells.forEach((cells, r) =>
      cells.forEach((cell, c) => {
        cell.classList.toggle("chosen", r === first && c === second);
        cell.classList.toggle("mirrored", r === second && c === first);
      }),
    );
  }
}
