// Small pieces of charts: scales, axes, and the marks that tell methods apart without colour.
import { makeSvg } from "../dom.js";
import { colour, shape } from "./shapes.js";

/** @import { Attribute, Scale } from "../types.d.ts" */

/**
 * The mark of the i-th look, at (x, y).
 * @param {number} i
 * @param {number} x
 * @param {number} y
 * @param {number} [r]
 * @returns {SVGPathElement}
 */
export function marker(i, x, y, r = 4) {
  const { path, lines } = shape(i);
  return makeSvg("path", {
    d: path(r),
    transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
    class: `mark ${colour(i)}${lines ? " open" : ""}`,
  });
}

/**
 * A linear scale.
 * @param {number} from
 * @param {number} to
 * @param {number} low
 * @param {number} high
 * @returns {Scale}
 */
export function linear(from, to, low, high) {
  /** @param {number} value */
  const scale = (value) => low + ((value - from) / (to - from)) * (high - low);
  /** @param {number} at */
  scale.invert = (at) => from + ((at - low) / (high - low)) * (to - from);
  return scale;
}

/**
 * Round steps between two values, about `wanted` of them.
 * @param {number} from
 * @param {number} to
 * @param {number} [wanted]
 * @returns {number[]}
 */
export function ticks(from, to, wanted = 5) {
  const rough = (to - from) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough;
  const found = [];
  for (let value = Math.ceil(from / step - 1e-9) * step; value <= to + step * 1e-6; value += step) {
    found.push(Math.abs(value) < 1e-12 ? 0 : value);
  }
  return found;
}

/**
 * A round number at or above a value, for the end of an axis.
 * @param {number} value
 * @param {number} [wanted]
 * @returns {number}
 */
export function ceiling(value, wanted = 5) {
  if (!(value > 0)) return 0.1;
  const all = ticks(0, value, wanted);
  const step = all[1] - all[0];
  return Math.min(1, Math.ceil(value / step - 1e-9) * step);
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} words
 * @param {Record<string, Attribute>} [attributes]
 * @returns {SVGTextElement}
 */
export function text(x, y, words, attributes = {}) {
  const element = makeSvg("text", { x, y, ...attributes });
  element.textContent = words;
  return element;
}

/**
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 * @param {string} kind
 * @returns {SVGLineElement}
 */
export function line(x1, y1, x2, y2, kind) {
  return makeSvg("line", { x1, y1, x2, y2, class: kind });
}

/** A chart's frame: an SVG that knows how wide it is and draws itself again when that changes. */
export class Chart {
  /**
   * @param {number} height
   * @param {string} label
   */
  constructor(height, label) {
    this.height = height;
    this.width = 0;
    this.element = makeSvg("svg", { class: "chart", role: "img", "aria-label": label, height });
    this.watcher = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width === this.width || !width) return;
      this.width = width;
      this.draw();
    });
    this.watcher.observe(this.element);
  }

  /** Draw it for the width that it has now. */
  draw() {}

  /** @param {...Element} parts */
  fill(...parts) {
    this.element.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.element.replaceChildren(...parts);
  }
}
