// What tells rows of results apart: a colour's class, and without colour a dash and a mark. By the number of a look.
import { COLOURS, turned } from "../looks.js";

const DASHES = ["", "7 3", "2 3", "8 3 2 3", "12 4", "4 2", "1 2", "10 2 2 2 2 2"];

/**
 * Marks by radius: their path, and whether they are drawn as lines alone.
 * @type {{ path(r: number): string, lines?: boolean }[]}
 */
const SHAPES = [
  { path: (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0` },
  { path: (r) => `M${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z` },
  { path: (r) => `M0 ${-1.3 * r}L${1.3 * r} 0 0 ${1.3 * r} ${-1.3 * r} 0z` },
  { path: (r) => `M0 ${-1.2 * r}L${1.2 * r} ${r}H${-1.2 * r}z` },
  { path: (r) => `M${-r} ${-r}L${r} ${r}M${r} ${-r}L${-r} ${r}`, lines: true },
  { path: (r) => `M0 ${1.2 * r}L${1.2 * r} ${-r}H${-1.2 * r}z` },
  { path: (r) => `M0 ${-1.3 * r}V${1.3 * r}M${-1.3 * r} 0H${1.3 * r}`, lines: true },
  { path: (r) => `M${-r} 0L0 ${-r} ${r} 0 0 ${r}zM${-r} ${-r}V${r}` },
];

/** @param {number} i */
export const colour = (i) => `m${i % COLOURS}`;
/** @param {number} i */
export const dash = (i) => turned(i, DASHES);
/** @param {number} i */
export const shape = (i) => turned(i, SHAPES);
