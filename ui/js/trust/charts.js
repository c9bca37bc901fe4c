// Small charts as SVG: lines over [0, 1] and dots in rows. Lines differ in colour and in dash; rows have names.
import { make, makeSvg } from "../dom.js";
import { COLOURS, turned } from "../looks.js";

const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2", "12 4", "1 2", "10 2 2 2 2 2"];
const LETTER = 5.8; // units of width of a letter of a row's name, about
const DOTS = { right: 118, step: 26 };
const BOX = { left: 46, right: 16, top: 8, bottom: 30 };

/**
 * How the series of the i-th look is drawn: a class for its colour (see trust.css), and a dash.
 * @param {number} i
 */
function seriesStyle(i) {
  return { name: `series-${i % COLOURS}`, dash: turned(i, DASHES) };
}

/**
 * A legend of series, in their order.
 * @param {{ label: string, look: number }[]} series [{label, look}]
 * @returns {HTMLParagraphElement}
 */
export function makeLegend(series) {
  return make(
    "p",
    { class: "legend-row" },
    ...series.map(({ label, look }) => {
      const { name, dash } = seriesStyle(look);
      const line = makeSvg(
        "svg",
        { viewBox: "0 0 26 8", width: 26, height: 8, "aria-hidden": "true", class: name },
        makeSvg("line", { x1: 0, x2: 26, y1: 4, y2: 4, "stroke-dasharray": dash }),
      );
      return make("span", {}, line, make("span", { text: label }));
    }),
  );
}

/**
 * @param {number} width
 * @param {number} height
 * @param {string} xLabel
 * @param {string} yLabel
 * @param {[number, number]} range
 * @returns {SVGElement[]}
 */
function axis(width, height, xLabel, yLabel, [low, high]) {
  /** @type {SVGElement[]} */
  const parts = [];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const x = BOX.left + share * (width - BOX.left - BOX.right);
    const y = height - BOX.bottom - share * (height - BOX.top - BOX.bottom);
    parts.push(makeSvg("line", { class: "grid", x1: BOX.left, x2: width - BOX.right, y1: y, y2: y }));
    if (share % 0.5 === 0) parts.push(textAt(x, height - BOX.bottom + 12, `${Math.round(100 * share)} %`, "middle"));
    parts.push(textAt(BOX.left - 4, y + 3, (low + share * (high - low)).toFixed(2), "end"));
  }
  parts.push(textAt(BOX.left + (width - BOX.left - BOX.right) / 2, height - 4, xLabel, "middle"));
  const label = makeSvg("text", {
    transform: `translate(9 ${BOX.top + (height - BOX.top - BOX.bottom) / 2}) rotate(-90)`,
    "text-anchor": "middle",
  });
  label.textContent = yLabel;
  return [...parts, label];
}

/**
 * @typedef {object} LineChart
 * @property {{ xs: number[], ys: number[], look: number, points?: boolean }[]} series one without points is left out
 * @property {string} xLabel
 * @property {string} yLabel
 * @property {string} title what the picture says, for those who cannot see it
 * @property {[number, number]} [range] of the values
 * @property {boolean} [diagonal]
 * @property {number} [width]
 * @property {number} [height]
 */

/**
 * Pale dots, the strong dot with its interval, and what stands at the end.
 * @typedef {object} DotRow
 * @property {string} label
 * @property {number} look
 * @property {number[]} values
 * @property {number | null} mean
 * @property {number | null} [low]
 * @property {number | null} [high]
 * @property {string} words
 */

/**
 * @typedef {object} DotRows
 * @property {DotRow[]} rows
 * @property {[number, number]} range of the axis
 * @property {string} xLabel
 * @property {string} title what the picture says, for those who cannot see it
 * @property {number | null} [zero] where a line stands
 */

/**
 * A line of text.
 * @param {number} x
 * @param {number} y
 * @param {string} words
 * @param {string} anchor
 * @param {string} [kind]
 * @returns {SVGTextElement}
 */
function textAt(x, y, words, anchor, kind = "") {
  const element = makeSvg("text", { x, y, "text-anchor": anchor, class: kind });
  element.textContent = words;
  return element;
}

/**
 * Lines over shares of the whole, from 0 to 1.
 * @param {LineChart} chart
 * @returns {SVGElement}
 */
export function lineChart({
  series,
  xLabel,
  yLabel,
  title,
  range = [0, 1],
  diagonal = false,
  width = 330,
  height = 210,
}) {
  /** @param {number} value */
  const x = (value) => BOX.left + value * (width - BOX.left - BOX.right);
  /** @param {number} value */
  const y = (value) =>
    height - BOX.bottom - ((value - range[0]) / (range[1] - range[0])) * (height - BOX.top - BOX.bottom);
  const svg = makeSvg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title, class: "chart-lines" },
    ...axis(width, height, xLabel, yLabel, range),
  );
  if (diagonal) svg.append(makeSvg("line", { class: "diagonal", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }));
  series.forEach(({ xs, ys, look, points = false }) => {
    const { name, dash } = seriesStyle(look);
    if (!xs.length) return;
    const d = xs.map((value, k) => `${k ? "L" : "M"}${x(value).toFixed(1)} ${y(ys[k]).toFixed(1)}`).join("");
    svg.append(makeSvg("path", { class: name, d, "stroke-dasharray": dash }));
    if (points) {
      svg.append(...xs.map((value, k) => makeSvg("circle", { class: name, cx: x(value), cy: y(ys[k]), r: 2.6 })));
    }
  });
  return svg;
}

/**
 * Rows of dots over one axis: many pale ones and one strong one each.
 * @param {DotRows} chart
 * @returns {SVGElement}
 */
export function dotRows({ rows, range, xLabel, title, zero = null }) {
  const [low, high] = range;
  const left = Math.max(116, 12 + LETTER * Math.max(...rows.map(({ label }) => label.length)));
  const width = 354 + left;
  const end = width - DOTS.right;
  const height = rows.length * DOTS.step + 30;
  /** @param {number} value */
  const x = (value) => left + ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (end - left);
  const frame = { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title, class: "chart-dots" };
  const svg = makeSvg("svg", frame);
  for (const at of [low, (low + high) / 2, high]) {
    svg.append(makeSvg("line", { class: "grid", x1: x(at), x2: x(at), y1: 4, y2: height - 26 }));
    svg.append(textAt(x(at), height - 15, String(Number(at.toFixed(2))).replace("-", "−"), "middle"));
  }
  if (zero !== null) svg.append(makeSvg("line", { class: "zero", x1: x(zero), x2: x(zero), y1: 2, y2: height - 26 }));
  svg.append(textAt((x(low) + x(high)) / 2, height - 2, xLabel, "middle"));
  rows.forEach((row, i) => {
    const y = 16 + i * DOTS.step;
    svg.append(textAt(left - 6, y + 4, row.label, "end", "row-label"), ...dotsOf(row, x, y));
    svg.append(textAt(end + 8, y + 4, row.words, "start", "row-words"));
  });
  return svg;
}

/**
 * The dots of a row, and the interval of the strong one.
 * @param {DotRow} row
 * @param {(value: number) => number} x
 * @param {number} y
 * @returns {SVGElement[]}
 */
function dotsOf({ look, values, mean, low, high }, x, y) {
  const { name } = seriesStyle(look);
  /** @type {SVGElement[]} */
  const parts = values.map((value, k) =>
    makeSvg("circle", { class: `${name} pale`, cx: x(value), cy: y + (((k * 7) % 11) - 5) * 0.9, r: 2 }),
  );
  if (isNumber(low) && isNumber(high)) {
    parts.push(makeSvg("line", { class: `${name} interval`, x1: x(low), x2: x(high), y1: y, y2: y }));
  }
  if (isNumber(mean)) parts.push(makeSvg("circle", { class: `${name} strong`, cx: x(mean), cy: y, r: 4.2 }));
  return parts;
}

/**
 * @param {number | null | undefined} value
 * @returns {value is number} whether it is there and finite
 */
export function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}
