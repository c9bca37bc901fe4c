// Rows of dots over one axis, as evaluation/charts/rows.py makes them.
import { dressed, plain, reach, titled } from "./figures.js";

/**
 * @import { Figure, Part, Row } from "./types.d.ts"
 * @import { RowParts } from "../messages.d.ts"
 */

/** @param {number} value */
const three = (value) => value.toFixed(3).replace("-", "−");

/**
 * @param {RowParts} parts
 * @param {Row[]} rows from above
 * @param {number[]} ends of the axis
 * @param {string} title of the axis
 * @param {(value: number) => string} format of the strong dots' values
 * @returns {Figure}
 */
export function rowsFigure(parts, rows, ends, title, format = three) {
  const pale = rows.flatMap((row, i) => paleDots(parts, row, i));
  const strong = rows.flatMap((row, i) => strongDot(parts, row, i, format));
  const { layout } = parts;
  const xaxis = titled(layout.xaxis, title, { range: ends });
  const yaxis = { ...layout.yaxis, range: [rows.length - 0.6, -0.75] };
  const annotations = rows.flatMap((row, i) => written(parts, row, i));
  const shapes = ends[0] <= 0 ? [parts.zero] : [];
  const height = rowsHeight(parts, rows.length);
  return { data: [...pale, ...strong], layout: { ...layout, xaxis, yaxis, annotations, shapes, height } };
}

/**
 * @param {RowParts} parts
 * @param {number} rows
 */
export const rowsHeight = ({ step }, rows) => rows * step + 62;

/**
 * @param {RowParts} parts
 * @param {Row} row
 * @param {number} i
 */
function paleDots({ pale, spread }, { label, look, values }, i) {
  if (!values.length) return [];
  const heights = values.map((_, k) => i + (((k * 7) % 11) - 5) * spread);
  return [dressed(pale, look, { name: plain(label), meta: i, x: values, y: heights })];
}

/**
 * @param {RowParts} parts
 * @param {Row} row
 * @param {number} i
 * @param {(value: number) => string} format
 */
function strongDot({ strong }, { label, look, mean, low, high }, i, format) {
  if (!Number.isFinite(mean)) return [];
  const ends = Number.isFinite(low) ? ` (${format(low)} to ${format(high)})` : "";
  const hovertext = [`${plain(label)}: ${format(mean)}${ends}`];
  const dot = dressed(strong, look, { name: plain(label), meta: i, x: [mean], y: [i], hovertext });
  return [{ ...dot, error_x: reach(/** @type {Part} */ (dot.error_x), [mean], [low], [high]) }];
}

/**
 * @param {RowParts} parts
 * @param {Row} row
 * @param {number} i
 */
function written({ label, words }, row, i) {
  return [
    { ...label, y: i, text: plain(row.label) },
    { ...words, y: i, text: plain(row.words ?? "") },
  ];
}
