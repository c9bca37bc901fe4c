// RLE Lossless (PS3.5, annex G): each byte of the values in a segment of its own, the highest first, by PackBits.
import { viewOf } from "../codestreams.js";

/**
 * @param {Uint8Array} frame
 * @param {number} count values
 * @param {number} size bytes of each
 * @returns {Uint8Array<ArrayBuffer>} the values' bytes, the lowest first
 */
export function unpackRle(frame, count, size) {
  const view = viewOf(frame);
  if (view.getUint32(0, true) !== size) throw new Error("another number of segments");
  const bytes = new Uint8Array(count * size);
  for (let segment = 0; segment < size; segment++) {
    const start = view.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < size ? view.getUint32(8 + 4 * segment, true) : frame.length;
    unpack(frame.subarray(start, end), bytes, size - 1 - segment, size);
  }
  return bytes;
}

/**
 * @param {Uint8Array} packed
 * @param {Uint8Array} bytes
 * @param {number} first where the first byte goes
 * @param {number} step to where the next one goes
 */
function unpack(packed, bytes, first, step) {
  let [from, to] = [0, first];
  while (to < bytes.length) {
    if (from >= packed.length) throw new Error("pixels are missing");
    const control = packed[from++];
    if (control === 128) continue;
    const isRun = control > 128;
    const length = isRun ? 257 - control : Math.min(control + 1, packed.length - from);
    for (let i = 0; i < length && to < bytes.length; i++, to += step) bytes[to] = packed[isRun ? from : from + i];
    from += isRun ? 1 : length;
  }
}
