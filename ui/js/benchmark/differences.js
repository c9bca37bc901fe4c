// Every method against one of them: mean paired difference, interval and p-value.
import { Chart } from "../charts/chart.js";
import { dressed } from "../charts/figures.js";
import { rowsFigure } from "../charts/rows.js";
import { make, makeSelect } from "../dom.js";
import { shape, upward } from "./shapes.js";
import { interval, pText, signedNumber } from "./words.js";

const LEAST = 0.02; // to which the axis reaches to both sides
const NOTE =
  "Mean over the cases on which both methods have a value, of method minus the one compared with. " +
  "Bold: the interval leaves out 0. p: two-sided, by the bootstrap, at least 0.002.";
const MARK = 5; // pixels
const EMPTY = "No other method is shown: tick one above.";

export class Differences {
  found = [];
  reference = "";
  reach = 0;

  /**
   * @param url of plotly; @param parts of evaluation/report/figures.py
   * @param onReference called with the number of the method to compare with.
   */
  constructor(url, parts, onReference) {
    this.onReference = onReference;
    this.parts = parts;
    this.chart = new Chart(url, { table: false });
    this.place = make("div", { class: "reference" });
    this.body = make("tbody");
    const heads = [
      ["Method", ""],
      ["Difference", "number"],
      ["95 % interval", "number"],
      ["p", "number"],
      ["n", "number"],
    ];
    this.table = make(
      "table",
      { class: "differences" },
      make(
        "thead",
        {},
        make("tr", {}, ...heads.map(([text, kind]) => make("th", { scope: "col", text, class: kind || null }))),
      ),
      this.body,
    );
    const note = make("p", {
      class: "note",
      text: NOTE,
    });
    this.element = make(
      "div",
      {},
      this.place,
      this.chart.element,
      make(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of paired differences" },
        this.table,
      ),
      note,
    );
  }

  setMethods(methods, reference) {
    const field = makeSelect(
      "Compared with",
      methods.map((method, m) => [String(m), method.label]).filter(([m]) => methods[m].kind !== "ceiling"),
      (m) => this.onReference(Number(m)),
    );
    field.control.value = String(reference);
    this.place.replaceChildren(field);
  }

  /** @param moving whether a slider moves: then all but the dots and intervals waits until it rests. */
  show(board, row, reference, visible, title, moving = false) {
    const others = [...board.methods.keys()].filter(
      (m) => m !== reference && board.methods[m].kind !== "ceiling" && visible(m),
    );
    const found = others.map((m) => ({ ...board.methods[m], ...board.differences(m, reference)[row] }));
    this.body.replaceChildren(...found.map((one) => this.row(one)));
    this.found = found;
    this.reference = board.methods[reference].label;
    if (moving && this.fits()) {
      this.chart.mark(this.drawn());
      this.chart.settle();
    } else this.chart.show(() => this.figure(), { title, empty: EMPTY });
  }

  ends() {
    return this.found.flatMap(({ low, high, value }) => [low, high, value]).filter((end) => !Number.isNaN(end));
  }

  /** Whether the axis holds all that is to be seen, as far as it was drawn. */
  fits() {
    return this.ends().every((end) => Math.abs(end) <= this.reach);
  }

  figure() {
    this.reach = 1.08 * Math.max(LEAST, ...this.ends().map(Math.abs));
    const rows = this.found.map((one) => ({ ...one, values: [], mean: one.value }));
    const parts = { ...this.parts, strong: this.parts.target };
    const title = `Difference from ${this.reference}`;
    const figure = rowsFigure(parts, rows, [-this.reach, this.reach], title, signedNumber);
    return { ...figure, layout: { ...figure.layout, shapes: this.drawn() } };
  }

  /** Dots and intervals as shapes, which are cheap to move. */
  drawn() {
    return [this.parts.zero, ...this.found.flatMap((one, i) => this.shapesOf(one, i))];
  }

  shapesOf({ look, value, low, high }, i) {
    if (Number.isNaN(value)) return [];
    const { lines } = shape(look);
    const { interval: line, mark, open } = this.parts;
    const whisker = Number.isNaN(low) ? [] : [dressed(line, look, { x0: low, x1: high, y0: i, y1: i })];
    return [...whisker, dressed(lines ? open : mark, look, { path: upward(look, MARK), xanchor: value, yanchor: i })];
  }

  row(one) {
    const clear = one.low > 0 || one.high < 0;
    return make(
      "tr",
      { class: clear ? "clear" : null },
      make("th", { scope: "row", text: one.label }),
      make("td", { class: "number value", text: signedNumber(one.value) }),
      make("td", { class: "number", text: interval(one, signedNumber) }),
      make("td", { class: "number", text: pText(one.p).replace("p ", "") }),
      make("td", { class: "number", text: String(one.n) }),
    );
  }
}
