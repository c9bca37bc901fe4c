// Reading an image file by its content, whatever its name says: data_cache/images/reading.py.
import { readDicom } from "./dicom/dicom.js";
import { isJsrt, readJsrt } from "./jsrt.js";
import { readPicture } from "./pictures.js";
import { Refusal, onlyServer } from "./refusal.js";

/** @import { Radiograph } from "./types.d.ts" */

const MOST_BYTES = 2 ** 30;
const FORMATS = "JPEG, PNG, TIFF, BMP, WEBP or DICOM";
/** @type {[signature: string, what: string][]} */
const SIGNATURES = [
  ["%PDF", "a PDF document"],
  ["GIF8", "a GIF"],
  ["\xff\xd8\xff", "a damaged JPEG"],
  ["\x89PNG", "a damaged PNG"],
  ["BM", "a damaged or unusual BMP"],
  ["II*\x00", "a damaged or unusual TIFF"],
  ["MM\x00*", "a damaged or unusual TIFF"],
  ["RIFF", "a damaged WebP, a sound or a film"],
  ["\x00\x00\x00\x0cjP  ", "a JPEG 2000"],
  ["\xff\x4f\xff\x51", "a JPEG 2000"],
  ["PK", "a ZIP archive"],
  ["\x1f\x8b", "a gzip archive"],
  ["\x93NUMPY", "a NumPy array"],
  ["\x08\x00", "perhaps a DICOM file without its header"],
  ["\x02\x00", "perhaps a DICOM file without its header"],
  ["<", "a web page or another marked-up text"],
  ["{", "a JSON text"],
];
/** @type {[signature: string, what: string][]} */
const OF_THE_SERVER = [
  ["BM", "a BMP"],
  ["II*\x00", "a TIFF"],
  ["MM\x00*", "a TIFF"],
];

/**
 * Reads a radiograph: PNG, JPEG, WebP or DICOM, told apart by content, or JSRT's raw .IMG.
 * @param {Uint8Array} bytes
 * @param {string} [name] what to call it in messages
 * @returns {Promise<Radiograph>} upright; rejects with a `Refusal`, one sentence
 */
export async function readRadiograph(bytes, name = "the image") {
  if (bytes.length > MOST_BYTES) {
    const found = Math.floor(bytes.length / 2 ** 20);
    throw new Refusal(
      `${name}: expected an image file of at most ${MOST_BYTES / 2 ** 20} MiB, found ${found} MiB; ` +
        "export a single radiograph.",
    );
  }
  if (isJsrt(name, bytes.length)) return readJsrt(bytes, name);
  if (textOf(bytes.subarray(128, 132)) === "DICM") return readDicom(bytes, name);
  const radiograph = await readPicture(bytes, name);
  if (!radiograph) throw noImage(bytes, name);
  return radiograph;
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} a letter for each byte
 */
const textOf = (bytes) => String.fromCharCode(...bytes);

/**
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {Refusal}
 */
function noImage(bytes, name) {
  if (!bytes.length) {
    return new Refusal(`${name}: expected an image, found an empty file; export or download it again.`);
  }
  const start = textOf(bytes.subarray(0, 64));
  const other = OF_THE_SERVER.find(([signature]) => start.startsWith(signature));
  if (other) return onlyServer(name, other[1]);
  return new Refusal(
    `${name}: expected an image (${FORMATS}), found ${found(start)}; export the radiograph in one of these formats.`,
  );
}

/**
 * What a file seems to be.
 * @param {string} start its first 64 bytes
 * @returns {string}
 */
function found(start) {
  const stripped = start.replace(/^[ \t\n\r\v\f]+/, "");
  const known = SIGNATURES.find(([signature]) => start.startsWith(signature) || stripped.startsWith(signature));
  if (known) return known[1];
  if (start.slice(4, 8) === "ftyp") return "a HEIC or AVIF picture or a film";
  return [...start].every(isOfText) ? "a text" : "something else";
}

/**
 * Whether a letter is one of a text, as Python sees the bytes of one: all beyond ASCII are.
 * @param {string} letter
 * @returns {boolean}
 */
function isOfText(letter) {
  return (letter >= " " && letter !== "\x7f") || /\s/.test(letter) || (letter >= "\x1c" && letter <= "\x1f");
}
