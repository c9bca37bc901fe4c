// Maps that models give by themselves: explainers/attention/given.py and explainers/masks/segmentation.py.

/** @import { Made, Outputs, Tensor } from "./types.d.ts" */

const STEPS = 256; // to which probabilities are rounded
const { fround } = Math;

/**
 * What a model weighs places with before it classifies; one map stands for all findings.
 * @param {Outputs} outputs
 * @returns {Made}
 * @throws Error with one sentence, where it is no attention.
 */
export function attentionMap({ attention, logits, id }) {
  const { data, shape } = /** @type {Tensor} */ (attention);
  const [given, height, width] = shape.slice(-3);
  const [cells, count] = [height * width, logits.length];
  const maps = new Float32Array(count * cells);
  for (let i = 0; i < count; i++) maps.set(data.subarray(given === 1 ? 0 : i * cells).subarray(0, cells), i * cells);
  const spoken = predicted(logits).map((i) => maps.subarray(i * cells, (i + 1) * cells));
  if (![1, count].includes(given) || !spoken.every((one) => one.every((value) => value >= 0 && value < Infinity))) {
    throw new Error(
      `Expected attention maps of ${count} findings from 0 up, found others of ${id}; get its weights again.`,
    );
  }
  const same = spoken.length > 1 && spoken.every((one) => one.every((value, i) => value === spoken[0][i]));
  return { maps, height, width, note: same ? "The model has one map for all findings." : "" };
}

/**
 * The probability that each pixel shows the finding, averaged over cells to at most so many a side.
 * @param {Outputs} outputs
 * @param {number} side
 * @returns {Made}
 * @throws Error with one sentence, where they are no probabilities.
 */
export function segmentationMap({ segments, logits, id }, side) {
  const { data, shape } = /** @type {Tensor} */ (segments);
  const [given, rows, columns] = shape.slice(-3);
  const count = logits.length;
  const spoken = predicted(logits).map((i) => data.subarray(i * rows * columns, (i + 1) * rows * columns));
  if (given !== count || !spoken.every((one) => one.every((value) => value >= 0 && value <= 1))) {
    throw new Error(
      `Expected probabilities of the pixels for ${count} findings, found others of ${id}; get its weights again.`,
    );
  }
  const [height, width] = [Math.min(side, rows), Math.min(side, columns)];
  const maps = new Float32Array(count * height * width);
  for (let i = 0; i < count; i++) {
    const one = coarser(data.subarray(i * rows * columns, (i + 1) * rows * columns), [rows, columns], [height, width]);
    maps.set(one.map(rounded), i * height * width);
  }
  return { maps, height, width };
}

/**
 * Each map less its own smallest value: attention hardly ever leaves a place out, so that 0 tells no places apart.
 * @param {Made} made
 * @returns {Float32Array}
 */
export function fromLeast({ maps, height, width }) {
  const shown = maps.slice();
  for (let start = 0; start < shown.length; start += height * width) {
    const one = shown.subarray(start, start + height * width);
    const least = one.reduce((found, value) => Math.min(found, value), Infinity);
    one.forEach((value, i) => (one[i] = value - least));
  }
  return shown;
}

/**
 * Places of the findings that the model predicts.
 * @param {Float32Array} logits
 * @returns {number[]}
 */
function predicted(logits) {
  return [...logits.keys()].filter((i) => !Number.isNaN(logits[i]));
}

/**
 * Halves go to the even neighbour, as numpy rounds.
 * @param {number} probability
 */
function rounded(probability) {
  const level = fround(probability * STEPS);
  const down = Math.floor(level);
  const up = level - down > 0.5 || (level - down === 0.5 && down % 2 === 1);
  return (up ? down + 1 : down) / STEPS;
}

/**
 * A map averaged over cells that may overlap by a pixel where the sizes do not divide (PyTorch's adaptive pooling).
 * @param {Float32Array} map
 * @param {[number, number]} from height and width
 * @param {[number, number]} to
 * @returns {Float32Array}
 */
function coarser(map, [rows, columns], [height, width]) {
  if (rows === height && columns === width) return map;
  const found = new Float32Array(height * width);
  for (let row = 0; row < height; row++) {
    const [top, bottom] = cell(row, rows, height);
    for (let column = 0; column < width; column++) {
      const [left, right] = cell(column, columns, width);
      let sum = 0;
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum = fround(sum + map[y * columns + x]);
      found[row * width + column] = fround(sum / (bottom - top)) / (right - left);
    }
  }
  return found;
}

/**
 * @param {number} place
 * @param {number} size
 * @param {number} cells
 * @returns {[number, number]}
 */
function cell(place, size, cells) {
  return [Math.floor((place * size) / cells), Math.ceil(((place + 1) * size) / cells)];
}
