// The first principal component, with the sign that `numpy.linalg.svd` gives it: published Eigen-CAM maps have it.
import { bidiagonal, reflect, triangular } from "./reflectors.js";

/** @import { Reflection } from "./reflectors.js" */

const SMALLEST_PART = 25; // LAPACK's bdsdc divides larger ones in two
const UNIT = 2 ** -53; // of double precision, in which numpy computes whatever it is given
const SAFE = 8; // bdsdc neglects what is smaller than so many units of the largest singular value

/**
 * Project centred rows on their first right singular vector: the first left one times the first singular value.
 *
 * Steps are those of numpy (LAPACK's gesdd) as far as they decide a sign: a wide matrix becomes a triangle first, then
 * there are two diagonals. The vector of these is found by itself; its sign follows from where bdsdc puts it.
 * @param {Float64Array[]} positions one row a place, each (channels,); they are changed
 * @returns {Float64Array} one value a place
 */
export function projection(positions) {
  const [rows, columns] = [positions.length, positions[0].length];
  if (columns >= Math.floor((rows * 11) / 6)) {
    const { triangle } = triangular(positions); // of the transpose: its columns are the rows
    return leftVector(flat(triangle), rows, rows, []); // transposed back: the triangle's columns are rows again
  }
  if (rows >= Math.floor((columns * 11) / 6)) {
    const { triangle, reflections } = triangular(transposed(positions));
    return leftVector(flat(transposed(triangle)), columns, columns, reflections, rows);
  }
  if (rows >= columns) return leftVector(flat(positions), rows, columns, []);
  return ofLower(positions);
}

/**
 * @param {Float64Array} values row by row; they are changed
 * @param {number} rows
 * @param {number} columns at most as many
 * @param {Reflection[]} before what the matrix was made with, to be undone
 * @param {number} [length] of the vector
 * @returns {Float64Array}
 */
function leftVector(values, rows, columns, before, length = rows) {
  const { diagonal, above, left } = bidiagonal({ values, rows, columns });
  const { vector, value } = top(diagonal, above);
  const found = new Float64Array(length);
  for (let i = 0; i < columns; i++) found[i] = vector[i] * value;
  for (const one of [...before, ...left].reverse()) reflect(found, one);
  return found;
}

/**
 * The same of a matrix that is a little wider than high, of which LAPACK makes a diagonal and the one below.
 * @param {Float64Array[]} positions
 * @returns {Float64Array}
 */
function ofLower(positions) {
  const [rows, columns] = [positions.length, positions[0].length];
  const across = bidiagonal({ values: flat(transposed(positions)), rows: columns, columns: rows });
  // Aᵀ = Q·B·Pᵀ gives A = P·Bᵀ·Qᵀ; P's factors leave the first place alone
  const [diagonal, above] = [across.diagonal.slice(), across.above.slice()];
  const turns = [];
  for (let i = 0; i + 1 < rows; i++) {
    const [f, g] = [diagonal[i], across.above[i]];
    const [c, s, r] = rotation(f, g);
    turns.push([c, s]);
    diagonal[i] = r;
    above[i] = s * diagonal[i + 1];
    diagonal[i + 1] *= c;
  }
  const { vector, value } = top(diagonal, above);
  const found = vector.map((one) => one * value);
  for (let i = rows - 2; i >= 0; i--) {
    const [c, s] = turns[i];
    [found[i], found[i + 1]] = [c * found[i] - s * found[i + 1], s * found[i] + c * found[i + 1]];
  }
  for (const one of across.right.reverse()) reflect(found, one);
  return found;
}

/**
 * LAPACK's lartg: c·f + s·g = r and −s·f + c·g = 0, c ≥ 0.
 * @param {number} f
 * @param {number} g
 * @returns {[number, number, number]} c, s, r
 */
function rotation(f, g) {
  if (g === 0) return [1, 0, f];
  if (f === 0) return [0, Math.sign(g), Math.abs(g)];
  const r = Math.sign(f) * Math.hypot(f, g);
  return [Math.abs(f / r), g / r, r];
}

/**
 * The largest singular value of a matrix of two diagonals, and its left vector as bdsdc signs it.
 * @param {Float64Array} diagonal
 * @param {Float64Array} above the last is 0
 * @returns {{ value: number, vector: Float64Array }}
 */
function top(diagonal, above) {
  const count = diagonal.length;
  const squares = Float64Array.from(diagonal, (d, i) => d * d + above[i] * above[i]);
  const beside = Float64Array.from(diagonal, (_, i) => (i + 1 < count ? above[i] * diagonal[i + 1] : 0));
  const { value, vector } = largest(squares, beside);
  const size = Math.sqrt(Math.max(value, 0));
  const sign = size > 0 ? signOf(vector, diagonal, above, size) : 1;
  return { value: size, vector: vector.map((one) => one * sign) };
}

/**
 * What a left vector is to be multiplied with, to point as bdsdc lets it.
 *
 * It divides the matrix at its middle row. Where both halves meet in the vector, that row of it is negative; where one
 * half holds all of it, the same is true of that half. What is small enough not to be divided goes through QR steps,
 * which leave the first row positive; of noise in 25 channels and fewer that need not be so.
 * @param {Float64Array} vector
 * @param {Float64Array} diagonal
 * @param {Float64Array} above
 * @param {number} value the singular value
 * @returns {1 | -1}
 */
function signOf(vector, diagonal, above, value) {
  /** @param {number} i of the right vector, times the singular value */
  const right = (i) => diagonal[i] * vector[i] + (i ? above[i - 1] * vector[i - 1] : 0);
  let [first, count] = [0, vector.length];
  while (count > SMALLEST_PART) {
    const half = Math.floor(count / 2);
    const middle = first + half;
    const met = Math.max(
      Math.abs(diagonal[middle] * right(middle)),
      middle + 1 < vector.length ? Math.abs(above[middle] * right(middle + 1)) : 0,
    );
    if (met > SAFE * UNIT * value * value) return vector[middle] < 0 ? 1 : -1;
    const before = weight(vector, first, middle);
    if (before >= weight(vector, middle + 1, first + count)) count = half;
    else [first, count] = [middle + 1, count - half - 1];
  }
  return vector[first] < 0 ? -1 : 1;
}

/**
 * @param {Float64Array} vector
 * @param {number} from
 * @param {number} to
 */
function weight(vector, from, to) {
  return vector.subarray(from, to).reduce((sum, one) => sum + one * one, 0);
}

/**
 * The largest eigenvalue of a symmetric matrix of three diagonals, by bisection, and its vector, by inverse iteration.
 * @param {Float64Array} diagonal
 * @param {Float64Array} beside
 * @returns {{ value: number, vector: Float64Array }}
 */
function largest(diagonal, beside) {
  let [low, high] = [-Infinity, -Infinity];
  for (let i = 0; i < diagonal.length; i++) {
    low = Math.max(low, diagonal[i]);
    high = Math.max(high, diagonal[i] + Math.abs(beside[i]) + (i ? Math.abs(beside[i - 1]) : 0));
  }
  for (let round = 0; round < 100 && high - low > 1e-15 * Math.abs(high); round++) {
    const middle = (low + high) / 2;
    if (above(diagonal, beside, middle)) low = middle;
    else high = middle;
  }
  const bound = high * (1 + 1e-13); // so far above that nothing overflows
  /** @type {Float64Array} */
  let vector = Float64Array.from(diagonal, (_, i) => 1 + ((i * 7) % 11) / 100); // no direction is left out
  for (let round = 0; high > 0 && round < 4; round++) vector = unit(solved(diagonal, beside, bound, vector));
  return { value: high, vector };
}

/**
 * Whether some eigenvalue lies above a number (Sturm).
 * @param {Float64Array} diagonal
 * @param {Float64Array} beside
 * @param {number} bound
 */
function above(diagonal, beside, bound) {
  let pivot = diagonal[0] - bound;
  for (let i = 1; pivot <= 0 && i < diagonal.length; i++) {
    pivot = diagonal[i] - bound - (beside[i - 1] * beside[i - 1]) / (pivot || -1e-300);
  }
  return pivot > 0;
}

/**
 * (T − bound·I)⁻¹·given, by elimination; the bound lies above all eigenvalues of T, so that no pivot is 0.
 * @param {Float64Array} diagonal
 * @param {Float64Array} beside
 * @param {number} bound
 * @param {Float64Array} given
 * @returns {Float64Array}
 */
function solved(diagonal, beside, bound, given) {
  const pivots = diagonal.map((d) => d - bound);
  const found = given.slice();
  for (let i = 1; i < pivots.length; i++) {
    const share = beside[i - 1] / pivots[i - 1];
    pivots[i] -= share * beside[i - 1];
    found[i] -= share * found[i - 1];
  }
  for (let i = pivots.length - 1; i >= 0; i--) {
    found[i] = (found[i] - (i + 1 < pivots.length ? beside[i] * found[i + 1] : 0)) / pivots[i];
  }
  return found;
}

/**
 * @param {Float64Array} vector
 * @returns {Float64Array}
 */
function unit(vector) {
  const length = Math.sqrt(weight(vector, 0, vector.length));
  return length > 0 ? vector.map((one) => one / length) : vector;
}

/**
 * @param {Float64Array[]} lines
 * @returns {Float64Array} one after the other
 */
function flat(lines) {
  const all = new Float64Array(lines.length * lines[0].length);
  lines.forEach((line, i) => all.set(line, i * line.length));
  return all;
}

/**
 * @param {Float64Array[]} lines
 * @returns {Float64Array[]}
 */
function transposed(lines) {
  return Array.from(lines[0], (_, i) => Float64Array.from(lines, (line) => line[i]));
}
