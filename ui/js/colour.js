// Values → colours → pixels. The colour tables come from ui/rendering.py, the only place where colours are chosen.

/**
 * @import { Palette } from "./messages.d.ts"
 * @import { Tiles } from "./types.d.ts"
 */

/**
 * Entries of a colour table: NEUTRAL is zero, 0 the strongest negative and 2 × NEUTRAL the strongest positive value.
 */
export const NEUTRAL = 127;

/**
 * Index of each value in a colour table that spans [-limit, limit]; values beyond are drawn as the limit.
 * @param {Float32Array} map
 * @param {number} limit
 * @returns {Uint8Array}
 */
export function colourIndices(map, limit) {
  const out = new Uint8Array(map.length);
  const factor = limit > 0 ? NEUTRAL / limit : 0;
  for (let i = 0; i < map.length; i++) {
    const index = Math.round(map[i] * factor) + NEUTRAL;
    out[i] = index < 0 ? 0 : index > 2 * NEUTRAL ? 2 * NEUTRAL : index;
  }
  return out;
}

/**
 * One number for each pair of colour index and grey byte: where to look a pixel up in a table of `overlayTable`.
 * @param {Uint8Array} indices
 * @param {Uint8Array} grey
 * @returns {Uint16Array}
 */
export function pixelCodes(indices, grey) {
  const out = new Uint16Array(indices.length);
  for (let i = 0; i < out.length; i++) out[i] = (indices[i] << 8) | grey[i];
  return out;
}

/**
 * Every pixel that a colour table can give over any grey, at one opacity: opaque RGBA by pixel code.
 * Strong values cover more of the radiograph than weak ones (`exponents`, from ui/rendering.py); at opacity 1 all cover
 * it.
 * @param {Palette} palette
 * @param {number} opacity
 * @returns {Uint32Array}
 */
export function overlayTable({ colours, exponents }, opacity) {
  const table = new Uint32Array(exponents.length << 8);
  for (let i = 0; i < exponents.length; i++) {
    const cover = opacity <= 0 ? 0 : opacity ** exponents[i];
    const [red, green, blue] = [0, 1, 2].map((channel) => cover * colours[3 * i + channel] + 0.5);
    for (let grey = 0; grey < 256; grey++) {
      const below = grey * (1 - cover);
      table[(i << 8) | grey] = 0xff000000 | ((below + blue) << 16) | ((below + green) << 8) | (below + red);
    }
  }
  return table;
}

/**
 * Every pixel that a colour table can give at one opacity, for a layer over the radiograph: RGBA by colour index.
 * @param {Palette} palette
 * @param {number} opacity
 * @returns {Uint32Array}
 */
export function layerTable({ colours, exponents }, opacity) {
  return Uint32Array.from(exponents, (exponent, i) => {
    const cover = opacity <= 0 ? 0 : opacity ** exponent;
    return pixelOf(colours[3 * i], colours[3 * i + 1], colours[3 * i + 2], cover);
  });
}

/**
 * A pixel that covers a share of what is below it (little endian, as canvases want them).
 * @param {number} red
 * @param {number} green
 * @param {number} blue
 * @param {number} cover
 * @returns {number}
 */
export function pixelOf(red, green, blue, cover) {
  return ((Math.round(255 * cover) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * Grey bytes as opaque RGBA pixels (little endian, as canvases want them).
 * @param {Uint8Array} grey
 * @returns {Uint32Array}
 */
export function greyPixels(grey) {
  const out = new Uint32Array(grey.length);
  // Many times as fast as Uint32Array.from.
  for (let i = 0; i < out.length; i++) out[i] = 0xff000000 | (grey[i] * 0x010101);
  return out;
}

/**
 * Look the pixels of an overlay up, into `out`.
 * @param {Uint8Array | Uint16Array} codes
 * @param {Uint32Array} table
 * @param {Uint32Array} out
 * @returns {Uint32Array}
 */
export function blend(codes, table, out) {
  for (let i = 0; i < codes.length; i++) out[i] = table[codes[i]];
  return out;
}

export const TILE = 8; // pixels a side

/**
 * Smallest and largest level of each tile of a map, with the row and the column of pixels after it: where both lie on
 * the same side of a threshold, the whole tile does, and no border runs through it.
 * @param {Uint16Array} levels size² of them
 * @param {number} size
 * @returns {Tiles}
 */
export function tilesOf(levels, size) {
  const across = Math.ceil(size / TILE);
  const low = new Uint16Array(across * across);
  const high = new Uint16Array(across * across);
  for (let tile = 0; tile < low.length; tile++) {
    const top = Math.floor(tile / across) * TILE;
    const left = (tile % across) * TILE;
    const [bottom, right] = [Math.min(size, top + TILE + 1), Math.min(size, left + TILE + 1)];
    let [least, most] = [0xffff, 0];
    for (let y = top; y < bottom; y++) {
      for (let i = y * size + left; i < y * size + right; i++) {
        const level = levels[i];
        if (level < least) least = level;
        if (level > most) most = level;
      }
    }
    low[tile] = least;
    high[tile] = most;
  }
  return { low, high, across };
}

/**
 * One frame of a pane: the overlay where the level is above T, elsewhere too unless `hide`. What is hidden is clear.
 * @param {Uint32Array} out
 * @param {Uint32Array} overlay
 * @param {Uint16Array} levels
 * @param {number} level
 * @param {number} size
 * @param {boolean} hide
 * @param {Tiles} [tiles] of the levels, where they are known already
 */
export function paint(out, overlay, levels, level, size, hide, tiles) {
  if (!hide) return void out.set(overlay);
  const { low, high, across } = tiles ?? tilesOf(levels, size);
  const mostly = 2 * low.reduce((sum, least) => sum + Number(least > level), 0) > low.length; // is marked
  if (mostly) out.set(overlay);
  else out.fill(0);
  for (let tile = 0; tile < low.length; tile++) {
    const [all, none] = [low[tile] > level, high[tile] <= level];
    if ((all && mostly) || (none && !mostly)) continue;
    const top = Math.floor(tile / across) * TILE;
    const left = (tile % across) * TILE;
    const [bottom, right] = [Math.min(size, top + TILE), Math.min(size, left + TILE)];
    fill(out, mostly ? null : overlay, levels, level, !mostly, size, top, bottom, left, right);
  }
}

/**
 * Copy the pixels of a tile that are marked, or clear those that are not.
 * @param {Uint32Array} out
 * @param {Uint32Array | null} from
 * @param {Uint16Array} levels
 * @param {number} level
 * @param {boolean} marked
 * @param {number} size
 * @param {number} top
 * @param {number} bottom
 * @param {number} left
 * @param {number} right
 */
function fill(out, from, levels, level, marked, size, top, bottom, left, right) {
  for (let y = top; y < bottom; y++) {
    for (let i = y * size + left; i < y * size + right; i++) {
      if (levels[i] > level === marked) out[i] = from ? from[i] : 0;
    }
  }
}

/**
 * A CSS gradient that shows a colour table from entry `from` to entry `to`.
 * @param {number[]} colours
 * @param {number} [from]
 * @param {number} [to]
 * @returns {string}
 */
export function cssGradient(colours, from = 0, to = 2 * NEUTRAL) {
  const stops = [];
  for (let step = 0; step <= 16; step++) {
    const i = 3 * Math.round(from + ((to - from) * step) / 16);
    stops.push(`rgb(${colours[i]} ${colours[i + 1]} ${colours[i + 2]})`);
  }
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/**
 * The next larger round number: limits of colour scales that do not jump with every map.
 * @param {number} value
 * @returns {number}
 */
export function niceCeiling(value) {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((s) => s * power >= value * (1 - 1e-9)) ?? 10;
  return Number((step * power).toPrecision(2));
}
