// Bars by finding, one a method, with intervals; a bar is a button that shows the cases behind it.
import { known, makeSvg } from "../dom.js";
import { colour } from "./shapes.js";
import { Chart, ceiling, line, linear, marker, text, ticks } from "./svg.js";
import { METRICS, interval, number } from "./words.js";

/**
 * @import { Estimate, MethodKind, Visible } from "../types.d.ts"
 * @import { Board } from "./board.js"
 */

const PAD = { left: 44, right: 8, top: 8, bottom: 54 };
const NARROW = 640; // below it, or where bars were too thin, they lie on their side, one finding under the other
const THIN = 5; // pixels a bar with the space beside it

/** @typedef {{ board: Board, rows: number[], visible: Visible, names: string[] }} Given what is to be drawn */

export class BarChart extends Chart {
  /** @type {Given | null} */
  shown = null;
  upright = true; // bars stand, or lie on their side
  value = linear(0, 1, 0, 1);

  /** @param {(m: number, row: number) => void} onPick called with (method, row). */
  constructor(onPick) {
    super(290, "Means by finding");
    this.element.setAttribute("role", "group");
    this.onPick = onPick;
  }

  /**
   * @param {Board} board
   * @param {number[]} rows
   * @param {Visible} visible
   * @param {string[]} names
   */
  show(board, rows, visible, names) {
    this.shown = { board, rows, visible, names };
    this.draw();
  }

  /**
   * What is drawn; only to be asked for once there is something.
   * @returns {Given}
   */
  get given() {
    return known(this.shown);
  }

  /** @override */
  draw() {
    if (!this.shown || !this.width) return;
    const { board, rows, visible } = this.shown;
    const methods = [...board.methods.keys()].filter((m) => visible(m));
    const all = methods.flatMap((m) => rows.map((row) => board.estimates[m][row]));
    const ends = all.map(({ high, value }) => (Number.isNaN(high) ? value : high));
    const largest = Math.max(...ends.filter((end) => !Number.isNaN(end)), 0);
    this.upright = this.width >= Math.max(NARROW, rows.length * (methods.length * THIN + 14));
    this.height = this.upright ? 290 : rows.length * (methods.length * 9 + 26) + 24;
    this.element.setAttribute("height", String(this.height));
    const end = ceiling(largest);
    this.value = this.upright ? linear(0, end, this.height - PAD.bottom, PAD.top) : linear(0, end, 8, this.width - 46);
    this.fill(...this.grid(end), ...rows.flatMap((row, i) => this.group(row, i, methods)));
    this.element.setAttribute("aria-label", `${METRICS[board.metric].label} by finding and method`);
  }

  /**
   * @param {number} end
   * @returns {(SVGLineElement | SVGTextElement)[]}
   */
  grid(end) {
    if (!this.upright) {
      return ticks(0, end, 4).flatMap((value) => [
        line(this.value(value), 4, this.value(value), this.height - 20, "grid"),
        text(this.value(value), this.height - 6, value.toFixed(2), { "text-anchor": "middle" }),
      ]);
    }
    return ticks(0, end, 5).flatMap((value) => [
      line(PAD.left, this.value(value), this.width - PAD.right, this.value(value), "grid"),
      text(PAD.left - 6, this.value(value) + 4, value.toFixed(2), { "text-anchor": "end" }),
    ]);
  }

  /**
   * @param {number} row
   * @param {number} i
   * @param {number[]} methods
   * @returns {SVGGElement[]}
   */
  group(row, i, methods) {
    const { width } = this;
    const { rows, names } = this.given;
    if (!this.upright) {
      const top = 6 + i * (methods.length * 9 + 26);
      return [
        text(8, top + 12, names[row], { class: "name" }),
        ...methods.map((m, k) => this.bar(row, m, top + 18 + k * 9, 7)),
      ];
    }
    const room = (width - PAD.left - PAD.right) / rows.length;
    const thick = Math.min(16, (room - 14) / methods.length);
    const left = PAD.left + i * room + (room - thick * methods.length) / 2;
    const words = wrap(names[row], room / 6.2);
    const label = words.map((part, k) =>
      text(PAD.left + (i + 0.5) * room, this.height - PAD.bottom + 27 + 13 * k, part, {
        "text-anchor": "middle",
        class: "name",
      }),
    );
    return [...label, ...methods.map((m, k) => this.bar(row, m, left + k * thick, thick - 2))];
  }

  /**
   * One bar, with its interval, as a button.
   * @param {number} row
   * @param {number} m
   * @param {number} at where it begins across the values' axis
   * @param {number} thick
   * @returns {SVGGElement}
   */
  bar(row, m, at, thick) {
    const { board, names } = this.given;
    const { label, look, kind, marks } = board.methods[m];
    const estimate = board.estimates[m][row];
    const words = `${label}, ${names[row]}: ${number(estimate.value)} (${interval(estimate)}), n ${estimate.n}`;
    const group = this.button(`bar ${colour(look)} ${kind}`, words, () => this.onPick(m, row));
    group.append(...this.barParts(estimate, kind, at, thick));
    const room = this.upright && marks && thick > 6;
    if (room) group.append(marker(look, at + thick / 2, this.value(0) + 7, 2.6)); // told apart without colour
    return group;
  }

  /**
   * @param {string} kind
   * @param {string} words
   * @param {() => void} run
   * @returns {SVGGElement}
   */
  button(kind, words, run) {
    const title = makeSvg("title");
    title.textContent = words;
    const said = { tabindex: 0, role: "button", "aria-label": `${words}. Show the cases` };
    const group = makeSvg("g", { class: kind, ...said }, title);
    group.addEventListener("click", run);
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      run();
    });
    return group;
  }

  /**
   * What can be clicked, the bar, or a line for perfect maps, and the interval.
   * @param {Estimate} estimate
   * @param {MethodKind} kind
   * @param {number} at
   * @param {number} thick
   * @returns {SVGPathElement[]}
   */
  barParts({ value, low, high }, kind, at, thick) {
    const { upright, width, height } = this;
    const [zero, end, from, to] = [0, Number.isNaN(value) ? 0 : value, low, high].map(this.value);
    const middle = at + thick / 2;
    const [x, y, w, h] = upright
      ? [at, end, thick, Math.max(0, zero - end)]
      : [zero, at, Math.max(0, end - zero), thick];
    const reach = upright
      ? { x, y: PAD.top, width: w, height: height - PAD.top - PAD.bottom }
      : { x: 0, y: y - 1, width, height: h + 2 };
    const tick = upright ? `M${at} ${end}h${thick}` : `M${end} ${at}v${thick}`;
    const between = upright ? `M${middle} ${from}V${to}` : `M${from} ${middle}H${to}`;
    return [
      makeSvg("rect", { ...reach, class: "reach" }),
      kind === "ceiling"
        ? makeSvg("path", { d: tick, class: "tick" })
        : makeSvg("rect", { x, y, width: w, height: h, rx: 1.5, class: "fill" }),
      makeSvg("path", { d: Number.isNaN(low) ? "" : between, class: "whisker" }),
    ];
  }
}

/**
 * @param {string} name
 * @param {number} most
 * @returns {string[]}
 */
function wrap(name, most) {
  const lines = [];
  for (const word of name.split(" ")) {
    if (lines.length && `${lines.at(-1)} ${word}`.length <= most) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word.length > most ? `${word.slice(0, Math.max(3, most - 1))}…` : word);
  }
  return lines.slice(0, 2);
}
