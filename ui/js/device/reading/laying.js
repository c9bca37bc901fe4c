// A radiograph laid otherwise for the models: data_cache/orientation.py. Mirrored first, then turned clockwise.
import { Refusal } from "./refusal.js";
import { turned } from "./turning.js";

/** @import { Edges, Radiograph, ReadFilm } from "./types.d.ts" */

const CODE = /^([0-3])(f?)(i?)$/;
const TURNS = ["", "rotated 90° clockwise", "rotated by 180°", "rotated 90° counter-clockwise"];

/**
 * What a code says.
 * @param {string} code such as 1f or 2i; "" for nothing
 * @returns {{ quarters: number, flipped: boolean, inverted: boolean }}
 */
function parsed(code) {
  const found = CODE.exec(code || "0");
  if (!found) throw new Refusal(`Expected an orientation such as 1f or 2i, found '${code.slice(0, 20)}'.`);
  return { quarters: Number(found[1]), flipped: found[2] === "f", inverted: found[3] === "i" };
}

/**
 * What was done, for people; "" for nothing.
 * @param {string} code
 * @returns {string}
 */
export function wordsOf(code) {
  const { quarters, flipped, inverted } = parsed(code);
  const said = [flipped && "flipped left to right", TURNS[quarters], inverted && "black and white swapped"];
  const words = said.filter(Boolean).join(", ");
  return words && `${words} for the models`;
}

/**
 * A radiograph afterwards; the one that is given stays as it is.
 * @param {Radiograph} radiograph
 * @param {string} code of the orientation
 * @returns {Radiograph}
 */
export function laidOut(radiograph, code) {
  const { quarters, flipped, inverted } = parsed(code);
  const { values, height, width } = turned(radiograph.pixels, radiograph.height, radiograph.width, quarters, flipped);
  const pixels = inverted ? values.map((grey) => 1 - grey) : values;
  const { codes } = radiograph.film;
  const laid = turned(codes, radiograph.height, radiograph.width, quarters, flipped).values;
  return { ...radiograph, pixels, height, width, film: marked(radiograph.film, laid, quarters, flipped, inverted) };
}

/**
 * The film with the marks and the spacing that belong to its edges.
 * @param {ReadFilm} film
 * @param {ReadFilm["codes"]} codes afterwards
 * @param {number} quarters
 * @param {boolean} flipped
 * @param {boolean} inverted
 * @returns {ReadFilm}
 */
function marked(film, codes, quarters, flipped, inverted) {
  let [left, right, up, down] = film.edges;
  if (flipped) [left, right] = [right, left];
  for (let turn = 0; turn < quarters; turn++) [left, right, up, down] = [down, up, left, right];
  const { spacing } = film;
  const turnedSpacing = spacing && quarters % 2 ? { ...spacing, row: spacing.column, column: spacing.row } : spacing;
  const edges = /** @type {Edges} */ ([left, right, up, down]);
  return { ...film, codes, inverted: film.inverted !== inverted, spacing: turnedSpacing, edges };
}
