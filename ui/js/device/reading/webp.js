// WebP through the browser's decoder, without what would have it turn the picture or change its colours.
import { decoded } from "./browser_pictures.js";
import { viewOf } from "./codestreams.js";
import { orientationOf } from "./exif.js";
import { damaged } from "./refusal.js";

/** @import { Opened } from "./pictures.js" */

const KEPT = ["VP8X", "VP8 ", "VP8L", "ALPH"];
const ALPHA = 0x10; // the only one of VP8X's flags that says something about what is kept

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {string} four letters
 */
const letters = (bytes, at) => String.fromCharCode(...bytes.subarray(at, at + 4));

/** @param {Uint8Array} bytes */
export const isWebp = (bytes) =>
  letters(bytes, 0) === "RIFF" && letters(bytes, 8) === "WEBP" && ["VP8X", "VP8 ", "VP8L"].includes(letters(bytes, 12));

/**
 * Opens a WebP.
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {Opened}
 */
export function openWebp(bytes, name) {
  const view = viewOf(bytes);
  if (bytes.length < 20 || view.getUint32(4, true) + 8 > bytes.length) throw damaged(name, "image");
  /** @type {Record<string, Uint8Array>} */
  const found = {};
  const kept = [];
  let frames = 0;
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    const kind = letters(bytes, at);
    const next = at + 8 + length + (length & 1);
    frames += Number(kind === "ANMF");
    found[kind] ??= bytes.subarray(at + 8, at + 8 + length);
    if (KEPT.includes(kind)) kept.push(bytes.slice(at, next));
    at = next;
  }
  const size = sizeOf(found);
  if (!size) throw damaged(name, "image");
  if (found.VP8X) kept[0][8] &= ALPHA;
  const plain = new Blob([start(kept), ...kept], { type: "image/webp" });
  const orientation = orientationOf(found.EXIF ?? null, found["XMP "] ?? null);
  return { ...size, frames: frames || 1, orientation, grey: () => decoded(plain, size.width, size.height, name) };
}

/**
 * The beginning of a file of some chunks.
 * @param {Uint8Array[]} chunks
 * @returns {Uint8Array<ArrayBuffer>}
 */
function start(chunks) {
  const head = new TextEncoder().encode("RIFF....WEBP");
  viewOf(head).setUint32(
    4,
    chunks.reduce((sum, { length }) => sum + length, 4),
    true,
  );
  return head;
}

/**
 * Width and height, of the canvas where there is one (WebP's container specification); null where nothing says it.
 * @param {Record<string, Uint8Array>} found
 * @returns {{ width: number, height: number } | null}
 */
function sizeOf({ VP8X: extended, "VP8 ": lossy, VP8L: lossless }) {
  if (extended?.length >= 10) {
    const [, , , , w0, w1, w2, h0, h1, h2] = extended;
    return { width: 1 + w0 + (w1 << 8) + (w2 << 16), height: 1 + h0 + (h1 << 8) + (h2 << 16) };
  }
  if (lossy?.length >= 10) {
    const view = viewOf(lossy);
    return { width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff };
  }
  if (!(lossless?.length >= 5)) return null;
  const sides = viewOf(lossless).getUint32(1, true);
  return { width: 1 + (sides & 0x3fff), height: 1 + ((sides >> 14) & 0x3fff) };
}
