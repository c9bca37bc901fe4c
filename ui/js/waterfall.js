// How an image logit adds up from its patches: a waterfall of the strongest ones, as a drawing and as a table.
import { make, makeSvg, signed } from "./dom.js";
import { patchName, sigmoid } from "./patches/selection.js";
import { UNPREDICTED, probabilityText } from "./findings.js";

/**
 * @import { PatchSelection } from "./patches/selection.js"
 * @import { WaterfallRow } from "./types.d.ts"
 */

export const STRONGEST = 10; // patches with a row of their own
const ROW = 21;
const [LEFT, RIGHT] = [128, 62]; // room for names and numbers, in pixels

/**
 * The rows of the waterfall: patches left by strength, the rest in one, then the sum, which is the image logit.
 * @param {PatchSelection} switches of the case
 * @param {number} finding index of the finding
 * @param {number} [most]
 * @returns {WaterfallRow[]} [{patch, text, from, to, value}], `patch` null for the rest; [] when no patch is left, or
 *   the model does not predict the finding
 */
export function waterfallRows(switches, finding, most = STRONGEST) {
  const { left } = switches;
  if (left === 0 || !switches.predicts(finding)) return [];
  const values = [...switches.off.keys()]
    .filter((patch) => !switches.off[patch])
    .map((patch) => ({ patch, value: switches.logit(finding, patch) / left }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.patch - b.patch);
  /** @type {{ patch: number | null, value: number, text: string }[]} */
  const shown = values.slice(0, most).map((row) => ({ ...row, text: patchName(row.patch, switches.grid) }));
  const rest = values.slice(most);
  if (rest.length) {
    shown.push({
      patch: null,
      value: rest.reduce((sum, row) => sum + row.value, 0),
      text: `${rest.length} more patches`,
    });
  }
  let at = 0;
  return shown.map((row) => ({ ...row, from: at, to: (at += row.value) }));
}

/**
 * Numbers that an axis from `low` to `high` is marked with: about five, round.
 * @param {number} low
 * @param {number} high
 * @returns {number[]}
 */
export function ticks(low, high) {
  const span = high - low || 1;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map((s) => s * power).find((s) => span / s <= 6) ?? span;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

export class Waterfall {
  /** @type {WaterfallRow[]} */
  rows = [];
  none = ""; // why there is no row
  width = 0; // as it was seen last: to measure it now would lay the page out
  /** @type {number | null} */
  marked = null; // the patch whose row is lit up
  title = make("h3");
  svg = makeSvg("svg", { role: "img", class: "waterfall-chart" });
  body = make("tbody");
  /** @type {(value: number) => number} */
  x = () => LEFT; // where a value is

  /** @param {{ onPoint(patch: number | null): void, onPick(patch: number): void }} listeners */
  constructor({ onPoint, onPick }) {
    this.onPoint = onPoint;
    this.onPick = onPick;
    const head = make(
      "tr",
      {},
      ...["Patch", "Adds (logit)", "Sum so far"].map((text) => make("th", { scope: "col", text })),
    );
    this.table = make(
      "details",
      { class: "as-table" },
      make("summary", { text: "The same as a table" }),
      make("table", {}, make("thead", {}, head), this.body),
    );
    this.element = make("div", { class: "waterfall" }, this.title, this.svg, this.table);
    this.listen();
    const follow = (/** @type {ResizeObserverEntry[]} */ [{ contentRect }]) => {
      this.width = Math.round(contentRect.width);
      this.draw();
    };
    new ResizeObserver(follow).observe(this.element);
  }

  listen() {
    /** @param {Event} event */
    const patchOf = (event) => {
      const { target } = event;
      const patch = target instanceof SVGElement ? target.dataset.patch : undefined;
      return patch === undefined ? null : Number(patch);
    };
    this.svg.addEventListener("pointermove", (event) => this.onPoint(patchOf(event)));
    this.svg.addEventListener("pointerleave", () => this.onPoint(null));
    this.svg.addEventListener("click", (event) => {
      const patch = patchOf(event);
      if (patch !== null) this.onPick(patch);
    });
  }

  /**
   * @param {PatchSelection} switches
   * @param {number} finding
   * @param {string} name
   */
  show(switches, finding, name) {
    this.rows = waterfallRows(switches, finding);
    this.title.textContent = switches.predicts(finding)
      ? `How ${name} adds up`
      : `${name}: ${UNPREDICTED} by this model`;
    this.none = switches.predicts(finding) ? "no patch is left: the mean of nothing is undefined" : UNPREDICTED;
    this.marked = null;
    this.draw();
    this.fillTable();
  }

  /** @returns {number} */
  get sum() {
    return this.rows.at(-1)?.to ?? NaN;
  }

  /**
   * What the sum is, in words.
   * @returns {string}
   */
  get result() {
    if (!this.rows.length) return this.none;
    return `logit ${signed(this.sum)} → probability ${probabilityText(sigmoid(this.sum))}`;
  }

  draw() {
    const { width } = this;
    if (!width) return;
    const ends = [0, ...this.rows.map((row) => row.to)];
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const scale = (width - LEFT - RIGHT) / (high - low || 1);
    this.x = (value) => LEFT + (value - low) * scale;
    const height = ROW * (this.rows.length + 1) + 26;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.style.height = `${height}px`;
    this.svg.setAttribute("aria-label", `${this.title.textContent}: ${this.result}. The table below says the same.`);
    this.svg.replaceChildren(
      ...this.axis(low, high, height),
      ...this.rows.flatMap((row, i) => this.bar(row, i, width)),
      ...this.total(width),
    );
    this.mark(this.marked);
  }

  /**
   * @param {number} low
   * @param {number} high
   * @param {number} height
   * @returns {(SVGLineElement | SVGTextElement)[]}
   */
  axis(low, high, height) {
    return ticks(low, high).flatMap((value) => {
      const x = this.x(value);
      const text = makeSvg("text", { x, y: height - 6, class: "tick", "text-anchor": "middle" });
      text.textContent = value === 0 ? "0" : signed(value, Math.abs(value) < 1 ? 2 : 1).replace(/\.?0+$/, "");
      return [
        makeSvg("line", { x1: x, x2: x, y1: 0, y2: height - 20, class: value === 0 ? "zero" : "guide-line" }),
        text,
      ];
    });
  }

  /**
   * @param {WaterfallRow} row
   * @param {number} i
   * @param {number} width
   * @returns {(SVGLineElement | SVGTextElement | SVGRectElement)[]}
   */
  bar(row, i, width) {
    const top = i * ROW;
    const kind = row.value > 0 ? "supports" : row.value < 0 ? "opposes" : "neutral";
    const [from, to] = [this.x(row.from), this.x(row.to)];
    /**
     * @param {number} x
     * @param {string} anchor
     * @param {string} text
     * @param {string} style
     */
    const label = (x, anchor, text, style) => {
      const element = makeSvg("text", { x, y: top + 14.5, "text-anchor": anchor, class: style });
      element.textContent = text;
      return element;
    };
    const parts = [
      makeSvg("rect", { x: 0, y: top, width, height: ROW, class: "hit" }),
      makeSvg("rect", {
        x: Math.min(from, to),
        y: top + 4,
        width: Math.max(1, Math.abs(to - from)),
        height: ROW - 8,
        class: row.patch === null ? `${kind} rest` : kind,
      }),
      makeSvg("line", { x1: to, x2: to, y1: top + 4, y2: top + ROW + 4, class: "link" }),
      label(LEFT - 8, "end", row.text, "name"),
      label(width - 4, "end", signed(row.value, 3), "number"),
    ];
    if (row.patch !== null) for (const part of parts) part.dataset.patch = String(row.patch);
    return parts;
  }

  /**
   * @param {number} width
   * @returns {(SVGTextElement | SVGCircleElement)[]}
   */
  total(width) {
    const text = makeSvg("text", {
      x: LEFT - 8,
      y: this.rows.length * ROW + 14.5,
      "text-anchor": "end",
      class: "name total",
    });
    text.textContent = this.rows.length ? "Sum" : "";
    if (!this.rows.length) return [text];
    if (width < 420) text.textContent = ""; // no room for both
    const at = this.x(this.sum);
    const half = at > (LEFT + width - RIGHT) / 2;
    const says = makeSvg("text", {
      x: at + (half ? -9 : 9),
      y: this.rows.length * ROW + 14.5,
      "text-anchor": half ? "end" : "start",
      class: "total",
    });
    says.textContent = this.result;
    return [text, makeSvg("circle", { cx: at, cy: this.rows.length * ROW + 10, r: 4, class: "end" }), says];
  }

  /**
   * Light up the row of a patch that is pointed at somewhere else; null for none.
   * @param {number | null} patch
   */
  mark(patch) {
    this.marked = patch;
    /** @type {NodeListOf<SVGElement>} */
    const hits = this.svg.querySelectorAll(".hit");
    for (const hit of hits) {
      hit.classList.toggle("marked", patch !== null && hit.dataset.patch === String(patch));
    }
  }

  fillTable() {
    /** @param {string} text */
    const cell = (text) => make("td", { text });
    const rows = this.rows.map((row) =>
      make("tr", {}, make("th", { scope: "row", text: row.text }), cell(signed(row.value, 4)), cell(signed(row.to, 4))),
    );
    this.body.replaceChildren(
      ...rows,
      make("tr", {}, make("th", { scope: "row", text: "Image" }), make("td", { colspan: "2", text: this.result })),
    );
  }
}
