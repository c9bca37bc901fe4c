// Draws what is in view of the film, in device pixels: once for all panes of a size, which then take it over.
import { make } from "../dom.js";
import { SIZE } from "../view.js";
import { colourSheet } from "./sheet.js";

/**
 * @import { View } from "../view.js"
 * @import { Film } from "./film.js"
 */

const MARGIN = 128; // the sheet's edges lie at multiples of so many pixels, so that a small move needs no new one
const SHARP = 3; // device pixels for one of the original, from which on pixels are drawn as squares
const OUTSIDE = "rgb(0 0 0 / 45%)"; // over what the models do not see
const FRAME = "rgb(255 255 255 / 55%)";

/**
 * How the film lies on a canvas: device pixels for one of the original, and where its corner is.
 * @param {Film} film
 * @param {View} view
 * @param {number} width of the canvas
 */
export function layOf(film, view, width) {
  const scale = ((width / view.size) * SIZE) / film.crop.side;
  const whole = Math.round(scale);
  const exact = whole > 0 && Math.abs(scale - whole) < 1e-4; // a pixel of the original is so many of the device
  const k = width / view.size;
  const { x, y } = film.extent;
  return {
    scale: exact ? whole : scale,
    exact,
    left: Math.round((x - view.x) * k),
    top: Math.round((y - view.y) * k),
  };
}

export class FilmPainter {
  /** @type {Film | null} */
  film = null;
  /** @type {Uint32Array} */
  colours = new Uint32Array(65536).fill(0xff000000);
  version = 0; // of film and colours
  bare = false; // without the square of the models
  canvas = make("canvas");
  sheet = make("canvas");
  sheetKey = "";
  paintedKey = "";

  /** @param {(film: Film, level: number, places: [number, number][]) => void} ask for tiles that are missing */
  constructor(ask) {
    this.ask = ask;
  }

  /**
   * @param {Film | null} film
   * @param {Uint32Array} colours opaque pixels by code
   * @param {boolean} [bare] whether the models see all of it
   */
  show(film, colours, bare = false) {
    Object.assign(this, { film, colours, bare });
    this.version++;
  }

  /**
   * What a picture of this size would show; the same key means the same picture.
   * @param {View} view
   * @param {number} width
   * @param {number} height
   * @returns {string}
   */
  keyOf(view, width, height) {
    return [view.x, view.y, view.size, width, height, this.version, this.film?.changes].join();
  }

  /**
   * Draw the film as a pane of so many device pixels shows it.
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {number} width
   * @param {number} height
   */
  paint(context, view, width, height) {
    const key = this.keyOf(view, width, height);
    if (this.paintedKey !== key) this.paintOnce(view, width, height);
    this.paintedKey = key;
    context.drawImage(this.canvas, 0, 0);
  }

  /**
   * @param {View} view
   * @param {number} width
   * @param {number} height
   */
  paintOnce(view, width, height) {
    const { canvas, film } = this;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) return;
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    if (!film) return;
    const lay = layOf(film, view, width);
    const level = Math.max(0, Math.min(film.levels.length - 1, Math.floor(Math.log2(1 / lay.scale) + 1e-6)));
    const place = this.makeSheet(film, level, lay, width, height);
    if (!place) return;
    const step = 2 ** level * lay.scale; // device pixels for one of the level
    context.save();
    context.beginPath();
    context.rect(lay.left, lay.top, film.width * lay.scale, film.height * lay.scale);
    context.clip();
    context.imageSmoothingEnabled = !(lay.exact || lay.scale >= SHARP);
    context.imageSmoothingQuality = "high";
    const [x, y] = [lay.left + place.left * step, lay.top + place.top * step];
    context.drawImage(this.sheet, 0, 0, place.width, place.height, x, y, place.width * step, place.height * step);
    context.restore();
    if (!this.bare) this.frame(context, film, lay);
  }

  /**
   * Colour what is in view of a level, and some more; says where that lies in the level.
   * @param {Film} film
   * @param {number} level
   * @param {ReturnType<typeof layOf>} lay
   * @param {number} width
   * @param {number} height
   */
  makeSheet(film, level, lay, width, height) {
    const step = 2 ** level * lay.scale;
    const most = film.levels[level];
    /** @param {number} at */
    const down = (at) => Math.max(0, Math.floor(at / step / MARGIN) * MARGIN);
    /**
     * @param {number} at
     * @param {number} end
     */
    const up = (at, end) => Math.min(end, Math.ceil(at / step / MARGIN) * MARGIN);
    const [left, top] = [down(-lay.left), down(-lay.top)];
    const place = {
      left,
      top,
      width: up(width - lay.left, most.width) - left,
      height: up(height - lay.top, most.height) - top,
    };
    if (place.width <= 0 || place.height <= 0) return null;
    const key = [this.version, film.changes, level, ...Object.values(place)].join();
    if (key !== this.sheetKey) this.colour(film, level, place);
    this.sheetKey = key;
    return place;
  }

  /**
   * @param {Film} film
   * @param {number} level
   * @param {{ left: number, top: number, width: number, height: number }} place
   */
  colour(film, level, { left, top, width, height }) {
    const { sheet } = this;
    if (sheet.width < width || sheet.height < height) {
      sheet.width = Math.max(width, sheet.width);
      sheet.height = Math.max(height, sheet.height);
    }
    const data = new ImageData(width, height);
    const out = new Uint32Array(data.data.buffer);
    const missing = colourSheet(film, level, left, top, width, height, this.colours, out);
    sheet.getContext("2d", { alpha: false })?.putImageData(data, 0, 0);
    if (missing.length) this.ask(film, level, missing);
  }

  /**
   * Dim what the models do not see, and outline what they see.
   * @param {CanvasRenderingContext2D} context
   * @param {Film} film
   * @param {ReturnType<typeof layOf>} lay
   */
  frame(context, film, { left, top, scale }) {
    const { crop } = film;
    const side = crop.side * scale;
    const [x, y] = [left + crop.left * scale, top + crop.top * scale];
    const [right, bottom] = [left + film.width * scale, top + film.height * scale];
    context.fillStyle = OUTSIDE;
    context.fillRect(left, top, x - left, bottom - top);
    context.fillRect(x + side, top, right - x - side, bottom - top);
    context.fillRect(x, top, side, y - top);
    context.fillRect(x, y + side, side, bottom - y - side);
    if (film.width === film.height) return;
    context.strokeStyle = FRAME;
    context.setLineDash([6, 4]);
    context.strokeRect(Math.round(x) + 0.5, Math.round(y) + 0.5, Math.round(side) - 1, Math.round(side) - 1);
    context.setLineDash([]);
  }
}
