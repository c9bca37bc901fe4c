// Looking at a compressed image before a decoder is let loose on it: data_cache/images/codestreams.py.
import { thousands } from "./numbers.js";
import { Refusal } from "./refusal.js";

const MOST_SCANS = 100;
const MOST_CHUNKS = 20_000;
const USUAL_CHUNK = 1 << 10;
const TRAILING = 64;
const LEADING = 1024; // a JP2 box may stand before the codestream

/** What a JPEG's frame header states: its process (a marker's second byte), bits a sample, size, channels. */
/** @typedef {{ marker: number, bits: number, rows: number, columns: number, components: number }} FrameHeader */

/** @param {Uint8Array} bytes */
export const isJpeg = (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8;

/** @param {Uint8Array} bytes */
export const isPng = (bytes) => [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, i) => bytes[i] === byte);

/**
 * @param {Uint8Array} bytes
 * @returns {DataView}
 */
export const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** @param {number} marker */
const isFrame = (marker) =>
  (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;

/** @param {number} marker */
const hasNoLength = (marker) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/**
 * The segments of a JPEG up to its first scan: marker, start of the content and its end.
 * @param {Uint8Array} bytes
 * @returns {Generator<{ marker: number, start: number, end: number }>}
 */
export function* segments(bytes) {
  const view = viewOf(bytes);
  for (let at = 2; at + 3 < bytes.length;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    if (bytes[at] !== 0xff || at + 3 >= bytes.length) return;
    const marker = bytes[at + 1];
    if (hasNoLength(marker)) {
      at += 2;
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    yield { marker, start: at + 4, end };
    if (marker === 0xda) return;
    at = end;
  }
}

/**
 * The header of a JPEG or JPEG-LS codestream's frame; null if it is none, or states none.
 * @param {Uint8Array} bytes
 * @returns {FrameHeader | null}
 */
export function frameHeader(bytes) {
  if (!isJpeg(bytes)) return null;
  for (const { marker, start } of segments(bytes)) {
    if (!isFrame(marker)) continue;
    if (start + 6 > bytes.length) return null;
    const view = viewOf(bytes);
    const [rows, columns] = [view.getUint16(start + 1), view.getUint16(start + 3)];
    return { marker, bits: bytes[start], rows, columns, components: bytes[start + 5] };
  }
  return null;
}

/**
 * Where a JPEG 2000 codestream's size marker stands, −1 where there is none.
 * @param {Uint8Array} bytes
 * @returns {number}
 */
function codestreamOf(bytes) {
  for (let i = 0; i + 4 <= Math.min(bytes.length, LEADING); i++) {
    if (bytes[i] === 0xff && bytes[i + 1] === 0x4f && bytes[i + 2] === 0xff && bytes[i + 3] === 0x51) return i;
  }
  return -1;
}

/**
 * The rows and columns that a JPEG, JPEG-LS or JPEG 2000 codestream states; null if it states none.
 * @param {Uint8Array} bytes
 * @returns {{ rows: number, columns: number } | null}
 */
export function statedSize(bytes) {
  if (isJpeg(bytes)) return frameHeader(bytes);
  const start = codestreamOf(bytes);
  if (start < 0 || start + 24 > bytes.length) return null;
  const view = viewOf(bytes);
  const [right, bottom, left, top] = [8, 12, 16, 20].map((at) => view.getUint32(start + at));
  return { rows: bottom - top, columns: right - left };
}

/**
 * Whether a JPEG codestream has its end among its last bytes.
 * @param {Uint8Array} bytes
 * @returns {boolean}
 */
export const hasEnd = (bytes) => count(bytes.subarray(-TRAILING), 0xd9) > 0;

/**
 * How often a marker stands in some bytes.
 * @param {Uint8Array} bytes
 * @param {number} marker its second byte
 * @returns {number}
 */
function count(bytes, marker) {
  let found = 0;
  for (let i = bytes.indexOf(0xff); i >= 0; i = bytes.indexOf(0xff, i + 1)) found += Number(bytes[i + 1] === marker);
  return found;
}

/**
 * Refuses a JPEG of endlessly many scans and a PNG of endlessly many chunks, which a small file may have.
 * @param {Uint8Array} bytes
 * @param {string} name
 */
export function checkParts(bytes, name) {
  const scans = isJpeg(bytes) ? count(bytes, 0xda) : 0;
  if (scans > MOST_SCANS) {
    throw new Refusal(`${name}: expected a JPEG of at most ${MOST_SCANS} scans, found ${scans}; export it again.`);
  }
  const most = Math.max(MOST_CHUNKS, Math.floor(bytes.length / USUAL_CHUNK));
  if (isPng(bytes) && hasMoreChunks(bytes, most)) {
    throw new Refusal(`${name}: expected a PNG of at most ${thousands(most)} parts, found more; export it again.`);
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} most
 * @returns {boolean}
 */
function hasMoreChunks(bytes, most) {
  const view = viewOf(bytes);
  let at = 8;
  for (let i = 0; i < most; i++) {
    if (at + 12 > bytes.length) return false;
    at += 12 + view.getUint32(at);
  }
  return at + 12 <= bytes.length;
}
