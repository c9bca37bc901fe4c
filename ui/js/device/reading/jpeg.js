// JPEG of 8 bits through the browser's decoder, without what would have it turn the picture or change its colours.
import { decoded } from "./browser_pictures.js";
import { frameHeader, hasEnd, segments, viewOf } from "./codestreams.js";
import { checkSize } from "./checks.js";
import { orientationOf } from "./exif.js";
import { damaged, onlyServer } from "./refusal.js";

/**
 * @import { FrameHeader } from "./codestreams.js"
 * @import { Opened } from "./pictures.js"
 */

const [LOSSLESS, LS] = [0xc3, 0xf7];
const OF_BROWSERS = [0xc0, 0xc1, 0xc2]; // baseline, extended and progressive, with Huffman's codes
const [APP0, APP1, APP2, ADOBE, APP15, COMMENT, SCAN] = [0xe0, 0xe1, 0xe2, 0xee, 0xef, 0xfe, 0xda];
const PICTURES = 0xb001; // how many there are: a tag of the Multi-Picture Format

/**
 * Opens a JPEG; null where it is damaged before its pixels.
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {Opened | null}
 */
export function openJpeg(bytes, name) {
  const header = frameHeader(bytes);
  if (isCut(bytes)) throw damaged(name, "image");
  if (!header) return null;
  refuseDeep(header, bytes, name);
  let [exif, xmp, multiple] = /** @type {(Uint8Array | null)[]} */ ([null, null, null]);
  let isGainMap = false;
  for (const { marker, start, end } of segments(bytes)) {
    const content = bytes.subarray(start, end);
    if (marker === APP1 && starts(content, "Exif\0\0")) exif ??= content;
    if (marker === APP1 && starts(content, "http://ns.adobe.com/xap/1.0/\0")) xmp ??= content;
    if (marker === APP1) isGainMap ||= new TextDecoder("latin1").decode(content).includes(' hdrgm:Version="');
    if (marker === APP2 && starts(content, "MPF\0")) multiple ??= content.subarray(4);
  }
  const frames = multiple && !isGainMap ? picturesOf(multiple) : 1;
  const { columns: width, rows: height } = header;
  const grey = () => {
    if (!hasLastScan(bytes)) throw new Error("it is cut short");
    return decoded(new Blob([plain(bytes)], { type: "image/jpeg" }), width, height, name);
  };
  return { width, height, frames, orientation: orientationOf(exif, xmp), grey };
}

/**
 * Whether a part of the header is cut short.
 * @param {Uint8Array} bytes
 * @returns {boolean}
 */
const isCut = (bytes) => [...segments(bytes)].some(({ end }) => end > bytes.length);

/**
 * The bytes without profiles, EXIF and comments.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function plain(bytes) {
  const kept = [bytes.subarray(0, 2)];
  for (const { marker, start, end } of segments(bytes)) {
    const isOfApplications = marker > APP0 && marker <= APP15 && marker !== ADOBE;
    if (marker === SCAN) kept.push(bytes.subarray(start - 4));
    else if (!isOfApplications && marker !== COMMENT) kept.push(bytes.subarray(start - 4, end));
  }
  const whole = new Uint8Array(kept.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of kept) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Refuses what no browser decodes; the server does some of it, as data_cache/images/deep_jpeg.py says.
 * @param {FrameHeader} header
 * @param {Uint8Array} bytes
 * @param {string} name
 */
function refuseDeep({ marker, bits, rows, columns }, bytes, name) {
  const isDeep = bits !== 8 || marker === LOSSLESS || marker === LS;
  if (!isDeep && OF_BROWSERS.includes(marker)) return;
  if (isDeep && !hasEnd(bytes)) throw damaged(name, "JPEG");
  checkSize(columns, rows, name);
  throw onlyServer(name, jpegKind(marker, bits));
}

/**
 * What a JPEG is, in words.
 * @param {number} marker
 * @param {number} bits
 * @returns {string}
 */
const jpegKind = (marker, bits) =>
  `${marker === LOSSLESS ? "a lossless JPEG" : marker === LS ? "a JPEG-LS" : "a JPEG"} of ${bits} bits`;

/**
 * @param {Uint8Array} content
 * @param {string} text
 */
const starts = (content, text) => new TextDecoder("latin1").decode(content.subarray(0, text.length)) === text;

/**
 * Whether the end stands somewhere behind the first scan: pixels hold no such marker, a preview before it may.
 * @param {Uint8Array} bytes
 * @returns {boolean}
 */
function hasLastScan(bytes) {
  const scan = [...segments(bytes)].find(({ marker }) => marker === SCAN);
  if (!scan) return false;
  for (let at = bytes.indexOf(0xff, scan.end); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] === 0xd9) return true;
  }
  return false;
}

/**
 * How many pictures a file of several says that it holds; 1 where that cannot be read.
 * @param {Uint8Array} content a TIFF file
 * @returns {number}
 */
function picturesOf(content) {
  const view = viewOf(content);
  const little = content[0] === 0x49;
  try {
    const start = view.getUint32(4, little);
    for (let i = 0, entry = start + 2; i < view.getUint16(start, little); i++, entry += 12) {
      if (view.getUint16(entry, little) === PICTURES) return Math.max(1, view.getUint32(entry + 8, little));
    }
  } catch {
    return 1; // it ends before it says so
  }
  return 1;
}
