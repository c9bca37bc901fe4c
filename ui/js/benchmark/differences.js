// Every method against one of them: mean paired difference, interval and p-value.
import { make, makeSelect, makeSvg } from "../dom.js";
import { colour } from "./shapes.js";
import { line, linear, marker, ticks } from "./svg.js";
import { interval, pText, signedNumber } from "./words.js";

/**
 * @import { BoardMethod, Difference, Scale, Visible } from "../types.d.ts"
 * @import { Board } from "./board.js"
 */

const WIDE = 300; // of a row's picture, in its own units

const WORDS =
  "Mean over the cases on which both methods have a value, of method minus the one compared with. Bold: the interval " +
  "leaves out 0. p: two-sided, by the bootstrap, at least 0.002.";

export class Differences {
  /** @param {(m: number) => void} onReference called with the number of the method to compare with. */
  constructor(onReference) {
    this.onReference = onReference;
    this.place = make("div", { class: "reference" });
    this.body = make("tbody");
    this.head = make("th", { scope: "col", class: "picture" });
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
        make(
          "tr",
          {},
          ...heads.slice(0, 1).map(([text]) => make("th", { scope: "col", text })),
          this.head,
          ...heads.slice(1).map(([text, kind]) => make("th", { scope: "col", text, class: kind })),
        ),
      ),
      this.body,
    );
    const note = make("p", {
      class: "note",
      text: WORDS,
    });
    this.element = make(
      "div",
      {},
      this.place,
      make(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of paired differences" },
        this.table,
      ),
      note,
    );
  }

  /**
   * @param {BoardMethod[]} methods
   * @param {number} reference
   */
  setMethods(methods, reference) {
    const field = makeSelect(
      "Compared with",
      methods.flatMap(({ kind, label }, m) => (kind === "ceiling" ? [] : [[String(m), label]])),
      (m) => this.onReference(Number(m)),
    );
    field.control.value = String(reference);
    this.place.replaceChildren(field);
  }

  /**
   * @param {Board} board
   * @param {number} row
   * @param {number} reference
   * @param {Visible} visible
   */
  show(board, row, reference, visible) {
    const others = [...board.methods.keys()].filter(
      (m) => m !== reference && board.methods[m].kind !== "ceiling" && visible(m),
    );
    const found = others.map((m) => ({ m, ...board.differences(m, reference)[row] }));
    const reach =
      Math.max(
        0.02,
        ...found.flatMap(({ low, high, value }) => [low, high, value].filter((v) => !Number.isNaN(v)).map(Math.abs)),
      ) * 1.08;
    const x = linear(-reach, reach, 0, WIDE);
    const steps = ticks(-reach, reach, 4);
    this.head.replaceChildren(
      make(
        "span",
        { class: "axis" },
        ...steps.map((step) => {
          const label = make("span", { text: signedNumber(step).replace(/0$/, "") });
          label.style.left = `${(100 * x(step)) / WIDE}%`;
          return label;
        }),
      ),
    );
    this.body.replaceChildren(...found.map((one) => this.row(board, one, x, steps)));
  }

  /**
   * @param {Board} board
   * @param {Difference & { m: number }} one
   * @param {Scale} x
   * @param {number[]} steps
   * @returns {HTMLTableRowElement}
   */
  row(board, one, x, steps) {
    const { look } = board.methods[one.m];
    const picture = makeSvg(
      "svg",
      { viewBox: `0 0 ${WIDE} 24`, class: "forest", preserveAspectRatio: "none", "aria-hidden": "true" },
      ...steps.map((step) => line(x(step), 0, x(step), 24, step === 0 ? "zero" : "grid")),
    );
    if (!Number.isNaN(one.low)) picture.append(line(x(one.low), 12, x(one.high), 12, `whisker ${colour(look)}`));
    const dot = makeSvg("svg", { class: "dot", viewBox: "-6 -6 12 12", "aria-hidden": "true" }, marker(look, 0, 0, 4));
    dot.style.left = `${(100 * x(Number.isNaN(one.value) ? 0 : one.value)) / WIDE}%`;
    const clear = one.low > 0 || one.high < 0;
    return make(
      "tr",
      { class: clear ? "clear" : null },
      make("th", { scope: "row", text: board.methods[one.m].label }),
      make("td", { class: "picture" }, picture, dot),
      make("td", { class: "number value", text: signedNumber(one.value) }),
      make("td", { class: "number", text: interval(one, signedNumber) }),
      make("td", { class: "number", text: pText(one.p).replace("p ", "") }),
      make("td", { class: "number", text: String(one.n) }),
    );
  }
}
