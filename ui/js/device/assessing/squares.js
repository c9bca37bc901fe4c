// The small squares by which a film is judged: evaluation/trust/pose.py.
import { bilinear, byArea, part, plane } from "./resizing.js";

/** @import { Plane } from "./types.d.ts" */

export const POSE_SIDE = 64;
const GRAIN = Math.fround(1e-4); // grey values closer than this share a rank
const { fround } = Math;

/**
 * The centred square of an image, averaged or interpolated to a side.
 * @param {Plane} given
 * @param {number} side
 * @returns {Plane}
 */
export function centredSquare(given, side) {
  const least = Math.min(given.height, given.width);
  const [top, left] = [(given.height - least) >> 1, (given.width - least) >> 1];
  const square = part(given, [top, top + least], [left, left + least]);
  return least >= side ? byArea(square, side, side) : bilinear(square, side, side);
}

/**
 * Ranks with mean 0 and deviation 1, equals sharing theirs; zeros for a blank image.
 * @param {Plane} square
 * @returns {Plane}
 */
export function ranks({ values, height, width }) {
  const grains = Float64Array.from(values, (value) => halfToEven(fround(value / GRAIN)));
  const order = Uint32Array.from(grains, (_, i) => i).sort((a, b) => grains[a] - grains[b]);
  const found = new Float64Array(values.length);
  for (let i = 0; i < order.length;) {
    let next = i;
    while (next < order.length && grains[order[next]] === grains[order[i]]) next++;
    for (let k = i; k < next; k++) found[order[k]] = (i + 1 + next) / 2;
    i = next;
  }
  const mean = (values.length + 1) / 2;
  const deviation = Math.sqrt(found.reduce((sum, rank) => sum + (rank - mean) ** 2, 0) / values.length);
  return plane(
    Float32Array.from(found, (rank) => (rank - mean) / Math.max(deviation, 1e-9)),
    height,
    width,
  );
}

/**
 * A vector of length 1 in the same direction; 0 of next to nothing.
 * @param {ArrayLike<number>} values
 * @param {number} [least] length by which is divided
 * @returns {Float32Array}
 */
export function unit(values, least = 1e-9) {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
  const length = Math.max(Math.sqrt(squares), least);
  return Float32Array.from(values, (value) => value / length);
}

/**
 * The same of what lies around the mean.
 * @param {ArrayLike<number>} values
 * @param {number} [least]
 * @returns {Float32Array}
 */
export function centredUnit(values, least) {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i] / values.length;
  return unit(
    Float64Array.from(values, (value) => value - mean),
    least,
  );
}

/**
 * @param {ArrayLike<number>} one
 * @param {ArrayLike<number>} other
 * @returns {number}
 */
export function product(one, other) {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
  return sum;
}

/**
 * A square turned by quarters counter-clockwise.
 * @param {Plane} square
 * @param {number} quarters
 * @returns {Plane}
 */
export function quarterTurned(square, quarters) {
  if (quarters % 4 === 0) return square;
  const { values, width: side } = quarterTurned(square, quarters - 1);
  const found = values.map((_, i) => values[(i % side) * side + side - 1 - Math.floor(i / side)]);
  return plane(found, side, side);
}

/**
 * A square with left and right swapped.
 * @param {Plane} square
 * @returns {Plane}
 */
export function flipped({ values, height, width }) {
  const found = values.map((_, i) => values[i - (i % width) + width - 1 - (i % width)]);
  return plane(found, height, width);
}

/**
 * A template as it is stored: base64 of a byte a pixel, row by row.
 * @param {string} encoded
 * @returns {Plane} between 0 and 1
 */
export function decoded(encoded) {
  const values = Float32Array.from(atob(encoded), (letter) => letter.charCodeAt(0) / 255);
  if (values.length !== POSE_SIDE ** 2) {
    const side = `${POSE_SIDE}×${POSE_SIDE}`;
    throw new Error(`Expected a template of ${side} bytes in base64, found another.`);
  }
  return plane(values, POSE_SIDE, POSE_SIDE);
}

/** @param {number} value */
function halfToEven(value) {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
}
