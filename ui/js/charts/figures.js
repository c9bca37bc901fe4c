// Figures are made of parts that the server describes (evaluation/charts): names in them stand for colours and looks.
import { COLOURS } from "../looks.js";
import { dash, symbol } from "../benchmark/shapes.js";
import { isList } from "../dom.js";

/** @import { Axis, Figure, Part, Trace, Words } from "./types.d.ts" */

const WORDS = new Set(["name", "text"]); // whoever brings a method names it: never a colour

/**
 * A copy of a part with values for the names that are known; texts and lists of values stay.
 * @template T
 * @param {T} part
 * @param {Words} known
 * @returns {T}
 */
export function filled(part, known) {
  return /** @type {T} */ (fill(part, known));
}

/**
 * @param {unknown} part
 * @param {Words} known
 * @returns {unknown}
 */
function fill(part, known) {
  if (typeof part === "string") return part.startsWith("@") ? named(part, known) : part;
  if (isList(part)) return typeof part[0] === "object" ? part.map((one) => fill(one, known)) : part;
  if (part === null || typeof part !== "object" || ArrayBuffer.isView(part)) return part;
  const kept = (/** @type {string} */ key, /** @type {unknown} */ value) => WORDS.has(key) && typeof value === "string";
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, kept(key, value) ? value : fill(value, known)]),
  );
}

/**
 * @param {string} text
 * @param {Words} known
 */
function named(text, known) {
  const [name, opacity] = text.slice(1).split("/");
  const found = known[name];
  if (found === undefined) return text;
  return opacity ? faded(found, opacity) : found;
}

/**
 * @param {string} colour
 * @param {string} opacity
 */
function faded(colour, opacity) {
  if (colour.startsWith("@")) return `${colour}/${opacity}`;
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgba(${parts.join(",")},${opacity})`;
}

/**
 * A trace of a template, in the look of that number, with what else it has.
 * @param {Part} template
 * @param {number} look
 * @param {Part} further
 */
export function dressed(template, look, further) {
  const known = { look: `@series-${look % COLOURS}`, dash: lengths(dash(look)), symbol: symbol(look) };
  return /** @type {Trace} */ ({ ...filled(template, known), ...further });
}

/**
 * The lengths of a dash as plotly has them.
 * @param {string} dashes
 */
function lengths(dashes) {
  return dashes ? `${dashes.replaceAll(" ", "px,")}px` : "solid";
}

/**
 * Words for a figure, in which plotly would read tags otherwise.
 * @param {string} words
 */
export const plain = (words) => words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/**
 * What `plain` made, as it is to be read.
 * @param {string} words
 */
export const unplain = (words) => words.replaceAll("<br>", " ").replaceAll("&lt;", "<").replaceAll("&amp;", "&");

/**
 * Error bars of a template.
 * @param {Part} template
 * @param {number[]} values
 * @param {number[]} low
 * @param {number[]} high
 */
export function reach(template, values, low, high) {
  const up = values.map((value, i) => Math.max(0, high[i] - value) || 0);
  const down = values.map((value, i) => Math.max(0, value - low[i]) || 0);
  return { ...template, array: up, arrayminus: down };
}

/**
 * Numbers for a figure: NaN is nothing there.
 * @param {ArrayLike<number>} values
 */
export const numbers = (values) => Array.from(values, (value) => (Number.isNaN(value) ? null : value));

/**
 * An axis with other words and further attributes.
 * @param {Axis} axis
 * @param {string} title
 * @param {Part} further
 */
export const titled = (axis, title, further = {}) => ({ ...axis, ...further, title: { ...axis.title, text: title } });
