// What tells rows of results apart: a colour's class, and without colour a dash and a mark. By the number of a look.
import { makeSvg } from "../dom.js";
import { COLOURS, turned } from "../looks.js";

const DASHES = ["", "7 3", "2 3", "8 3 2 3", "12 4", "4 2", "1 2", "10 2 2 2 2 2"];

/**
 * A circle of curves: plotly's shapes know no arcs.
 * @param {number} r
 * @returns {string}
 */
function circle(r) {
  const k = 0.5523 * r;
  const quarters = [
    [-r, -k, -k, -r, 0, -r],
    [k, -r, r, -k, r, 0],
    [r, k, k, r, 0, r],
    [-k, r, -r, k, -r, 0],
  ];
  return `M${-r} 0${quarters.map((ends) => `C${ends.join(" ")}`).join("")}Z`;
}

/**
 * Marks by radius: their path, in the letters that plotly's shapes know, and whether they are drawn as lines alone.
 * @type {{ path(r: number): string, lines?: boolean }[]}
 */
const SHAPES = [
  { path: circle },
  { path: (r) => `M${-r} ${-r}L${r} ${-r}L${r} ${r}L${-r} ${r}Z` },
  { path: (r) => `M0 ${-1.3 * r}L${1.3 * r} 0L0 ${1.3 * r}L${-1.3 * r} 0Z` },
  { path: (r) => `M0 ${-1.2 * r}L${1.2 * r} ${r}L${-1.2 * r} ${r}Z` },
  { path: (r) => `M${-r} ${-r}L${r} ${r}M${r} ${-r}L${-r} ${r}`, lines: true },
  { path: (r) => `M0 ${1.2 * r}L${1.2 * r} ${-r}L${-1.2 * r} ${-r}Z` },
  { path: (r) => `M0 ${-1.3 * r}L0 ${1.3 * r}M${-1.3 * r} 0L${1.3 * r} 0`, lines: true },
  { path: (r) => `M${-r} 0L0 ${-r}L${r} 0L0 ${r}ZM${-r} ${-r}L${-r} ${r}` },
];
/** The same marks as plotly names them. */
const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "x", "triangle-down", "cross", "star"];

/** @param {number} i */
export const colour = (i) => `m${i % COLOURS}`;
/** @param {number} i */
export const dash = (i) => turned(i, DASHES);
/** @param {number} i */
export const shape = (i) => turned(i, SHAPES);
/** @param {number} i */
export const symbol = (i) => turned(i, SYMBOLS);

/**
 * The mark of the i-th look around (x, y), as SVG.
 * @param {number} i
 * @param {number} x
 * @param {number} y
 * @param {number} [r]
 * @returns {SVGPathElement}
 */
export function marker(i, x, y, r = 4) {
  const { path, lines } = shape(i);
  const place = { d: path(r), transform: `translate(${x} ${y})` };
  return makeSvg("path", { ...place, class: `mark ${colour(i)}${lines ? " open" : ""}` });
}

/**
 * The line of the i-th look with its mark, as a small SVG.
 * @param {number} i
 * @returns {SVGSVGElement}
 */
export function sample(i) {
  const line = makeSvg("path", { d: "M1 7H33", class: `line ${colour(i)}`, "stroke-dasharray": dash(i) });
  return makeSvg("svg", { viewBox: "0 0 34 14", class: "sample", "aria-hidden": "true" }, line, marker(i, 17, 7));
}

/**
 * The path of the i-th look's mark for a shape of plotly's, in which up is positive.
 * @param {number} i
 * @param {number} r
 * @returns {string}
 */
export function upward(i, r) {
  return shape(i)
    .path(r)
    .replace(/([-\d.e]+) ([-\d.e]+)/g, (_, x, y) => `${x} ${-Number(y)}`);
}
