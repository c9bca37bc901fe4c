// The film at its full size in levels and tiles, as ui/film.py makes them; ../../film/packing.js has what undoes it.
import { halved } from "../../film/packing.js";

/**
 * @import { Codes } from "../../types.d.ts"
 * @import { FilmLevel } from "./types.d.ts"
 */

export const TILE = 256; // pixels a side
export const OVERVIEW = 768;

/**
 * All levels, from the original to one that is no larger than a tile.
 * @param {Codes} codes
 * @param {number} height
 * @param {number} width
 * @returns {FilmLevel[]}
 */
export function pyramid(codes, height, width) {
  const levels = [{ codes, height, width }];
  for (let { codes: finer, height: high, width: wide } = levels[0]; Math.max(high, wide) > TILE;) {
    finer = halved(finer, high, wide);
    [high, wide] = [(high + 1) >> 1, (wide + 1) >> 1];
    levels.push({ codes: finer, height: high, width: wide });
  }
  return levels;
}

/**
 * Which level the viewer has at first: the finest one of at most `OVERVIEW` pixels a side.
 * @param {FilmLevel[]} levels
 * @returns {number}
 */
export const overviewOf = (levels) => levels.findIndex((level) => Math.max(level.height, level.width) <= OVERVIEW);

/**
 * Tiles of a level, smaller ones at its right and lower ends.
 * @param {FilmLevel} level
 * @param {[column: number, row: number][]} places
 * @returns {FilmLevel[]}
 */
export function tilesOf({ codes, height, width }, places) {
  return places.map(([column, row]) => {
    const [left, top] = [column * TILE, row * TILE];
    const [wide, high] = [Math.min(TILE, width - left), Math.min(TILE, height - top)];
    if (!(left >= 0 && top >= 0 && wide > 0 && high > 0)) {
      throw new RangeError(`Expected tiles of a level of ${width}×${height} pixels, found one outside.`);
    }
    const tile = codes instanceof Uint8Array ? new Uint8Array(wide * high) : new Uint16Array(wide * high);
    for (let y = 0; y < high; y++) {
      const from = (top + y) * width + left;
      tile.set(codes.subarray(from, from + wide), y * wide);
    }
    return { codes: tile, height: high, width: wide };
  });
}

/**
 * Tiles one after the other as the page unpacks them: differences from the value to the left, of 16 bits all high bytes
 * first, all together by zlib.
 * @param {FilmLevel[]} tiles
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function packed(tiles) {
  const stream = new Blob(tiles.map(differences)).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param {FilmLevel} tile
 * @returns {Uint8Array<ArrayBuffer>}
 */
function differences({ codes, width }) {
  const count = codes.length;
  const deep = codes instanceof Uint16Array;
  const bytes = new Uint8Array(deep ? 2 * count : count);
  for (let i = 0; i < count; i++) {
    const before = i % width ? codes[i - 1] : i ? codes[i - width] : 0;
    const change = codes[i] - before;
    if (deep) [bytes[i], bytes[count + i]] = [change >> 8, change];
    else bytes[i] = change;
  }
  return bytes;
}
