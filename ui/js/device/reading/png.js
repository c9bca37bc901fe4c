// Reading PNG of 1 to 16 bits, grey, colours, palette and alpha, interlaced too, as data_cache/images/channels.py and
// grey.py do with Pillow and OpenCV: by colour and never by palette index, at its full depth. Gamma and colour profiles
// are left alone there and here.
import { viewOf } from "./codestreams.js";
import { orientationOf } from "./exif.js";
import { eightBits, sixteenBits } from "./grey.js";
import { readChunks } from "./png_chunks.js";
import { samplesOf } from "./png_samples.js";

/**
 * @import { Grey } from "./types.d.ts"
 * @import { Png } from "./png_chunks.js"
 */

/** @typedef {Pick<Png, "width" | "height" | "frames"> & { grey: () => Promise<Grey>, orientation: number }} Opened */

const COLOURS = [2, 6];

/**
 * Opens a PNG; null where it is damaged before its pixels.
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {Opened | null}
 */
export function openPng(bytes, name) {
  const png = readChunks(bytes, name);
  if (!png) return null;
  const { width, height, frames } = png;
  return { width, height, frames, orientation: orientationOf(png.exif, png.xmp), grey: () => greyOf(png) };
}

/**
 * @param {Png} png
 * @returns {Promise<Grey>}
 */
async function greyOf(png) {
  if (!png.whole) throw new Error("a part of it is cut short");
  const { height, width, colour, depth } = png;
  const samples = await samplesOf(png);
  if (colour === 3) return ofPalette(png, /** @type {Uint8Array} */ (samples));
  const channels = COLOURS.includes(colour) ? 3 : 1;
  const all = channels + Number(colour >= 4);
  const alpha = colour >= 4 ? every(samples, all, channels) : transparent(png, samples, channels);
  const data = colour >= 4 ? without(samples, all) : samples;
  if (data instanceof Uint16Array) return sixteenBits({ height, width, channels, data, alpha });
  const bits = depth === 1 && !alpha ? 1 : 8;
  return eightBits({ height, width, channels, data, alpha: /** @type {Uint8Array | null} */ (alpha), bits });
}

/**
 * One channel of several.
 * @template {Uint8Array | Uint16Array} T
 * @param {T} samples
 * @param {number} all how many channels there are
 * @param {number} which
 * @returns {T}
 */
function every(samples, all, which) {
  const kind = /** @type {new (count: number) => T} */ (samples.constructor);
  const found = new kind(samples.length / all);
  for (let i = 0; i < found.length; i++) found[i] = samples[all * i + which];
  return found;
}

/**
 * All channels but the last.
 * @template {Uint8Array | Uint16Array} T
 * @param {T} samples
 * @param {number} all
 * @returns {T}
 */
function without(samples, all) {
  const kind = /** @type {new (count: number) => T} */ (samples.constructor);
  const kept = all - 1;
  const found = new kind((samples.length / all) * kept);
  for (let i = 0; i < found.length; i++) found[i] = samples[Math.floor(i / kept) * all + (i % kept)];
  return found;
}

/**
 * Alpha where one colour is said to be transparent; null where none is.
 * @param {Png} png
 * @param {Uint8Array | Uint16Array} samples
 * @param {number} channels
 * @returns {Uint8Array | null}
 */
function transparent({ transparency, depth }, samples, channels) {
  if (!transparency) return null;
  const view = viewOf(transparency);
  const key = Array.from({ length: channels }, (_, c) => view.getUint16(2 * c));
  if (depth === 1) key[0] = key[0] && 255;
  if (depth < 16) key.forEach((value, c) => (key[c] = value & 255));
  const alpha = new Uint8Array(samples.length / channels);
  for (let i = 0; i < alpha.length; i++) {
    alpha[i] = key.every((value, c) => samples[channels * i + c] === value) ? 0 : 255;
  }
  return alpha;
}

/**
 * A picture of a palette: grey where all its colours are.
 * @param {Png} png
 * @param {Uint8Array} indices
 * @returns {Grey}
 */
function ofPalette({ height, width, palette, transparency }, indices) {
  if (!palette) throw new Error("no palette");
  const colours = Math.floor(palette.length / 3);
  const data = new Uint8Array(3 * indices.length);
  const alpha = transparency && new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    for (let c = 0; c < 3; c++) data[3 * i + c] = index < colours ? palette[3 * index + c] : 0;
    if (alpha && transparency) alpha[i] = transparency[index] ?? 255;
  }
  return eightBits({ height, width, channels: 3, data, alpha, bits: 8 });
}
