// The original as the browser has it: levels, of which the coarse ones are whole and the finer ones come in tiles.
import { SIZE } from "../view.js";
import { halved } from "./packing.js";

/**
 * @import { FilmFacts, Geometry } from "../messages.d.ts"
 * @import { Codes, Extent, Level } from "../types.d.ts"
 */

const MOST_TILES = 320; // of the finer levels that are kept: 40 MB of 16 bits

export class Film {
  /** @type {Map<string, Codes>} */
  tiles = new Map(); // by level, column and row; those used longest ago first
  changes = 0; // how often tiles have come

  /**
   * @param {Pick<FilmFacts, "size" | "levels" | "overview" | "tile" | "depth">} facts
   * @param {Geometry["crop"]} crop the square of the models
   * @param {Codes} overviewCodes
   */
  constructor({ size: [height, width], levels, overview, tile, depth }, crop, overviewCodes) {
    this.height = height;
    this.width = width;
    this.tile = tile;
    this.depth = depth;
    this.crop = crop;
    this.finest = overview;
    /** @type {Level[]} */
    this.levels = levels.map(([high, wide]) => ({ height: high, width: wide, codes: null }));
    this.levels[overview].codes = overviewCodes;
    for (let level = overview + 1; level < levels.length; level++) {
      const { codes, height: high, width: wide } = this.levels[level - 1];
      if (codes) this.levels[level].codes = halved(codes, high, wide);
    }
  }

  /**
   * Pixels of the view for one of the original.
   * @returns {number}
   */
  get scale() {
    return SIZE / this.crop.side;
  }

  /**
   * Where the film lies in view coordinates.
   * @returns {Extent}
   */
  get extent() {
    const { scale, crop } = this;
    return { x: -crop.left * scale, y: -crop.top * scale, width: this.width * scale, height: this.height * scale };
  }

  /**
   * A point of the view in pixels of the original.
   * @param {{ x: number, y: number }} point
   */
  toOriginal({ x, y }) {
    return { x: x / this.scale + this.crop.left, y: y / this.scale + this.crop.top };
  }

  /**
   * A tile, where it is there; of a level that is whole, the level.
   * @param {number} level
   * @param {number} column
   * @param {number} row
   * @returns {{ codes: Codes, width: number, left: number, top: number } | null}
   */
  part(level, column, row) {
    const { codes, width } = this.levels[level];
    if (codes) return { codes, width, left: 0, top: 0 };
    const key = `${level}/${column}/${row}`;
    const tile = this.tiles.get(key);
    if (!tile) return null;
    this.tiles.delete(key);
    this.tiles.set(key, tile);
    const left = column * this.tile;
    return { codes: tile, width: Math.min(this.tile, width - left), left, top: row * this.tile };
  }

  /**
   * @param {number} level
   * @param {[number, number][]} places
   * @param {Codes[]} tiles
   */
  add(level, places, tiles) {
    places.forEach(([column, row], i) => this.tiles.set(`${level}/${column}/${row}`, tiles[i]));
    for (const key of this.tiles.keys()) {
      if (this.tiles.size <= MOST_TILES) break;
      this.tiles.delete(key);
    }
    this.changes++;
  }

  /**
   * Height and width of tiles of a level.
   * @param {number} level
   * @param {[number, number][]} places
   * @returns {[number, number][]}
   */
  shapesOf(level, places) {
    const { height, width } = this.levels[level];
    const { tile } = this;
    return places.map(([column, row]) => [Math.min(tile, height - row * tile), Math.min(tile, width - column * tile)]);
  }

  /**
   * The code at a pixel of the original, from the finest level that is there; null outside.
   * @param {number} x
   * @param {number} y
   * @returns {{ code: number, level: number } | null}
   */
  codeAt(x, y) {
    if (!(x >= 0 && y >= 0 && x < this.width && y < this.height)) return null;
    for (let level = 0; level < this.levels.length; level++) {
      const [column, row] = [Math.floor(x) >> level, Math.floor(y) >> level];
      const part = this.part(level, Math.floor(column / this.tile), Math.floor(row / this.tile));
      if (part) return { code: part.codes[(row - part.top) * part.width + column - part.left], level };
    }
    return null;
  }
}
