// Reading single grey DICOM images: data_cache/images/dicom.py. No element leaves this room: neither in what is read
// nor in sentences.
import { checkSize, usualWarnings } from "../checks.js";
import { Refusal, guarded } from "../refusal.js";
import { PLAIN, parse, raw, whole, word } from "./dataset.js";
import { filmOf } from "./film.js";
import { checkCompression, decodePixels } from "./pixels.js";
import { field, levelsOf, toGrey } from "./values.js";
import { noFrontalFilm } from "./views.js";

/**
 * @import { Radiograph } from "../types.d.ts"
 * @import { Dataset } from "./dataset.js"
 * @import { Shape } from "./pixels.js"
 * @import { Keyword } from "./tags.js"
 */

const DEFLATED = "1.2.840.10008.1.2.1.99";
const DIRECTORY = "1.2.840.10008.1.3.10";
const PIECE = 1 << 24;
const UNSAID = "it does not say whether its lowest value is black or white; black was taken.";

/**
 * Reads a file that holds one grey image.
 * @param {Uint8Array} bytes with its preamble and "DICM"
 * @param {string} name
 * @returns {Promise<Radiograph>}
 */
export async function readDicom(bytes, name) {
  const damaged = new Refusal(
    `${name}: expected a whole DICOM image, found one that is cut short or damaged; export it again.`,
  );
  return guarded(name, damaged, async () => {
    if (isDeflated(bytes)) {
      throw new Refusal(
        `${name}: expected a DICOM image, found one that is deflated as a whole; export it without deflation.`,
      );
    }
    const { dataset: parsed, syntax } = await parse(bytes, name);
    checkKind(parsed, name);
    const shape = shapeOf(parsed, syntax, name);
    const dataset = { ...parsed, bits: shape.bits };
    checkCompression(dataset, syntax, shape, name, damaged);
    const { stored, said } = field(await decodePixels(dataset, syntax, shape, name), dataset);
    if (!word(dataset, "PhotometricInterpretation")) said.unshift(UNSAID);
    const levels = levelsOf(stored);
    const grey = toGrey(stored, levels, dataset);
    const { film, said: last } = filmOf(stored, levels, dataset);
    const warnings = [...said, ...grey.said, ...last].map((sentence) => `${name}: ${sentence}`);
    const { rows: height, columns: width } = shape;
    return {
      height,
      width,
      pixels: grey.pixels,
      bits: shape.bits,
      format: "DICOM",
      coloured: false,
      warnings: [...warnings, ...usualWarnings(grey.pixels, height, width, name)],
      stated: noFrontalFilm(dataset),
      film,
    };
  });
}

/**
 * Whether the file says anywhere that it is deflated.
 * @param {Uint8Array} bytes
 * @returns {boolean}
 */
function isDeflated(bytes) {
  const decoder = new TextDecoder("latin1");
  for (let at = 0; at < bytes.length; at += PIECE) {
    if (decoder.decode(bytes.subarray(at, at + PIECE + DEFLATED.length)).includes(DEFLATED)) return true;
  }
  return false;
}

/**
 * Refuses what is no single grey image.
 * @param {Dataset} dataset
 * @param {string} name
 */
function checkKind(dataset, name) {
  if (word(dataset, "MediaStorageSOPClassUID") === DIRECTORY) {
    throw new Refusal(`${name}: expected a DICOM image, found a DICOMDIR (a table of contents); name an image file.`);
  }
  if (!raw(dataset, "PixelData")) {
    throw new Refusal(
      `${name}: expected a DICOM image, found a DICOM file without pixels; export the radiograph itself.`,
    );
  }
  const frames = whole(dataset, "NumberOfFrames", 1) || 1;
  if (frames !== 1) {
    throw new Refusal(
      `${name}: expected a single DICOM image, found ${frames} frames; export one radiograph as a file of its own.`,
    );
  }
  const photometric = word(dataset, "PhotometricInterpretation");
  if (whole(dataset, "SamplesPerPixel", 1) !== 1 || !["MONOCHROME1", "MONOCHROME2", ""].includes(photometric)) {
    throw new Refusal(
      `${name}: expected a grey DICOM image (MONOCHROME1 or MONOCHROME2), found a colour one; ` +
        "export the radiograph without colours.",
    );
  }
  checkSize(required(dataset, "Columns", name), required(dataset, "Rows", name), name);
}

/**
 * A whole number of at least 1; the sentence names the attribute where there is none.
 * @param {Dataset} dataset
 * @param {Keyword} keyword
 * @param {string} name
 * @returns {number}
 */
function required(dataset, keyword, name) {
  const found = whole(dataset, keyword, 0);
  if (found >= 1) return found;
  const words = keyword.replace(/[A-Z]/g, " $&").trim();
  throw new Refusal(
    `${name}: expected a DICOM image that states its ${words}, found none or one that is no such number; ` +
      "the file is cut short or damaged, export it again.",
  );
}

/**
 * What decoders want to be told.
 * @param {Dataset} dataset
 * @param {string} syntax
 * @param {string} name
 * @returns {Shape}
 */
function shapeOf(dataset, syntax, name) {
  const [rows, columns] = [required(dataset, "Rows", name), required(dataset, "Columns", name)];
  const bytesEach = Math.floor((raw(dataset, "PixelData")?.bytes.length ?? 0) / (rows * columns));
  const isPlain = PLAIN.includes(syntax) && (bytesEach === 1 || bytesEach === 2);
  const isSaid = whole(dataset, "BitsAllocated", 0) !== 0;
  const allocated = !isSaid && isPlain ? 8 * bytesEach : required(dataset, "BitsAllocated", name);
  const stored = whole(dataset, "BitsStored", allocated);
  if (!(stored >= 1 && stored <= allocated)) {
    throw new Refusal(
      `${name}: expected a DICOM image whose Bits Stored are between 1 and its Bits Allocated, found others; ` +
        "the file is cut short or damaged, export it again.",
    );
  }
  return { rows, columns, allocated, bits: stored, signed: dataset.signed };
}
