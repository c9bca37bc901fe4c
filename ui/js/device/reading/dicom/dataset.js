// A DICOM file's elements by dicom-parser, and the numbers and words in them, each read through one door: what cannot
// be read counts as missing (data_cache/images/dicom_header.py). No sentence here quotes a value.
import { viewOf } from "../codestreams.js";
import { dicomParser } from "../libraries.js";
import { TAGS } from "./tags.js";

/**
 * @import { DicomDataSet, DicomElement, DicomParser } from "../types.d.ts"
 * @import { Keyword } from "./tags.js"
 */

/**
 * A data set, or an item of a sequence in one; whether values are stored with a sign, and in how many bits.
 * @typedef {{ set: DicomDataSet, little: boolean, signed: boolean, bits: number }} Dataset
 */

const IMPLICIT = "1.2.840.10008.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const BIG = "1.2.840.10008.1.2.2";
export const PLAIN = [IMPLICIT, EXPLICIT, BIG];
const PIXELS = "x7fe00010";
const UNDEFINED = 0xffffffff;
const LONGEST = 4096; // bytes of a number's or a word's element
export const LONGEST_TABLE = 2 ** 20; // of a sequence with lookup tables
const CHARACTERS = /** @type {Record<string, string>} */ ({
  ISO_IR192: "utf-8",
  GB18030: "gb18030",
  GBK: "gbk",
  ISO_IR13: "shift_jis",
  ISO_IR101: "iso-8859-2",
  ISO_IR144: "iso-8859-5",
  ISO_IR148: "iso-8859-9",
});

/**
 * Parses a file up to its pixels; where it breaks off, what stands before counts.
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {Promise<{ dataset: Dataset, syntax: string }>} with its transfer syntax
 */
export async function parse(bytes, name) {
  const library = await dicomParser(name);
  const meta = start10(library, bytes);
  const start = meta.position ?? bytes.length;
  const found = guessed(bytes, start);
  const syntax = textOf(meta, "x00020010").replace(/[\0 ]+$/, "") || found;
  const little = syntax !== BIG;
  const parser = little ? library.littleEndianByteArrayParser : library.bigEndianByteArrayParser;
  const set = new library.DataSet(parser, bytes, { ...meta.elements });
  // what is there counts, whatever the syntax says
  const read = found === IMPLICIT ? library.parseDicomDataSetImplicit : library.parseDicomDataSetExplicit;
  if (start < bytes.length) {
    /** @type {string[]} */
    const unexpected = [];
    const stream = new library.ByteStream(parser, bytes, start);
    try {
      read(set, stream, bytes.length, { untilTag: PIXELS });
      const pixels = set.elements[PIXELS];
      if (pixels?.length === UNDEFINED) library.findEndOfEncapsulatedElement(stream, pixels, unexpected);
    } catch {
      // it is cut short, and what stands before that counts
    }
    if (unexpected.length) throw new Error("no fragments among the pixels");
  }
  const dataset = { set, little, signed: false, bits: 0 }; // which are known where the whole has been checked
  return { dataset: { ...dataset, signed: whole(dataset, "PixelRepresentation", 0) === 1 }, syntax };
}

/**
 * The elements of the file's own header; none where it is cut short.
 * @param {DicomParser} library
 * @param {Uint8Array} bytes
 * @returns {DicomDataSet}
 */
function start10(library, bytes) {
  try {
    return library.readPart10Header(bytes);
  } catch {
    return new library.DataSet(library.littleEndianByteArrayParser, bytes, {});
  }
}

/**
 * How a data set is written, by its first element.
 * @param {Uint8Array} bytes
 * @param {number} start
 * @returns {string}
 */
function guessed(bytes, start) {
  const isExplicit = /^[A-Z]{2}$/.test(String.fromCharCode(...bytes.subarray(start + 4, start + 6)));
  return !isExplicit ? IMPLICIT : bytes[start] === 0 && bytes[start + 1] ? BIG : EXPLICIT;
}

/**
 * @param {DicomDataSet} set
 * @param {string} tag
 * @returns {string}
 */
function textOf(set, tag) {
  const element = set.elements[tag];
  if (!element) return "";
  return String.fromCharCode(...set.byteArray.subarray(element.dataOffset, element.dataOffset + element.length));
}

/**
 * @param {Dataset} dataset
 * @param {Keyword} keyword
 * @returns {{ vr: string, bytes: Uint8Array, element: DicomElement } | null}
 */
export function raw({ set }, keyword) {
  const [tag, usual] = TAGS[keyword];
  const element = set.elements[tag];
  if (!element) return null;
  const vr = element.vr && element.vr !== "UN" ? element.vr : usual;
  return { vr, bytes: set.byteArray.subarray(element.dataOffset, element.dataOffset + element.length), element };
}

/** Bytes of a number, and how it is read. */
export const BINARY =
  /** @type {Record<string, [number, (view: DataView, at: number, little: boolean) => number]>} */ ({
    US: [2, (view, at, little) => view.getUint16(at, little)],
    SS: [2, (view, at, little) => view.getInt16(at, little)],
    UL: [4, (view, at, little) => view.getUint32(at, little)],
    SL: [4, (view, at, little) => view.getInt32(at, little)],
    FL: [4, (view, at, little) => view.getFloat32(at, little)],
    FD: [8, (view, at, little) => view.getFloat64(at, little)],
  });
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * An element's values as finite numbers, NaN for each that is none; nothing where it is missing.
 * @param {Dataset} dataset
 * @param {Keyword} keyword
 * @returns {number[]}
 */
export function numbers(dataset, keyword) {
  const found = raw(dataset, keyword);
  if (!found) return [];
  const { bytes, vr } = found;
  if (bytes.length > LONGEST) return [NaN];
  const binary = BINARY[vr === "XS" ? (dataset.signed ? "SS" : "US") : vr];
  if (!binary) return ofText(bytes);
  const [size, read] = binary;
  if (bytes.length % size) return [NaN];
  const view = viewOf(bytes);
  return Array.from({ length: bytes.length / size }, (_, i) => finite(read(view, i * size, dataset.little)));
}

/** @param {number} value */
const finite = (value) => (Number.isFinite(value) ? value : NaN);

/**
 * Numbers written as text.
 * @param {Uint8Array} bytes
 * @returns {number[]}
 */
function ofText(bytes) {
  const text = String.fromCharCode(...bytes).replace(/[\0 ]+$/, "");
  if (!text) return [];
  return text.split("\\").map((part) => (NUMBER.test(part.trim()) ? finite(Number(part)) : NaN));
}

/**
 * An element's first value; NaN where it is no finite number, null where there is none.
 * @param {Dataset} dataset
 * @param {Keyword} keyword
 * @returns {number | null}
 */
export const number = (dataset, keyword) => numbers(dataset, keyword)[0] ?? null;

/**
 * An element's first value as a whole number, `usual` where it is none.
 * @param {Dataset} dataset
 * @param {Keyword} keyword
 * @param {number} usual
 * @returns {number}
 */
export function whole(dataset, keyword, usual) {
  const found = number(dataset, keyword);
  return found === null || Number.isNaN(found) ? usual : Math.trunc(found);
}

/**
 * An element's texts; nothing where it is missing.
 * @param {Dataset} dataset
 * @param {Keyword} keyword
 * @returns {string[]}
 */
function parts(dataset, keyword) {
  const found = raw(dataset, keyword);
  if (!found || found.bytes.length > LONGEST || found.vr in BINARY) return [];
  const label = CHARACTERS[keyword === "SpecificCharacterSet" ? "" : word(dataset, "SpecificCharacterSet")];
  const text = new TextDecoder(label ?? "latin1").decode(found.bytes);
  return text.split("\\").map((part) => part.replace(/[\0 ]+$/, ""));
}

/**
 * An element's text in capitals, without blanks.
 * @param {Dataset} dataset
 * @param {Keyword} keyword
 * @returns {string}
 */
export function word(dataset, keyword) {
  const found = parts(dataset, keyword);
  return found.length === 1
    ? found[0]
        .replace(/\s+/g, "")
        .replace(/^\0+|\0+$/g, "")
        .toUpperCase()
    : "";
}

/**
 * An element's texts for people, in one line each and cut.
 * @param {Dataset} dataset
 * @param {Keyword} keyword
 * @param {number} [longest]
 * @returns {string[]}
 */
export const texts = (dataset, keyword, longest = 64) =>
  parts(dataset, keyword).map((text) => {
    const line = text.replace(/[\p{C}\p{Z}]+/gu, " ").trim();
    return [...line].slice(0, longest).join("");
  });

/**
 * A sequence's first items.
 * @param {Dataset} dataset
 * @param {Keyword} keyword
 * @returns {Dataset[]}
 */
export function items(dataset, keyword) {
  const found = raw(dataset, keyword);
  if (!found || found.bytes.length > LONGEST_TABLE) return [];
  const sets = (found.element.items ?? []).flatMap(({ dataSet }) => dataSet ?? []);
  return sets.slice(0, 16).map((set) => ({ ...dataset, set }));
}

/**
 * Whether bits beside those of the image hold an overlay, as files of old do.
 * @param {Dataset} dataset
 * @returns {boolean}
 */
export function hasOverlayInPixels({ set: { elements } }) {
  return Object.keys(elements).some(
    (tag) => /^x60[01][02468ace]0100$/.test(tag) && !elements[`${tag.slice(0, 5)}3000`],
  );
}
