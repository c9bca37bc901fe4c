// Which way up a picture is, as EXIF says, or XMP where EXIF does not; what is damaged leaves the picture as it lies.
import { viewOf } from "./codestreams.js";

const ORIENTATION = 0x0112;
const SIZES = /** @type {Record<number, "getUint8" | "getUint16" | "getUint32">} */ ({
  1: "getUint8",
  3: "getUint16",
  4: "getUint32",
});

/** @param {Uint8Array} bytes */
const latin = (bytes) => new TextDecoder("latin1").decode(bytes);

/**
 * The orientation, 1 to 8; 1 where nothing says it.
 * @param {Uint8Array | null} exif with or without its "Exif" and two zeros
 * @param {Uint8Array | null} xmp
 * @returns {number}
 */
export function orientationOf(exif, xmp) {
  const found = exif && ofExif(exif);
  if (found) return found;
  const match = xmp && /tiff:Orientation(?:="|>)([0-9])/.exec(latin(xmp));
  return match ? Number(match[1]) : 1;
}

/**
 * Looks through the first directory of the TIFF file that EXIF is.
 * @param {Uint8Array} bytes
 * @returns {number} 0 where it is not in there
 */
function ofExif(bytes) {
  const exif = latin(bytes.subarray(0, 6)) === "Exif\0\0" ? bytes.subarray(6) : bytes;
  const order = latin(exif.subarray(0, 2));
  if (order !== "II" && order !== "MM") return 0;
  const little = order === "II";
  try {
    const view = viewOf(exif);
    const start = view.getUint32(4, little);
    const count = view.getUint16(start, little);
    for (let entry = start + 2; entry < start + 2 + 12 * count; entry += 12) {
      if (view.getUint16(entry, little) !== ORIENTATION) continue;
      const read = SIZES[view.getUint16(entry + 2, little)];
      return read && view.getUint32(entry + 4, little) === 1 ? view[read](entry + 8, little) : 0;
    }
  } catch {
    return 0; // it ends before it says so
  }
  return 0;
}
