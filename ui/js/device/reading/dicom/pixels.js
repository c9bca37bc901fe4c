// The stored values of a DICOM file's pixels: uncompressed, RLE, JPEG of 8 bits by the browser, JPEG 2000 by OpenJPEG.
import { said } from "../../sentences.js";
import { componentOf } from "../browser_pictures.js";
import { checkParts, frameHeader, hasEnd, isJpeg, statedSize } from "../codestreams.js";
import { plain } from "../jpeg.js";
import { openJpeg } from "../libraries.js";
import { Refusal } from "../refusal.js";
import { PLAIN, raw } from "./dataset.js";
import { unpackRle } from "./rle.js";

/**
 * @import { Dataset } from "./dataset.js"
 * @import { Stored } from "./values.js"
 */

/** What the pixels are, as it was understood. */
/** @typedef {{ rows: number, columns: number, allocated: number, bits: number, signed: boolean }} Shape */

const RLE = "1.2.840.10008.1.2.5";
const BASELINE = "1.2.840.10008.1.2.4.50";
const EXTENDED = "1.2.840.10008.1.2.4.51";
const OF_2000 = ["90", "91", "201", "202", "203"].map((end) => `1.2.840.10008.1.2.4.${end}`);
const READ = [RLE, BASELINE, EXTENDED, ...OF_2000];
/** What the server may decode, by name. */
const OTHERS = /** @type {Record<string, string>} */ ({
  [EXTENDED]: "a JPEG of 12 bits",
  "1.2.840.10008.1.2.4.57": "JPEG Lossless",
  "1.2.840.10008.1.2.4.70": "JPEG Lossless",
  "1.2.840.10008.1.2.4.80": "JPEG-LS",
  "1.2.840.10008.1.2.4.81": "JPEG-LS",
});
const TYPES =
  /** @type {Record<number, [new (buffer: ArrayBuffer) => Stored, new (buffer: ArrayBuffer) => Stored]>} */ ({
    8: [Uint8Array, Int8Array],
    16: [Uint16Array, Int16Array],
    32: [Uint32Array, Int32Array],
  });

/**
 * The codestream of the one frame: all fragments one after the other.
 * @param {Dataset} dataset
 * @returns {Uint8Array}
 */
function frameOf(dataset) {
  const { fragments } = raw(dataset, "PixelData")?.element ?? {};
  const { byteArray } = dataset.set;
  const isWhole = fragments?.every(({ position, length }) => position + length <= byteArray.length);
  if (!fragments?.length || !isWhole) throw new Error("pixels are missing");
  const parts = fragments.map(({ position, length }) => byteArray.subarray(position, position + length));
  if (parts.length === 1) return parts[0];
  const frame = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (frame.set(part, at), at + part.length), 0);
  return frame;
}

/**
 * Refuses a compression that cannot be read here, and a codestream that is damaged or of another size.
 * @param {Dataset} dataset
 * @param {string} syntax
 * @param {Shape} shape
 * @param {string} name
 * @param {Refusal} damaged
 */
export function checkCompression(dataset, syntax, { rows, columns, bits }, name, damaged) {
  if (PLAIN.includes(syntax)) return;
  const isDeep = syntax === EXTENDED && bits > 8;
  if (!READ.includes(syntax) && !(syntax in OTHERS)) {
    throw new Refusal(
      `${name}: expected an uncompressed, JPEG, JPEG 2000, JPEG-LS or RLE image, found something else, ` +
        "for which no decoder is installed; export it uncompressed.",
    );
  }
  if (!READ.includes(syntax) || isDeep) {
    throw new Refusal(said("compression", name, OTHERS[syntax]));
  }
  const frame = frameOf(dataset);
  checkParts(frame, name);
  if (syntax === EXTENDED && !hasEnd(frame)) throw damaged;
  const stated = statedSize(frame);
  if (stated && (stated.rows !== rows || stated.columns !== columns)) {
    throw new Refusal(
      `${name}: expected a compressed image of ${columns}×${rows} pixels, found one of ` +
        `${stated.columns}×${stated.rows}; the file is damaged, export it again.`,
    );
  }
}

/**
 * The stored values, rows × columns.
 * @param {Dataset} dataset
 * @param {string} syntax that has been checked
 * @param {Shape} shape
 * @param {string} name
 * @returns {Promise<Stored>}
 */
export async function decodePixels(dataset, syntax, shape, name) {
  const { rows, columns, allocated, signed } = shape;
  if (PLAIN.includes(syntax)) return native(dataset, shape);
  const frame = frameOf(dataset);
  if (syntax === RLE) return typed(unpackRle(frame, rows * columns, allocated / 8), allocated, signed);
  if (OF_2000.includes(syntax)) return decode2000(frame, shape, name);
  const header = frameHeader(frame);
  if (!isJpeg(frame) || header?.bits !== 8 || header.components !== 1) throw new Error("no grey JPEG of 8 bits");
  const values = await componentOf(new Blob([plain(frame)], { type: "image/jpeg" }), columns, rows, name);
  return signed ? new Int8Array(values.buffer) : values;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes with a buffer of their own, the lowest first
 * @param {number} allocated
 * @param {boolean} signed
 * @returns {Stored}
 */
function typed(bytes, allocated, signed) {
  const kinds = TYPES[allocated];
  if (!kinds) throw new Error("no such size of values");
  return new kinds[Number(signed)](bytes.buffer);
}

/**
 * @param {Dataset} dataset
 * @param {Shape} shape
 * @returns {Stored}
 */
function native(dataset, { rows, columns, allocated, signed }) {
  const found = raw(dataset, "PixelData");
  if (!found || found.element.encapsulatedPixelData) throw new Error("packed pixels");
  const count = rows * columns;
  const length = Math.ceil((count * allocated) / 8);
  if (found.bytes.length < length) throw new Error("pixels are missing");
  if (allocated === 1) return Uint8Array.from({ length: count }, (_, i) => (found.bytes[i >> 3] >> (i & 7)) & 1);
  const isSwapped = !dataset.little && (allocated > 8 || found.vr === "OW");
  const size = Math.max(allocated / 8, 2);
  const bytes = found.bytes.slice(0, isSwapped ? Math.ceil(length / size) * size : length);
  if (isSwapped) for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return typed(bytes.slice(0, length), allocated, signed);
}

/**
 * @param {Uint8Array} frame
 * @param {Shape} shape
 * @param {string} name
 * @returns {Promise<Stored>}
 */
async function decode2000(frame, { rows, columns, signed }, name) {
  const decoder = new (await openJpeg(name)).J2KDecoder();
  try {
    decoder.getEncodedBuffer(frame.length).set(frame);
    decoder.decode();
    const { width, height, bitsPerSample, componentCount, isSigned } = decoder.getFrameInfo();
    if (width !== columns || height !== rows || componentCount !== 1) throw new Error("another image");
    const allocated = bitsPerSample > 8 ? 16 : 8;
    const bytes = decoder.getDecodedBuffer().slice();
    if (bytes.length !== (rows * columns * allocated) / 8) throw new Error("pixels are missing");
    const values = typed(/** @type {Uint8Array<ArrayBuffer>} */ (bytes), allocated, signed);
    if (signed === isSigned) return values;
    // where header and codestream say otherwise: the sign is the highest bit, or the lowest value becomes 0
    const free = allocated - bitsPerSample;
    if (signed) return values.map((value) => value << free).map((value) => value >> free);
    return values.map((value) => value + 2 ** (bitsPerSample - 1));
  } finally {
    decoder.delete();
  }
}
