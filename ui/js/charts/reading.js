// A chart without eyes or pointer: its points in words, one after the other by arrow keys, and all of them as a table.
import { make } from "../dom.js";
import { unplain } from "./figures.js";

/** @import { Figure, Trace, Value } from "./types.d.ts" */

const MOST = 21; // rows of a table that a curve of many points becomes

/** @param {Value} value */
const number = (value) => (typeof value === "number" ? value.toFixed(3).replace("-", "−") : String(value ?? "–"));

/**
 * Places of a trace's points that are there.
 * @param {Trace} trace
 */
export function places(trace) {
  return Array.from(trace.x, (_, i) => i).filter((i) => (trace.x[i] ?? null) !== null && (trace.y[i] ?? null) !== null);
}

/**
 * Traces that can be read, with their numbers in the figure.
 * @param {Figure} figure
 */
export function readable(figure) {
  return figure.data
    .map((trace, curve) => ({ trace, curve, places: places(trace) }))
    .filter(({ trace, places }) => trace.hoverinfo !== "skip" && places.length);
}

/**
 * A point in words.
 * @param {Trace} trace
 * @param {number} i
 */
export function words(trace, i) {
  if (trace.hovertext) return unplain(trace.hovertext[i]);
  return `${unplain(trace.name ?? "")}, ${number(trace.x[i])}: ${number(trace.y[i])}`;
}

/**
 * Which keys lead where: [traces on, points on].
 * @type {Record<string, [number, number]>}
 */
const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

export class Reader {
  at = 0;
  place = -1;

  /**
   * Move by a key; the point that is reached, or null.
   * @param {Figure} figure
   * @param {string} key
   */
  step(figure, key) {
    const all = readable(figure);
    const by = STEPS[key];
    if (!by || !all.length) return null;
    this.at = (Math.min(this.at, all.length - 1) + by[0] + all.length) % all.length;
    const { trace, curve, places } = all[this.at];
    this.place = Math.min(places.length - 1, Math.max(0, this.place + by[1]));
    return { trace, curve, i: places[this.place] };
  }
}

/**
 * All points as a table: curves over the same places side by side, others one a row.
 * @param {Figure} figure
 */
export function tableOf(figure) {
  const all = readable(figure);
  if (!all.length) return make("p", { class: "empty", text: "Nothing is shown." });
  return all[0].trace.hovertext ? listOf(all) : matrixOf(all, figure.layout.xaxis.title.text);
}

/** @param {ReturnType<typeof readable>} all */
function listOf(all) {
  const rows = all.flatMap(({ trace, places }) => places.map((i) => [words(trace, i)]));
  return grid(["What is shown"], rows);
}

/**
 * @param {ReturnType<typeof readable>} all
 * @param {string} title
 */
function matrixOf(all, title) {
  const values = [...new Set(all.flatMap(({ trace, places }) => places.map((i) => Number(trace.x[i]))))];
  const every = Math.ceil(values.length / MOST);
  const rows = values.sort((a, b) => a - b).filter((_, i) => i % every === 0);
  const at = all.map(({ trace, places }) => new Map(places.map((i) => [Number(trace.x[i]), trace.y[i]])));
  const names = all.map(({ trace }) => unplain(trace.name ?? ""));
  const line = (/** @type {number} */ x) => [number(x), ...at.map((one) => number(one.get(x) ?? null))];
  return grid([title, ...names], rows.map(line));
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
function grid(head, rows) {
  const cells = (/** @type {string[]} */ row) =>
    row.map((text, i) => make(i ? "td" : "th", { scope: i ? null : "row", text }));
  const top = make("tr", {}, ...head.map((text) => make("th", { scope: "col", text })));
  const body = make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells(row))));
  const table = make("table", {}, make("thead", {}, top), body);
  return make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Table of the chart" }, table);
}
