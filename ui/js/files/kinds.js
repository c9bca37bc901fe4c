// What a file is, told by its first bytes, whatever its name says.

/** @typedef {{ image: boolean, words: string }} Kind whether it may be a radiograph, and what it is in words */

/** @type {[number, number[] | string, string][]} */
const IMAGES = [
  [128, "DICM", "DICOM"],
  [0, [0x89, 0x50, 0x4e, 0x47], "PNG"],
  [0, [0xff, 0xd8, 0xff], "JPEG"],
  [0, "II*\0", "TIFF"],
  [0, "MM\0*", "TIFF"],
  [0, "BM", "BMP"],
  [8, "WEBP", "WebP"],
];
/** @type {[number, number[] | string, string][]} */
const OTHERS = [
  [0, "%PDF", "PDF"],
  [0, "PK", "ZIP archive"],
  [0, "GIF8", "GIF"],
  [0, [0x1f, 0x8b], "gzip archive"],
  [0, "\x93NUMPY", "NumPy array"],
  [4, "ftyp", "HEIC, AVIF or film"],
];
const DIRECTORY = "1.2.840.10008.1.3.10"; // what the head of a DICOMDIR says that it is (PS3.6): it has no pixels
const JSRT = 2 * 2048 * 2048; // bytes of a radiograph of JSRT's, which has no header
const HEAD = 512;

/**
 * @param {Uint8Array} head
 * @param {[number, number[] | string, string]} signature
 * @returns {boolean}
 */
function matches(head, [at, mark]) {
  const bytes = typeof mark === "string" ? [...mark].map((letter) => letter.charCodeAt(0)) : mark;
  return bytes.every((byte, i) => head[at + i] === byte);
}

/**
 * @param {Uint8Array} head the first bytes of a file
 * @param {string} name
 * @param {number} size
 * @returns {Kind}
 */
export function kindOfBytes(head, name, size) {
  if (!size) return { image: false, words: "empty" };
  const image = IMAGES.find((signature) => matches(head, signature));
  if (image?.[2] === "DICOM" && String.fromCharCode(...head).includes(DIRECTORY)) {
    return { image: false, words: "DICOMDIR" };
  }
  if (image) return { image: true, words: image[2] };
  if (/\.img$/i.test(name) && size === JSRT) return { image: true, words: "JSRT" };
  const other = OTHERS.find((signature) => matches(head, signature));
  if (other) return { image: false, words: other[2] };
  const text = head.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
  return { image: false, words: text ? "text" : "unknown" };
}

/**
 * Why a file that is no image is not read, in a sentence.
 * @param {Kind} kind
 * @returns {string}
 */
export function whyNot({ words }) {
  if (words === "empty") return "Not a radiograph: this file is empty.";
  if (words === "cannot be read") return "Your browser could not read this file.";
  if (words === "unknown") return "Not a radiograph: this file is none of the kinds that can be opened here.";
  return `Not a radiograph: this is a ${words}${/archive|array/.test(words) ? "" : " file"}.`;
}

/**
 * What a file is; one that cannot be read is none.
 * @param {File} file
 * @returns {Promise<Kind>}
 */
export async function kindOf(file) {
  try {
    const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
    return kindOfBytes(head, file.name, file.size);
  } catch {
    return { image: false, words: "cannot be read" };
  }
}
