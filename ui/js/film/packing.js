// Tiles as the server packs them (ui/film.py): zlib, then differences from the value to the left, then codes again.

/** @import { Codes } from "../types.d.ts" */

/**
 * What zlib has packed.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Uint8Array>}
 */
export async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Tiles out of their bytes, of 8 bits or 16: of those all high bytes come first, then all low ones.
 * @param {Uint8Array} bytes
 * @param {[number, number][]} shapes height and width of each
 * @param {number} depth
 * @returns {Codes[]}
 */
export function tilesFrom(bytes, shapes, depth) {
  let start = 0;
  return shapes.map(([height, width]) => {
    const count = height * width;
    const codes = depth === 8 ? new Uint8Array(count) : new Uint16Array(count);
    const low = depth === 8 ? 0 : count;
    for (let y = 0, i = 0; y < height; y++) {
      let value = y ? codes[i - width] : 0; // the first column goes on from the row above
      for (const end = i + width; i < end; i++) {
        value += low ? (bytes[start + i] << 8) | bytes[start + low + i] : bytes[start + i];
        codes[i] = value; // modulo 2^8 or 2^16, as the array takes it
      }
    }
    start += count + low;
    return codes;
  });
}

/**
 * The next coarser level, as the server makes them: the mean of each 2×2, of what there is at an odd end.
 * @param {Codes} codes
 * @param {number} height
 * @param {number} width
 * @returns {Codes}
 */
export function halved(codes, height, width) {
  const [high, wide] = [(height + 1) >> 1, (width + 1) >> 1];
  const half = codes instanceof Uint8Array ? new Uint8Array(high * wide) : new Uint16Array(high * wide);
  for (let y = 0; y < high; y++) {
    const above = 2 * y * width;
    const below = Math.min(height - 1, 2 * y + 1) * width;
    for (let x = 0; x < wide; x++) {
      const [left, right] = [2 * x, Math.min(width - 1, 2 * x + 1)];
      half[y * wide + x] =
        (codes[above + left] + codes[above + right] + codes[below + left] + codes[below + right] + 2) >> 2;
    }
  }
  return half;
}
