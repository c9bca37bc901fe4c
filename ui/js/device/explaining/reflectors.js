// Householder's reflections as LAPACK makes them, whose signs decide which way the vectors of `numpy.linalg.svd` point.

/**
 * A matrix row by row.
 * @typedef {{ values: Float64Array, rows: number, columns: number }} Matrix
 */
/**
 * Reflections x ↦ x − τ·v·(v·x): of each its τ, and v, which is 0 before `start` and 1 there.
 * @typedef {{ start: number, tau: number, vector: Float64Array }} Reflection
 */

/**
 * The reflection that leaves of a vector its first entry alone, which becomes `beta` (LAPACK's larfg).
 * @param {Float64Array} vector is changed: what is reflected becomes the reflection's own vector
 * @param {number} start of the vector in its space
 * @returns {{ reflection: Reflection, beta: number }}
 */
export function reflectionOf(vector, start) {
  const alpha = vector[0];
  let squares = 0;
  for (let i = 1; i < vector.length; i++) squares += vector[i] * vector[i];
  if (squares === 0) return { reflection: { start, tau: 0, vector }, beta: alpha };
  const length = Math.sqrt(alpha * alpha + squares);
  const beta = alpha < 0 || Object.is(alpha, -0) ? length : -length;
  for (let i = 1; i < vector.length; i++) vector[i] /= alpha - beta;
  vector[0] = 1;
  return { reflection: { start, tau: (beta - alpha) / beta, vector }, beta };
}

/**
 * @param {Float64Array} values is changed
 * @param {Reflection} reflection
 */
export function reflect(values, { start, tau, vector }) {
  if (tau === 0) return;
  let product = 0;
  for (let i = 0; i < vector.length; i++) product += vector[i] * values[start + i];
  product *= tau;
  for (let i = 0; i < vector.length; i++) values[start + i] -= product * vector[i];
}

/**
 * The triangle R of A = Q·R, for at least as many rows of A as columns.
 * @param {Float64Array[]} columns of A; they are changed
 * @returns {{ triangle: Float64Array[], reflections: Reflection[] }} columns of R, and the factors of Q
 */
export function triangular(columns) {
  const count = columns.length;
  /** @type {Reflection[]} */
  const reflections = [];
  const triangle = columns.map(() => new Float64Array(count));
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) triangle[i][j] = columns[i][j];
    const { reflection, beta } = reflectionOf(columns[i].slice(i), i);
    triangle[i][i] = beta;
    for (let j = i + 1; j < count; j++) reflect(columns[j], reflection);
    reflections.push(reflection);
  }
  return { triangle, reflections };
}

/**
 * A = Q·B·Pᵀ, B having a diagonal and the one above it (LAPACK's gebrd), for at least as many rows as columns.
 * @param {Matrix} matrix is changed
 * @returns {{ diagonal: Float64Array, above: Float64Array, left: Reflection[], right: Reflection[] }} B, and the
 *   factors of Q and of P
 */
export function bidiagonal({ values, rows, columns }) {
  const [diagonal, above] = [new Float64Array(columns), new Float64Array(columns)]; // the last above is 0
  const [left, right] = [/** @type {Reflection[]} */ ([]), /** @type {Reflection[]} */ ([])];
  for (let i = 0; i < columns; i++) {
    const down = reflectionOf(column(values, columns, i, i, rows), i);
    diagonal[i] = down.beta;
    reflectColumns(values, columns, down.reflection, i + 1);
    left.push(down.reflection);
    if (i + 1 >= columns) break;
    const across = reflectionOf(values.slice(i * columns + i + 1, (i + 1) * columns), i + 1);
    above[i] = across.beta;
    for (let row = i + 1; row < rows; row++) {
      reflect(values.subarray(row * columns, (row + 1) * columns), across.reflection);
    }
    right.push(across.reflection);
  }
  return { diagonal, above, left, right };
}

/**
 * @param {Float64Array} values
 * @param {number} columns
 * @param {number} place of the column
 * @param {number} from
 * @param {number} to
 */
function column(values, columns, place, from, to) {
  return Float64Array.from({ length: to - from }, (_, i) => values[(from + i) * columns + place]);
}

/**
 * Apply a reflection to all columns from one on, row by row.
 * @param {Float64Array} values is changed
 * @param {number} columns
 * @param {Reflection} reflection
 * @param {number} first
 */
function reflectColumns(values, columns, { start, tau, vector }, first) {
  if (tau === 0 || first >= columns) return;
  const products = new Float64Array(columns - first);
  for (let i = 0; i < vector.length; i++) {
    const row = (start + i) * columns + first;
    for (let j = 0; j < products.length; j++) products[j] += vector[i] * values[row + j];
  }
  for (let i = 0; i < vector.length; i++) {
    const [row, weight] = [(start + i) * columns + first, tau * vector[i]];
    for (let j = 0; j < products.length; j++) values[row + j] -= weight * products[j];
  }
}
