// The tab's figures over shares, from the parts of evaluation/trust/figures.py; rows of dots are in ../charts/rows.js.
import { dressed, numbers, plain, reach, titled } from "../charts/figures.js";

/**
 * @import { Figure, Part, Series } from "../charts/types.d.ts"
 * @import { LineParts } from "../messages.d.ts"
 */

/**
 * Lines over shares of the whole, from 0 to 1.
 * @param {LineParts} parts
 * @param {Series[]} series
 * @param {{ x: string, y: string, range?: number[], diagonal?: boolean }} axes
 * @returns {Figure}
 */
export function lineFigure(parts, series, { x, y, range = [0, 1], diagonal = false }) {
  const { layout } = parts;
  const data = series.filter(({ xs }) => xs.length).map((one) => lineOf(parts, one));
  const xaxis = titled(layout.xaxis, x);
  const yaxis = titled(layout.yaxis, y, { range });
  return { data, layout: { ...layout, height: 260, xaxis, yaxis, shapes: diagonal ? [parts.diagonal] : [] } };
}

/**
 * @param {LineParts} parts
 * @param {Series} series
 */
function lineOf(parts, { label, look, xs, ys, low, high, points }) {
  const values = { name: plain(label), x: numbers(xs), y: numbers(ys) };
  if (!points) return dressed(parts.line, look, values);
  const dots = dressed(parts.dots, look, values);
  if (!low || !high) return { ...dots, error_y: { visible: false } };
  return { ...dots, error_y: reach(/** @type {Part} */ (dots.error_y), ys, low, high) };
}
