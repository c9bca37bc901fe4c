// Filters of small pictures, as OpenCV has them: borders are mirrored without the outermost pixel (BORDER_REFLECT_101).
import { plane } from "./resizing.js";

/** @import { Plane } from "./types.d.ts" */

/**
 * OpenCV's GaussianBlur of float32 with a size that follows from its deviation.
 * @param {Plane} given
 * @param {number} deviation in pixels
 * @returns {Plane}
 */
export function blurred(given, deviation) {
  const radius = (Math.round(deviation * 8 + 1) | 1) >> 1;
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * deviation * deviation)),
  );
  const whole = kernel.reduce((sum, one) => sum + one, 0);
  return separable(
    given,
    kernel.map((one) => one / whole),
    kernel.map((one) => one / whole),
  );
}

/**
 * Sobel's derivatives with kernels of 3.
 * @param {Plane} given
 * @returns {{ across: Plane, down: Plane }}
 */
export function slopes(given) {
  const [smooth, change] = [Float64Array.of(1, 2, 1), Float64Array.of(-1, 0, 1)];
  return { across: separable(given, smooth, change), down: separable(given, change, smooth) };
}

/**
 * The four neighbours less four times the pixel.
 * @param {Plane} given
 * @returns {Plane}
 */
export function laplacian(given) {
  const around = Float64Array.of(1, -2, 1);
  const [one, other] = [separable(given, around, Float64Array.of(1)), separable(given, Float64Array.of(1), around)];
  return { ...one, values: one.values.map((value, i) => value + other.values[i]) };
}

/**
 * Turn a square counter-clockwise about its centre, bilinearly; what comes in from outside repeats the border.
 * @param {Plane} given
 * @param {number} degrees
 * @returns {Plane}
 */
export function turned({ values, height, width }, degrees) {
  const [middle, last] = [(width - 1) / 2, width - 1];
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const found = new Float32Array(height * width);
  /** @param {number} at */
  const within = (at) => Math.min(Math.max(at, 0), last);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [right, below] = [
        c * (x - middle) - s * (y - middle) + middle,
        s * (x - middle) + c * (y - middle) + middle,
      ];
      const [left, top] = [Math.floor(right), Math.floor(below)];
      const [u, v] = [right - left, below - top];
      const [upper, lower] = [within(top) * width, within(top + 1) * width];
      const [near, far] = [within(left), within(left + 1)];
      found[y * width + x] =
        (values[upper + near] * (1 - u) + values[upper + far] * u) * (1 - v) +
        (values[lower + near] * (1 - u) + values[lower + far] * u) * v;
    }
  }
  return plane(found, height, width);
}

/**
 * Correlate with one kernel down and another across.
 * @param {Plane} given its rows follow one another
 * @param {Float64Array} down
 * @param {Float64Array} across
 * @returns {Plane}
 */
function separable({ values, height, width }, down, across) {
  const wide = new Float64Array(values.length);
  const found = new Float32Array(values.length);
  const columns = mirrored(width, across.length >> 1);
  const rows = mirrored(height, down.length >> 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = 0; i < across.length; i++) sum += across[i] * values[y * width + columns[x + i]];
      wide[y * width + x] = sum;
    }
  }
  const line = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    line.fill(0);
    for (let i = 0; i < down.length; i++) {
      const [from, weight] = [rows[y + i] * width, down[i]];
      for (let x = 0; x < width; x++) line[x] += weight * wide[from + x];
    }
    found.set(line, y * width);
  }
  return plane(found, height, width);
}

/**
 * Places of a line and of its mirror images on both sides.
 * @param {number} length
 * @param {number} radius smaller than the length
 * @returns {Int32Array} from −radius on
 */
function mirrored(length, radius) {
  return Int32Array.from({ length: length + 2 * radius }, (_, i) => {
    const place = Math.abs(i - radius);
    return place < length ? place : 2 * (length - 1) - place;
  });
}
