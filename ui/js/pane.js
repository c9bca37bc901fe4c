// One pane: the radiograph, the outline over it, and what the pane says about itself.
import * as colour from "./colour.js";
import { make, makeSvg } from "./dom.js";
import { SIZE } from "./view.js";

/**
 * @import { FilmPainter } from "./film/painter.js"
 * @import { View } from "./view.js"
 */

const WHOLE = `0 0 ${SIZE} ${SIZE}`;

/**
 * The radiologist's outline, with a dark casing so that it shows on any background; scales with the pane.
 * @returns {SVGSVGElement}
 */
function makeOutline() {
  const casing = makeSvg("path", { class: "casing" });
  const line = makeSvg("path", { class: "line" });
  return makeSvg("svg", { viewBox: WHOLE, "aria-hidden": "true", class: "outline" }, casing, line);
}

/**
 * What a canvas is drawn through.
 * @param {HTMLCanvasElement} canvas
 * @param {boolean} [alpha] whether it can be seen through
 * @returns {CanvasRenderingContext2D}
 */
export function contextOf(canvas, alpha = false) {
  const context = canvas.getContext("2d", { alpha });
  if (!context) throw new Error("Expected a browser that draws on canvases.");
  return context;
}

// Of a pane without a radiograph; nothing writes into them.
const BLACK = new Uint8Array(SIZE * SIZE);
const BLACK_PIXELS = colour.greyPixels(BLACK);

/**
 * The plain radiograph: the film on a canvas in device pixels, and over it one of the models' square for what is drawn
 * there; maps of methods by `MapPane`.
 */
export class Pane {
  hidden = false;
  level = 0; // above which the pane marks, as of the last frame
  finding = "";
  /** @type {Uint8Array} */
  grey = BLACK;
  /** @type {Uint32Array} */
  plain = BLACK_PIXELS;
  base = make("canvas", { class: "film-base", "aria-hidden": "true", width: 1, height: 1 });
  baseContext = contextOf(this.base);
  baseKey = "";
  /** @type {[number, number]} */
  device = [0, 0]; // width and height in device pixels, as last seen
  /** @type {() => void} */
  onResize = () => {};
  /** @type {string | null} */
  painted = ""; // what the canvas shows: nothing, a whole map, or what is above a level; null: that must be drawn anew
  canvas = make("canvas", { width: SIZE, height: SIZE, role: "img" });
  context = contextOf(this.canvas, true);
  frame = this.context.createImageData(SIZE, SIZE);
  pixels = new Uint32Array(this.frame.data.buffer);
  score = make("span", { class: "score" });
  veil = make("p", { class: "veil", hidden: true });
  outline = makeOutline();
  probe = make("p", { class: "probe", hidden: true });
  stage = make(
    "div",
    { class: "stage", tabindex: "0", role: "group" },
    this.base,
    this.canvas,
    this.outline,
    this.veil,
    this.probe,
  );
  buttons = make("span", { class: "pane-buttons" });
  says = make("div", { class: "says" });
  /** @type {HTMLButtonElement | null} */
  expand = null; // to full screen

  /**
   * @param {string} key what the pane is called in links, files and exports
   * @param {string} label
   */
  constructor(key, label) {
    this.key = key;
    this.title = label; // with the model's name, where the pane says it
    this.name = make("h3", { text: label, title: label });
    this.element = make(
      "figure",
      { class: "pane", "data-method": key },
      make("figcaption", {}, this.name, this.score, this.buttons),
      this.stage,
      this.says,
    );
    observeDevice(this.stage, (width, height) => {
      this.device = [width, height];
      this.painted = null; // WebKit forgets it
      this.onResize();
    });
  }

  /**
   * Draw what is in view of the film, where that is not there yet.
   * @param {FilmPainter} painter
   * @param {View} view
   */
  paintFilm(painter, view) {
    const [width, height] = this.device;
    if (!width || !height) return; // not on show
    const key = painter.keyOf(view, width, height);
    if (key === this.baseKey) return;
    if (this.base.width !== width || this.base.height !== height) Object.assign(this.base, { width, height });
    painter.paint(this.baseContext, view, width, height);
    this.baseKey = painter.keyOf(view, width, height);
  }

  /**
   * An SVG over the picture in view coordinates, for what people draw and point at; follows the view.
   * @param {string} name
   * @returns {SVGSVGElement}
   */
  addDrawing(name) {
    const drawing = makeSvg("svg", { viewBox: WHOLE, "aria-hidden": "true", class: name });
    this.veil.before(drawing);
    return drawing;
  }

  /**
   * Show the part of the picture that the view names.
   * @param {View} view
   */
  place(view) {
    this.painted = null; // WebKit may forget it
    view.apply(this.canvas, this.stage.querySelectorAll(":scope > svg"));
  }

  /** Forget what is shown: a new case is coming. */
  clear() {
    this.setImage(BLACK, BLACK_PIXELS);
    this.setOutline("");
  }

  /**
   * @param {Uint8Array} grey SIZE² values
   * @param {Uint32Array} plain the same as opaque pixels, shared by all panes.
   */
  setImage(grey, plain) {
    this.grey = grey;
    this.plain = plain;
  }

  /** @param {string} path */
  setOutline(path) {
    for (const part of this.outline.children) part.setAttribute("d", path);
  }

  /**
   * Show a message over the picture, or none.
   * @param {string} text
   */
  setVeil(text) {
    this.veil.textContent = text;
    this.veil.hidden = !text;
  }

  /** @param {string} finding */
  describe(finding) {
    this.finding = finding;
    this.canvas.setAttribute("aria-label", this.pictureWords(finding));
    this.stage.setAttribute("aria-label", `${this.title}: arrow keys move the cross-hair`);
  }

  /**
   * @param {string} finding
   * @returns {string}
   */
  pictureWords(finding) {
    return finding ? `${this.title} with the outline of ${finding}` : this.title;
  }

  /**
   * Whether the models see a point of the view.
   * @param {number} x
   * @param {number} y
   * @returns {boolean}
   */
  sees(x, y) {
    return x >= 0 && y >= 0 && x < SIZE && y < SIZE;
  }

  /**
   * Where a point of the view is in arrays of its pixels.
   * @param {number} x
   * @param {number} y
   * @returns {number}
   */
  indexAt(x, y) {
    return Math.min(SIZE - 1, Math.max(0, Math.floor(y))) * SIZE + Math.min(SIZE - 1, Math.max(0, Math.floor(x)));
  }

  /**
   * The value at a point of the view, in words.
   * @param {number} x
   * @param {number} y
   * @returns {string}
   */
  valueWords(x, y) {
    return `grey ${this.grey[this.indexAt(x, y)]}`;
  }
}

/**
 * Hear how large an element is in device pixels, as exactly as the browser says it.
 * @param {Element} element
 * @param {(width: number, height: number) => void} listen
 */
function observeDevice(element, listen) {
  const observer = new ResizeObserver(([entry]) => {
    const exact = entry.devicePixelContentBoxSize?.[0];
    const [width, height] = exact
      ? [exact.inlineSize, exact.blockSize]
      : [entry.contentRect.width, entry.contentRect.height].map((side) => Math.round(side * devicePixelRatio));
    listen(width, height);
  });
  try {
    observer.observe(element, { box: "device-pixel-content-box" });
  } catch {
    observer.observe(element); // not every browser tells
  }
}
