// A PNG's chunks: what its header says, the palette, transparency, which way up it is, and the packed pixels.
import { viewOf } from "./codestreams.js";
import { damaged } from "./refusal.js";

const DEPTHS = /** @type {Record<number, number[]>} */ ({
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
});
const XMP = "XML:com.adobe.xmp\0\0\0"; // and not compressed

/**
 * @typedef {object} Png
 * @property {number} width
 * @property {number} height
 * @property {number} depth bits a sample
 * @property {number} colour 0 grey, 2 colours, 3 a palette, 4 grey and alpha, 6 colours and alpha
 * @property {boolean} interlaced
 * @property {Uint8Array | null} palette
 * @property {Uint8Array | null} transparency
 * @property {Uint8Array | null} exif
 * @property {Uint8Array | null} xmp
 * @property {number} frames
 * @property {Uint8Array[]} packed
 * @property {boolean} whole whether no chunk is cut short
 */

const CRCS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/**
 * The checksum of a chunk (ISO 15948, annex D).
 * @param {Uint8Array} bytes
 * @returns {number}
 */
function crcOf(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRCS[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * The chunks up to the last, or up to what is none.
 * @param {Uint8Array} bytes
 * @returns {Generator<{ kind: string, content: Uint8Array, isCut: boolean, isTrue: () => boolean }>}
 */
function* chunks(bytes) {
  const view = viewOf(bytes);
  for (let at = 8; at + 8 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^\w{4}$/.test(kind)) return;
    const checked = bytes.subarray(at + 4, end);
    const isTrue = () => end + 4 <= bytes.length && crcOf(checked) === view.getUint32(end);
    yield { kind, content: checked.subarray(4), isCut: end > bytes.length, isTrue };
    if (kind === "IEND") return;
    at = end + 4;
  }
}

/**
 * What the chunks say; null where those before the pixels are no PNG's, as Pillow has it.
 * @param {Uint8Array} bytes beginning as a PNG does
 * @param {string} name
 * @returns {Png | null}
 */
export function readChunks(bytes, name) {
  /** @type {Png | null} */
  let png = null;
  let last = "";
  for (const { kind, content, isCut, isTrue } of chunks(bytes)) {
    const before = !png?.packed.length;
    if (kind === "IEND") return png;
    if (kind === "IDAT") {
      if (!png) return null;
      if (before || last === "IDAT") png.packed.push(content); // there is one run of them
    } else {
      if (isCut && before) throw damaged(name, "image");
      if (before && !isTrue()) return null;
      if (isCut && png) png.whole = false;
      else if (!png) png = kind === "IHDR" ? header(content, name) : null;
      else take(png, kind, content, before);
      if (!png) return null;
    }
    last = kind;
  }
  return png?.packed.length ? png : null;
}

/**
 * @param {Uint8Array} content
 * @param {string} name
 * @returns {Png | null}
 */
function header(content, name) {
  if (content.length < 13) throw damaged(name, "image");
  const view = viewOf(content);
  const [depth, colour, , filter, interlaced] = content.subarray(8);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  if (!DEPTHS[colour]?.includes(depth) || filter || !width || !height) return null;
  return {
    width,
    height,
    depth,
    colour,
    interlaced: interlaced > 0,
    palette: null,
    transparency: null,
    exif: null,
    xmp: null,
    frames: 1,
    packed: [],
    whole: true,
  };
}

/**
 * @param {Png} png
 * @param {string} kind
 * @param {Uint8Array} content
 * @param {boolean} before the pixels
 */
function take(png, kind, content, before) {
  if (kind === "PLTE" && before) png.palette = content;
  else if (kind === "tRNS" && png.colour < 4) png.transparency = content;
  else if (kind === "eXIf") png.exif = content;
  else if (kind === "iTXt" && new TextDecoder("latin1").decode(content.subarray(0, XMP.length)) === XMP) {
    png.xmp = content;
  }
  // an animation whose first frame is not the picture itself has one more
  else if (kind === "acTL" && content.length >= 8) png.frames = viewOf(content).getUint32(0) + 1;
  else if (kind === "fcTL" && before && png.frames > 1) png.frames--;
}
