// JPEG and WebP as the browser decodes them, a band of rows at a time, so that no second copy of all is held.
import { said } from "../sentences.js";
import { TRANSPARENT, eightBits } from "./grey.js";
import { Refusal } from "./refusal.js";

/** @import { Grey } from "./types.d.ts" */

const BAND = 256; // rows
/** @type {boolean | null} */
let honest = null;

/**
 * @param {number} width
 * @param {number} height
 * @returns {OffscreenCanvasRenderingContext2D}
 */
function canvas(width, height) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  return context;
}

/**
 * Whether the browser gives pixels back as they are: some change them, so that nobody can be told by them.
 * @returns {boolean}
 */
function givesPixelsBack() {
  const context = canvas(64, 64);
  const drawn = new ImageData(64, 64);
  for (let i = 0; i < drawn.data.length; i++) drawn.data[i] = i % 4 === 3 ? 255 : (i * 37) % 256;
  context.putImageData(drawn, 0, 0);
  return context.getImageData(0, 0, 64, 64).data.every((value, i) => value === drawn.data[i]);
}

/**
 * The grey of a picture.
 * @param {Blob} file without an orientation or a profile
 * @param {number} width that it states
 * @param {number} height
 * @param {string} name
 * @returns {Promise<Grey>}
 */
export async function decoded(file, width, height, name) {
  const bitmap = await bitmapOf(file, width, height, name);
  try {
    const one = greyOf(bitmap);
    const { data, transparent } = one ?? coloursOf(bitmap);
    const grey = eightBits({ height, width, channels: one ? 1 : 3, data, alpha: null, bits: 8 });
    return transparent ? { ...grey, warnings: [TRANSPARENT, ...grey.warnings] } : grey;
  } finally {
    bitmap.close();
  }
}

/**
 * A picture of one component.
 * @param {Blob} file without an orientation or a profile
 * @param {number} width that it states
 * @param {number} height
 * @param {string} name
 * @returns {Promise<Uint8Array>} row by row
 */
export async function componentOf(file, width, height, name) {
  const bitmap = await bitmapOf(file, width, height, name);
  try {
    const one = greyOf(bitmap);
    if (!one) throw new Error("colours in a grey picture");
    return one.data;
  } finally {
    bitmap.close();
  }
}

/**
 * @param {Blob} file
 * @param {number} width that it states
 * @param {number} height
 * @param {string} name
 * @returns {Promise<ImageBitmap>}
 */
async function bitmapOf(file, width, height, name) {
  const isAble = typeof createImageBitmap === "function" && typeof OffscreenCanvas === "function";
  if (!isAble || !(honest ??= givesPixelsBack())) {
    const found = isAble ? "one that changes them against tracking" : "one that does not";
    throw new Refusal(said("browser", name, found));
  }
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  if (bitmap.width === width && bitmap.height === height) return bitmap;
  bitmap.close();
  throw new Error("another size");
}

/** @typedef {{ data: Uint8Array, transparent: boolean }} Pixels and whether anything in the picture is transparent */

/**
 * A picture as one channel: of radiographs all three are the same.
 * @param {ImageBitmap} bitmap
 * @returns {Pixels | null} null where they are not
 */
function greyOf(bitmap) {
  const data = new Uint8Array(bitmap.width * bitmap.height);
  let [to, seen] = [0, false];
  for (const { band, transparent } of bandsOf(bitmap)) {
    seen ||= transparent;
    let differs = 0;
    for (let from = 0; from < band.length; from += 4, to++) {
      const red = band[from];
      differs |= (red ^ band[from + 1]) | (red ^ band[from + 2]);
      data[to] = red;
    }
    if (differs) return null;
  }
  return { data, transparent: seen };
}

/**
 * @param {ImageBitmap} bitmap
 * @returns {Pixels} red, green, blue, row by row
 */
function coloursOf(bitmap) {
  const data = new Uint8Array(3 * bitmap.width * bitmap.height);
  let [to, seen] = [0, false];
  for (const { band, transparent } of bandsOf(bitmap)) {
    seen ||= transparent;
    for (let from = 0; from < band.length; from += 4, to += 3) {
      data[to] = band[from];
      data[to + 1] = band[from + 1];
      data[to + 2] = band[from + 2];
    }
  }
  return { data, transparent: seen };
}

/**
 * A picture over black, band by band.
 * @param {ImageBitmap} bitmap
 * @returns {Generator<{ band: Uint8ClampedArray, transparent: boolean }>} red, green, blue, 255
 */
function* bandsOf(bitmap) {
  const { width, height } = bitmap;
  const context = canvas(width, Math.min(BAND, height));
  for (let top = 0; top < height; top += BAND) {
    const rows = Math.min(BAND, height - top);
    context.clearRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, -top);
    const band = context.getImageData(0, 0, width, rows).data;
    if (isOpaque(band)) {
      yield { band, transparent: false };
      continue;
    }
    context.globalCompositeOperation = "destination-over";
    context.fillRect(0, 0, width, rows);
    context.globalCompositeOperation = "source-over";
    yield { band: context.getImageData(0, 0, width, rows).data, transparent: true };
  }
}

/**
 * @param {Uint8ClampedArray} rgba
 * @returns {boolean}
 */
function isOpaque(rgba) {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}
