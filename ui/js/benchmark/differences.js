// Every method against one of them: mean paired difference, interval and p-value.
import { Chart } from "../charts/chart.js";
import { dressed } from "../charts/figures.js";
import { rowsFigure, rowsHeight } from "../charts/rows.js";
import { known, make, makeSelect } from "../dom.js";
import { shape, upward } from "./shapes.js";
import { FLIPS, holm, LEAST_PATIENTS } from "./sign_flip.js";
import { DASH, interval, pText, signedNumber } from "./words.js";

/**
 * @import { Figure, Part } from "../charts/types.d.ts"
 * @import { DifferenceParts } from "../messages.d.ts"
 * @import { BoardMethod, Difference, Visible } from "../types.d.ts"
 * @import { Board } from "./board.js"
 */

/** Which kinds are no methods to compare: what a perfect map reaches, and what was shown the masks. */
const APART = new Set(["ceiling", "comparator"]);
const LEAST = 0.02; // to which the axis reaches to both sides
const MARK = 5; // pixels
const EMPTY = "No other method is shown: tick one above.";
const WORDS =
  "Mean over the cases on which both methods have a value, of method minus the one compared with, with its bootstrap " +
  "interval. Bold: the interval leaves out 0. p: sign-flip permutation by patient, two-sided: the share of flips of " +
  `the patients' signs with a mean as far from 0, all of them or ${FLIPS.toLocaleString("en")}. Holm: over this ` +
  `table. Below ${LEAST_PATIENTS} patients there is neither interval nor p.`;
const REST = 150; // milliseconds without a movement, after which the tests are made
const HEADS = [
  ["Method", ""],
  ["Difference", "number"],
  ["95 % interval", "number"],
  ["p", "number"],
  ["p, Holm", "number"],
  ["n", "number"],
];

/** @typedef {{ board: Board, row: number, reference: number, visible: Visible }} Given what is to be drawn */
/** @typedef {Difference & { m: number, label: string, look: number, floor: boolean }} Found a difference */

export class Differences {
  /** @type {Given | null} */
  shown = null;
  /** @type {Found[]} */
  found = [];
  reach = 0; // of the axis, to both sides
  timer = 0;
  place = make("div", { class: "reference" });
  body = make("tbody");
  heads = HEADS.map(([text, kind]) => make("th", { scope: "col", text, class: kind || null }));

  /**
   * @param {string} plotly address of the library
   * @param {DifferenceParts} parts see evaluation/report/figures.py
   * @param {(m: number) => void} onReference called with the number of the method to compare with.
   */
  constructor(plotly, parts, onReference) {
    this.onReference = onReference;
    this.parts = parts;
    this.chart = new Chart(plotly, { table: false });
    const note = make("p", { class: "note", text: WORDS });
    this.element = make("div", {}, this.place, this.chart.element, this.makeTable(), note);
  }

  makeTable() {
    const head = make("thead", {}, make("tr", {}, ...this.heads));
    const table = make("table", { class: "differences" }, head, this.body);
    const label = "Table of paired differences";
    return make("div", { class: "scroll fading", tabindex: 0, role: "region", "aria-label": label }, table);
  }

  /**
   * @param {BoardMethod[]} methods
   * @param {number} reference
   */
  setMethods(methods, reference) {
    const field = makeSelect(
      "Compared with",
      methods.flatMap(({ kind, label }, m) => (APART.has(kind) ? [] : [[String(m), label]])),
      (m) => this.onReference(Number(m)),
    );
    field.control.value = String(reference);
    this.place.replaceChildren(field);
  }

  /**
   * @param {Given} given
   * @param {string} title
   * @param {boolean} moving whether a slider moves: then all but the dots and intervals waits until it rests.
   */
  show(given, title, moving) {
    this.shown = given;
    this.found = this.find();
    this.fill();
    clearTimeout(this.timer);
    if (moving) this.timer = setTimeout(() => this.test(), REST);
    else this.test();
    if (moving && this.fits()) {
      this.chart.mark(this.drawn());
      this.chart.settle();
    } else this.chart.show(() => this.figure(), { title, empty: EMPTY, height: () => this.height() });
  }

  /**
   * The rows of the table; columns in which no row says anything are left out, as the sentence below it tells.
   * @param {boolean} [tested] whether all is known that they may say
   */
  fill(tested = false) {
    const rows = this.found.map(rowOf);
    this.body.replaceChildren(...rows);
    this.heads.forEach((head, i) => {
      if (tested) head.hidden = i > 0 && rows.length > 0 && rows.every((row) => row.children[i].textContent === DASH);
      for (const { children } of rows) /** @type {HTMLElement} */ (children[i]).hidden = head.hidden;
    });
  }

  /** Make the tests, and show what they say. */
  test() {
    const { board, row, reference } = known(this.shown);
    const p = this.found.map(({ m }) => board.test(m, reference, row));
    const adjusted = holm(p);
    this.found = this.found.map((one, i) => ({ ...one, p: p[i], holm: adjusted[i] }));
    this.fill(true);
  }

  /**
   * What is worked out at once: all but the tests.
   * @returns {Found[]}
   */
  find() {
    const { board, row, reference, visible } = known(this.shown);
    const others = [...board.methods.keys()].filter(
      (m) => m !== reference && !APART.has(board.methods[m].kind) && visible(m),
    );
    const found = others.map((m) => {
      const { label, look, kind } = board.methods[m];
      const floor = kind === "floor";
      return { m, label, look, floor, ...board.difference(m, reference, row), p: NaN, holm: NaN };
    });
    return found.filter(({ floor, n }) => n || !floor); // some floors have one score alone
  }

  /** @returns {number[]} */
  ends() {
    return this.found.flatMap(({ low, high, value }) => [low, high, value]).filter((end) => !Number.isNaN(end));
  }

  /** Whether the axis holds all that is to be seen, as far as it was drawn. */
  fits() {
    return this.ends().every((end) => Math.abs(end) <= this.reach);
  }

  height() {
    return rowsHeight(this.parts, this.found.length);
  }

  /** @returns {Figure} */
  figure() {
    const { board, reference } = known(this.shown);
    this.reach = 1.08 * Math.max(LEAST, ...this.ends().map(Math.abs));
    const rows = this.found.map((one) => ({ ...one, values: [], mean: one.value }));
    const parts = { ...this.parts, strong: this.parts.target };
    const title = `Difference from ${board.methods[reference].label}`;
    const figure = rowsFigure(parts, rows, [-this.reach, this.reach], title, signedNumber);
    return { ...figure, layout: { ...figure.layout, shapes: this.drawn() } };
  }

  /**
   * Dots and intervals as shapes, which are cheap to move.
   * @returns {Part[]}
   */
  drawn() {
    return [this.parts.zero, ...this.found.flatMap((one, i) => this.shapesOf(one, i))];
  }

  /**
   * @param {Found} found
   * @param {number} i
   * @returns {Part[]}
   */
  shapesOf({ look: own, floor, value, low, high }, i) {
    if (Number.isNaN(value)) return [];
    const look = floor ? 0 : own;
    const { lines } = shape(look);
    const { interval: line, mark, open } = floor ? grey(this.parts) : this.parts;
    const whisker = Number.isNaN(low) ? [] : [dressed(line, look, { x0: low, x1: high, y0: i, y1: i })];
    return [...whisker, dressed(lines ? open : mark, look, { path: upward(look, MARK), xanchor: value, yanchor: i })];
  }
}

/**
 * The parts of a floor, which has no colour of its own.
 * @param {DifferenceParts} parts
 * @returns {{ interval: Part, mark: Part, open: Part }}
 */
function grey({ interval: line, mark, open }) {
  return { interval: { ...line, line: { color: "@soft", width: 2 } }, mark: { ...mark, fillcolor: "@soft" }, open };
}

/**
 * @param {Found} one
 * @returns {HTMLTableRowElement}
 */
function rowOf(one) {
  const clear = one.low > 0 || one.high < 0;
  return make(
    "tr",
    { class: clear ? "clear" : null },
    make("th", { scope: "row", text: one.label }),
    make("td", { class: "number value", text: signedNumber(one.value) }),
    make("td", { class: "number", text: interval(one, signedNumber) }),
    make("td", { class: "number", text: pText(one.p) }),
    make("td", { class: "number", text: pText(one.holm) }),
    make("td", { class: "number", text: String(one.n) }),
  );
}
