// Turning pictures of all kinds into grey between 0 and 1: data_cache/images/grey.py. 8 bits and colour as Pillow's
// `convert("L")` (ITU-R 601), transparent parts over black, 16 bits over the range in use.
import { rounded } from "./numbers.js";
import { storedBytes, storedUpTo } from "./stored.js";
import { extremes, usedRange, whiteOfBits } from "./white.js";

/** @import { Grey } from "./types.d.ts" */

/**
 * A picture of 8 bits.
 * @typedef {object} Bytes
 * @property {number} height
 * @property {number} width
 * @property {1 | 3} channels
 * @property {Uint8Array | Uint8ClampedArray} data row by row, channels together
 * @property {Uint8Array | null} alpha 0 where nothing is to be seen
 * @property {number} bits that it is said to have
 */

/**
 * A picture of 16 bits.
 * @typedef {object} Words
 * @property {number} height
 * @property {number} width
 * @property {1 | 3} channels
 * @property {Uint16Array} data row by row, channels together
 * @property {Uint8Array | Uint16Array | null} alpha
 */

const COLOUR_DIFFERENCE = 24;
const COLOUR_SHARE = 0.01;
const REDUCED = 64; // pixels of a side from which on
const LUMA = [19595, 38470, 7471]; // of 65,536
const SHADES = Float32Array.from({ length: 256 }, (_, grey) => grey / 255);
export const COLOUR = "it is in colour; its brightness was used.";
export const TRANSPARENT = "transparent parts were taken as black.";

/**
 * @param {Bytes} picture its data is overwritten where it is transparent
 * @returns {Grey}
 */
export function eightBits({ height, width, channels, data, alpha, bits }) {
  const warnings = [];
  if (alpha) {
    if (!alpha.every((cover) => cover === 255)) warnings.push(TRANSPARENT);
    fade(data, alpha, channels);
  }
  const coloured = channels === 3 && isColourful(data, height, width);
  if (coloured) warnings.push(COLOUR);
  const codes = channels === 1 ? new Uint8Array(data) : lumaOf(data);
  const pixels = new Float32Array(codes.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = SHADES[codes[i]];
  return { pixels, bits: alpha ? 8 : bits, coloured, warnings, film: storedBytes(codes) };
}

/**
 * @param {Uint8Array | Uint8ClampedArray} rgb
 * @returns {Uint8Array}
 */
function lumaOf(rgb) {
  const grey = new Uint8Array(rgb.length / 3);
  const [r, g, b] = LUMA;
  for (let i = 0, at = 0; i < grey.length; i++, at += 3) {
    grey[i] = (rgb[at] * r + rgb[at + 1] * g + rgb[at + 2] * b + 0x8000) >> 16;
  }
  return grey;
}

/**
 * Lays a picture over black, in Pillow's whole numbers.
 * @param {Uint8Array | Uint8ClampedArray} data
 * @param {Uint8Array} alpha
 * @param {number} channels
 */
function fade(data, alpha, channels) {
  for (let i = 0; i < data.length; i++) {
    const cover = alpha[Math.floor(i / channels)];
    const sum = data[i] * cover * 128 + 0x4000;
    data[i] = cover ? ((sum >> 8) + sum) >> 15 : 0;
  }
}

/**
 * Whether more than one pixel in a hundred is far from grey; of a large picture, of the means of 4×4.
 * @param {Uint8Array | Uint8ClampedArray} rgb
 * @param {number} height
 * @param {number} width
 * @returns {boolean}
 */
function isColourful(rgb, height, width) {
  const size = Math.min(height, width) >= REDUCED ? 4 : 1;
  const [high, wide] = [Math.ceil(height / size), Math.ceil(width / size)];
  let far = 0;
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const rows = Math.min(size, height - y * size);
      const columns = Math.min(size, width - x * size);
      const means = mean(rgb, width, y * size, x * size, rows, columns);
      far += Number(Math.max(...means) - Math.min(...means) > COLOUR_DIFFERENCE);
    }
  }
  return far / (high * wide) > COLOUR_SHARE;
}

/**
 * Mean colour of a block as Pillow's `reduce` rounds it.
 * @param {Uint8Array | Uint8ClampedArray} rgb
 * @param {number} width of the picture
 * @param {number} top
 * @param {number} left
 * @param {number} rows
 * @param {number} columns
 * @returns {[number, number, number]}
 */
function mean(rgb, width, top, left, rows, columns) {
  let [r, g, b] = [0, 0, 0];
  for (let y = top; y < top + rows; y++) {
    for (let at = 3 * (y * width + left), end = at + 3 * columns; at < end; at += 3) {
      r += rgb[at];
      g += rgb[at + 1];
      b += rgb[at + 2];
    }
  }
  const count = rows * columns;
  const factor = Math.floor(2 ** 24 / count);
  const half = count >> 1;
  return [((r + half) * factor) >>> 24, ((g + half) * factor) >>> 24, ((b + half) * factor) >>> 24];
}

/**
 * Scaled by the least usual number of bits that holds the picture: 12-bit detectors write 16-bit files.
 * @param {Words} picture
 * @returns {Grey}
 */
export function sixteenBits(picture) {
  const { values: bright, coloured } = brightness(picture);
  const warnings = coloured ? [COLOUR] : [];
  const { alpha } = picture;
  const most = alpha instanceof Uint8Array ? 255 : 65535;
  const isOpaque = !alpha || alpha.every((cover) => cover === most);
  const values = isOpaque ? bright : new Float32Array(bright.length);
  if (!isOpaque) for (let i = 0; i < values.length; i++) values[i] = bright[i] * Math.fround(alpha[i] / most);
  if (!isOpaque) warnings.push(TRANSPARENT);
  const brightest = usedRange(values)[1];
  const [bits, white] = brightest ? whiteOfBits(rounded(brightest)) : [16, 65535];
  const pixels = new Float32Array(values.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.min(values[i] / white, 1);
  if (bits < 16) {
    const beyond = extremes(values)[1] > white + 1 ? ", and all beyond, a marker perhaps, too" : "";
    warnings.push(`its values use ${bits} of 16 bits, so ${white} was taken as white${beyond}.`);
  }
  return { pixels, bits, coloured, warnings, film: storedUpTo(values, white) };
}

/**
 * Brightness, and whether the picture is in colour.
 * @param {Words} picture
 * @returns {{ values: Uint16Array | Float32Array, coloured: boolean }}
 */
function brightness({ height, width, channels, data }) {
  if (channels === 1) return { values: data, coloured: false };
  const count = height * width;
  if (isGrey(data)) {
    const reds = new Uint16Array(count);
    for (let i = 0; i < count; i++) reds[i] = data[3 * i];
    return { values: reds, coloured: false };
  }
  const values = new Float32Array(count);
  const weights = LUMA.map((weight) => Math.fround(weight / 65536));
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let c = 0; c < 3; c++) sum = Math.fround(sum + Math.fround(data[3 * i + c] * weights[c]));
    values[i] = sum;
  }
  const least = (COLOUR_DIFFERENCE * Math.max(usedRange(values)[1], 1)) / 255;
  let [far, seen] = [0, 0];
  for (let y = 0; y < height; y += 4) {
    for (let x = 0; x < width; x += 4, seen++) {
      const [r, g, b] = data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3);
      far += Number(Math.max(r, g, b) - Math.min(r, g, b) > least);
    }
  }
  return { values, coloured: far / seen > COLOUR_SHARE };
}

/**
 * Whether all three channels are the same everywhere.
 * @param {Uint16Array} data
 * @returns {boolean}
 */
function isGrey(data) {
  for (let i = 0; i < data.length; i += 3) if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  return true;
}
