// A rectangle of one level as opaque pixels: tiles that are missing are filled from the finest coarser level.

/** @import { Film } from "./film.js" */

/**
 * Colour a rectangle of a level.
 * @param {Film} film
 * @param {number} level
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 * @param {Uint32Array} colours opaque pixels by code
 * @param {Uint32Array} out width × height
 * @returns {[number, number][]} tiles that are missing
 */
export function colourSheet(film, level, left, top, width, height, colours, out) {
  /** @type {[number, number][]} */
  const missing = [];
  const { tile } = film;
  for (let row = Math.floor(top / tile); row * tile < top + height; row++) {
    for (let column = Math.floor(left / tile); column * tile < left + width; column++) {
      const [x0, x1] = [Math.max(left, column * tile), Math.min(left + width, (column + 1) * tile)];
      const [y0, y1] = [Math.max(top, row * tile), Math.min(top + height, (row + 1) * tile)];
      let from = level;
      let part = film.part(level, column, row);
      if (!part) missing.push([column, row]);
      while (!part) {
        from++; // the overview is always there
        part = film.part(from, column >> (from - level), row >> (from - level));
      }
      const { codes, width: stride, left: x, top: y } = part;
      const shift = from - level;
      for (let py = y0; py < y1; py++) {
        const source = ((py >> shift) - y) * stride - x;
        let i = (py - top) * width + x0 - left;
        if (shift === 0) for (let px = x0; px < x1; px++) out[i++] = colours[codes[source + px]];
        else for (let px = x0; px < x1; px++) out[i++] = colours[codes[source + (px >> shift)]];
      }
    }
  }
  return missing;
}
