// Mean IoU by threshold: a line a method with its interval as a band, and where the thresholds stand.
import { known, makeSvg } from "../dom.js";
import { STEPS } from "./packed.js";
import { colour, dash } from "./shapes.js";
import { Chart, ceiling, line, linear, marker, text, ticks } from "./svg.js";
import { METRICS } from "./words.js";

/**
 * @import { Band, Metric, Visible } from "../types.d.ts"
 * @import { Board } from "./board.js"
 */

const PAD = { left: 44, right: 12, top: 10, bottom: 34 };

/** @typedef {{ board: Board, row: number, metric: Metric, visible: Visible }} Given what is to be drawn */
/** @typedef {{ m: number, curve: Float64Array, band: Band | null }} Curve the line of a method */

export class CurveChart extends Chart {
  /** @type {Given | null} */
  shown = null;
  /** @type {Curve[]} */
  curves = [];
  x = linear(0, 1, 0, 1);
  y = linear(0, 1, 0, 1);
  top = 1; // value at the upper end
  group = makeSvg("g"); // where thresholds stand
  pointer = makeSvg("g");
  /** @type {number | undefined} */
  timer = undefined;

  /** @param {(m: number, step: number) => void} onPick called with (method, step) when a point of a line is clicked. */
  constructor(onPick) {
    super(300, "Mean IoU by threshold");
    this.onPick = onPick;
    this.element.addEventListener("click", (event) => this.click(event));
    this.element.addEventListener("pointermove", (event) => this.hover(event));
    this.element.addEventListener("pointerleave", () => this.unhover());
  }

  /**
   * @param {Board} board
   * @param {number} row
   * @param {Metric} metric
   * @param {Visible} visible
   */
  show(board, row, metric, visible) {
    this.shown = { board, row, metric, visible };
    this.draw();
    this.fetchBands();
  }

  /**
   * What is drawn; only to be asked for once there is something.
   * @returns {Given}
   */
  get given() {
    return known(this.shown);
  }

  /** Intervals are much work: one method at a time, between frames. */
  fetchBands() {
    clearTimeout(this.timer);
    const { board, row, metric } = this.given;
    const next = this.lines().find((m) => !board.band(m, row, metric));
    if (next === undefined) return;
    this.timer = setTimeout(() => {
      if (this.shown?.board !== board || board.methods.length <= next) return;
      board.workOutBand(next, row, metric);
      this.draw();
      this.fetchBands();
    }, 30);
  }

  /** @returns {number[]} */
  lines() {
    const { board, visible } = this.given;
    return [...board.methods.keys()].filter((m) => board.methods[m].marks && visible(m));
  }

  /** What no threshold changes, with its value. */
  levels() {
    const { board, row, metric } = this.given;
    const estimates = board.estimatesOf(metric);
    return [...board.methods.keys()]
      .filter((m) => !board.methods[m].marks)
      .map((m) => ({ m, value: estimates[m][row].value }))
      .filter(({ value }) => !Number.isNaN(value));
  }

  /** @override */
  draw() {
    if (!this.shown || !this.width) return;
    const { board, row, metric } = this.shown;
    const { width, height } = this;
    const curves = this.lines().map((m) => {
      return { m, curve: board.curve(m, row, metric), band: board.band(m, row, metric) };
    });
    const values = curves.flatMap(({ curve, band }) => [...curve, ...(band?.high ?? [])]);
    const largest = Math.max(...values.filter((value) => !Number.isNaN(value)), 0);
    this.x = linear(0, 1, PAD.left, width - PAD.right);
    this.y = linear(0, ceiling(largest * 1.05), height - PAD.bottom, PAD.top);
    this.top = this.y.invert(PAD.top);
    this.curves = curves;
    this.fill(
      ...this.axes(),
      ...this.ceilings(this.levels()),
      ...curves.flatMap((one) => this.area(one)),
      ...curves.map((one) => this.path(one)),
      this.marks(),
      this.makePointer(),
    );
    const words = `${METRICS[metric].label} by threshold, one line a method; the table gives the numbers`;
    this.element.setAttribute("aria-label", words);
  }

  /** @returns {(SVGLineElement | SVGTextElement)[]} */
  axes() {
    const { x, y, width, height } = this;
    const rows = ticks(0, this.top, 5).flatMap((value) => [
      line(PAD.left, y(value), width - PAD.right, y(value), "grid"),
      text(PAD.left - 6, y(value) + 4, value.toFixed(2), { "text-anchor": "end" }),
    ]);
    const columns = ticks(0, 1, 5).map((value) =>
      text(x(value), height - PAD.bottom + 16, value.toFixed(1), { "text-anchor": "middle" }),
    );
    return [
      ...rows,
      ...columns,
      text((PAD.left + width - PAD.right) / 2, height - 3, "Threshold, share of each map's range", {
        "text-anchor": "middle",
        class: "title",
      }),
    ];
  }

  /**
   * The human benchmark and perfect maps: flat lines, or a word at the top where they lie above the chart.
   * @param {{ m: number, value: number }[]} flat
   * @returns {(SVGLineElement | SVGTextElement)[]}
   */
  ceilings(flat) {
    const inside = flat.filter(({ value }) => value <= this.top);
    const above = flat.filter(({ value }) => value > this.top);
    const lines = inside.flatMap(({ m, value }) => [
      line(PAD.left, this.y(value), this.width - PAD.right, this.y(value), "ceiling"),
      text(this.width - PAD.right - 4, this.y(value) - 4, `${this.given.board.methods[m].label} ${value.toFixed(3)}`, {
        "text-anchor": "end",
        class: "note",
      }),
    ]);
    const words = above.map(({ m, value }, i) =>
      text(
        this.width - PAD.right - 4,
        PAD.top + 10 + 14 * i,
        `↑ ${this.given.board.methods[m].label} ${value.toFixed(3)}`,
        {
          "text-anchor": "end",
          class: "note",
        },
      ),
    );
    return [...lines, ...words];
  }

  /**
   * @param {Curve} line
   * @returns {SVGPathElement[]}
   */
  area({ m, band }) {
    if (!band) return [];
    const points = band.at
      .map((step, i) => [this.x(step / STEPS), band.low[i], band.high[i]])
      .filter(([, low]) => !Number.isNaN(low));
    const up = points.map(([x, , high]) => `${x.toFixed(1)} ${this.y(high).toFixed(1)}`);
    const down = points.map(([x, low]) => `${x.toFixed(1)} ${this.y(low).toFixed(1)}`).reverse();
    return points.length
      ? [
          makeSvg("path", {
            d: `M${up.join("L")}L${down.join("L")}z`,
            class: `band ${colour(this.given.board.methods[m].look)}`,
          }),
        ]
      : [];
  }

  /**
   * @param {Curve} line
   * @returns {SVGPathElement}
   */
  path({ m, curve }) {
    const points = Array.from(curve, (value, step) => [step, value]).filter(([, value]) => !Number.isNaN(value));
    const d = points.map(([step, value]) => `${this.x(step / STEPS).toFixed(1)} ${this.y(value).toFixed(1)}`).join("L");
    const { look } = this.given.board.methods[m];
    return makeSvg("path", { d: d ? `M${d}` : "", class: `line ${colour(look)}`, "stroke-dasharray": dash(look) });
  }

  /**
   * Where each method's threshold stands on its line; nothing for Otsu, which has one a map.
   * @returns {SVGGElement}
   */
  marks() {
    const { board, row, metric } = this.given;
    this.group = makeSvg("g");
    if (row >= board.findings.length) {
      const steps = new Set(board.markings.map((marking) => (marking.kind === "fixed" ? marking.step : -1)));
      if (steps.size !== 1 || steps.has(-1)) return this.group;
    }
    const f = Math.min(row, board.findings.length - 1);
    for (const { m, curve } of this.curves) {
      const threshold = board.methods[m].threshold(board.markings[f], metric, f);
      const value = curve[Math.min(STEPS - 1, Math.round(threshold * STEPS))];
      if (!Number.isNaN(threshold) && !Number.isNaN(value)) {
        this.group.append(marker(board.methods[m].look, this.x(threshold), this.y(value), 4.5));
      }
    }
    return this.group;
  }

  /** Move the marks alone: all that a threshold changes here. */
  moveMarks() {
    if (!this.group.isConnected) return;
    this.group.replaceWith(this.marks());
  }

  /** @returns {SVGGElement} */
  makePointer() {
    this.pointer = makeSvg("g", { class: "pointer", visibility: "hidden" });
    return this.pointer;
  }

  /** @param {MouseEvent} event */
  nearest(event) {
    const box = this.element.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const step = Math.min(STEPS - 1, Math.max(0, Math.round(this.x.invert(px) * STEPS)));
    const [best] = this.curves
      .map(({ m, curve }) => ({ m, step, value: curve[step], far: Math.abs(this.y(curve[step]) - py) }))
      .filter(({ far }) => !Number.isNaN(far))
      .sort((a, b) => a.far - b.far);
    return best;
  }

  /** @param {PointerEvent} event */
  hover(event) {
    const at = this.nearest(event);
    if (!at) return this.unhover();
    const [x, y] = [this.x(at.step / STEPS), this.y(at.value)];
    const left = x > this.width * 0.62;
    const words = `${this.given.board.methods[at.m].label}, ${(at.step / STEPS).toFixed(3)}: ${at.value.toFixed(3)}`;
    this.pointer.replaceChildren(
      line(x, PAD.top, x, this.height - PAD.bottom, "guide"),
      marker(this.given.board.methods[at.m].look, x, y, 5),
      text(x + (left ? -8 : 8), Math.max(PAD.top + 24, y - 10), words, {
        "text-anchor": left ? "end" : "start",
        class: "tip",
      }),
    );
    this.pointer.setAttribute("visibility", "visible");
  }

  unhover() {
    this.pointer.setAttribute("visibility", "hidden");
  }

  /** @param {MouseEvent} event */
  click(event) {
    const at = this.nearest(event);
    if (at) this.onPick(at.m, at.step);
  }
}
