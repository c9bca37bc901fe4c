// Reading PNG, JPEG and WebP: data_cache/images/pictures.py.
import { checkParts, isJpeg, isPng } from "./codestreams.js";
import { checkSize, tooManyPixels, usualWarnings } from "./checks.js";
import { openJpeg } from "./jpeg.js";
import { rounded } from "./numbers.js";
import { openPng } from "./png.js";
import { Refusal, damaged, guarded } from "./refusal.js";
import { upright } from "./turning.js";
import { isWebp, openWebp } from "./webp.js";

/** @import { Grey, Radiograph } from "./types.d.ts" */

/**
 * A picture of which only the header was read.
 * @typedef {object} Opened
 * @property {number} width as it lies in the file
 * @property {number} height
 * @property {number} frames
 * @property {number} orientation as EXIF has it
 * @property {() => Promise<Grey>} grey
 */

const BOMB = 89_478_485; // pixels from which on Pillow counts them instead of us

/**
 * Reads a picture; null when its content is of no kind that is read here.
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {Promise<Radiograph | null>}
 */
export async function readPicture(bytes, name) {
  checkParts(bytes, name);
  const kind = isPng(bytes) ? "PNG" : isJpeg(bytes) ? "JPEG" : isWebp(bytes) ? "WEBP" : null;
  if (!kind) return null;
  const open = { PNG: openPng, JPEG: openJpeg, WEBP: openWebp }[kind];
  const opened = await guarded(name, damaged(name, "image"), () => open(bytes, name));
  return opened && finish(opened, kind, name);
}

/**
 * @param {Opened} opened
 * @param {string} kind
 * @param {string} name
 * @returns {Promise<Radiograph>}
 */
async function finish({ width, height, frames, orientation, grey: decode }, kind, name) {
  if (width * height > BOMB) throw tooManyPixels(`${rounded((width * height) / 1e6)} million`, name);
  checkSize(width, height, name);
  const said = checkSingle(frames, kind, name);
  const grey = await guarded(name, damaged(name, kind), decode);
  const laid = upright(grey.pixels, height, width, orientation);
  const pixels = laid.values;
  const film = { ...grey.film, codes: upright(grey.film.codes, height, width, orientation).values };
  said.push(...grey.warnings.map((sentence) => `${name}: ${sentence}`));
  return {
    height: laid.height,
    width: laid.width,
    pixels,
    bits: grey.bits,
    format: kind,
    coloured: grey.coloured,
    warnings: [...said, ...usualWarnings(pixels, laid.height, laid.width, name)],
    stated: "",
    film,
  };
}

/**
 * @param {number} frames
 * @param {string} kind
 * @param {string} name
 * @returns {string[]}
 */
function checkSingle(frames, kind, name) {
  if (frames === 1) return [];
  // phones store a small second picture beside a photograph
  if (kind === "JPEG") return [`${name}: it holds ${frames} pictures; the first was read.`];
  throw new Refusal(
    `${name}: expected a single picture, found ${frames} (an animation or a document of several pages); ` +
      "export one radiograph as a file of its own.",
  );
}
