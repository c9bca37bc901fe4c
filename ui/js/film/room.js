// Shows the film in all panes: asks for tiles that are in view, and switches to what the models see.
import { fetchArray } from "../arrays.js";
import { oncePerFrame } from "../frames.js";
import { SIZE } from "../view.js";
import { Film } from "./film.js";
import { inflate, tilesFrom } from "./packing.js";
import { greysOf, pixelsOf, valuesOf } from "./shades.js";

/**
 * @import { Viewer } from "../../viewer.js"
 * @import { Answer, CaseMessage, FilmTiles } from "../messages.d.ts"
 * @import { Arrays, Codes, Point } from "../types.d.ts"
 */

const QUIET = 40; // milliseconds in which tiles that are missing are gathered
const PATIENCE = 8000; // until a tile that did not come is asked for again
const MOST = 64; // tiles at once
const SEEN = { size: [SIZE, SIZE], levels: [[SIZE, SIZE]], overview: 0, tile: SIZE, depth: 8 };
const BYTES = valuesOf({ depth: 8, first: 0, step: 1 }, null);
const AS_SEEN = greysOf(BYTES, { level: 127.5, width: 255, function: "LINEAR_EXACT" });

export class FilmRoom {
  key = "film";
  seen = false; // what the models see, instead of the film
  /** @type {Map<string, number>} */
  asked = new Map(); // tiles, and when
  /** @type {Map<number, [number, number][]>} */
  wanted = new Map(); // by level
  /** @type {number | undefined} */
  timer = undefined;
  paintSoon = oncePerFrame(() => this.viewer.paintFilm());

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.button = viewer.tools.add("Zoom", {
      icon: "model-view",
      label: "What the model sees",
      shortcut: "Q",
      help: "the square of 512×512 pixels that the models are given, instead of the film",
      pressed: false,
      onClick: () => this.turn(),
    });
    viewer.keys.add({ key: "q", help: "What the model sees, and back to the film", run: () => this.turn() });
    viewer.painter.ask = (film, level, places) => film === this.film && this.ask(level, places);
  }

  /** @param {import("../pane.js").Pane} pane */
  onPane(pane) {
    pane.onResize = () => {
      this.paintSoon();
      if (this.viewer.content.case) this.viewer.kick(); // WebKit forgets maps that are shown larger or smaller
    };
    this.paintSoon();
  }

  /**
   * @param {CaseMessage} content
   * @param {Arrays} arrays
   */
  onCase(content, arrays) {
    this.film = arrays.film;
    const crop = { top: 0, left: 0, side: SIZE };
    this.model = new Film(/** @type {ConstructorParameters<typeof Film>[0]} */ (SEEN), crop, arrays.image);
    this.asked.clear();
    this.wanted.clear();
    this.show();
  }

  /** What is on show now: the film, or what the models see of it. */
  get shown() {
    return this.seen ? this.model : this.film;
  }

  turn() {
    this.seen = !this.seen;
    this.button.setAttribute("aria-pressed", String(this.seen));
    this.viewer.element.classList.toggle("model-view", this.seen);
    this.show();
  }

  /** Draw the film anew, through another window perhaps. */
  show() {
    const { viewer, film, model, seen } = this;
    if (!film || !model) return;
    const { invert } = viewer.feature("window").state;
    const colours = seen ? pixelsOf(AS_SEEN, invert, new Uint32Array(256)) : viewer.feature("window").colours;
    viewer.painter.show(seen ? model : film, colours, seen);
    const shown = seen ? model : film;
    viewer.view.take(shown.extent, shown.scale);
    viewer.feature("zoom").show();
    this.paintSoon();
  }

  /**
   * Ask for tiles soon, all that are wanted by then together.
   * @param {number} level
   * @param {[number, number][]} places
   */
  ask(level, places) {
    const now = performance.now();
    const fresh = places.filter((place) => now - (this.asked.get(`${level}/${place}`) ?? -PATIENCE) >= PATIENCE);
    if (!fresh.length) return;
    for (const place of fresh) this.asked.set(`${level}/${place}`, now);
    this.wanted.set(level, [...(this.wanted.get(level) ?? []), ...fresh]);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.sendAll(), QUIET);
  }

  sendAll() {
    const { content, send } = this.viewer;
    if (!content.case) return;
    for (const [level, places] of this.wanted) {
      for (let i = 0; i < places.length; i += MOST) {
        send.film({ case: content.case.key, level, tiles: places.slice(i, i + MOST) });
      }
    }
    this.wanted.clear();
  }

  /**
   * Ask for the pixel of the original below a point, where it is not there.
   * @param {Point} point
   */
  want(point) {
    const { film } = this;
    if (!film) return;
    const { x, y } = film.toOriginal(point);
    if ((film.codeAt(x, y)?.level ?? 0) > 0) {
      this.ask(0, [[Math.floor(x / film.tile), Math.floor(y / film.tile)]]);
    }
  }

  /** @param {Answer} answer */
  onAnswer({ film: found }) {
    if (!found || found.case !== this.viewer.content.case?.key || !this.film) return;
    if (found.packed) this.take(this.film, found);
    else this.viewer.say(found.problem, 8000);
  }

  /**
   * @param {Film} film
   * @param {FilmTiles} found
   */
  async take(film, { level, tiles, packed }) {
    if (!packed) return;
    try {
      const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (await fetchArray(packed));
      const codes = /** @type {Codes[]} */ (tilesFrom(await inflate(bytes), film.shapesOf(level, tiles), film.depth));
      film.add(level, tiles, codes);
    } catch {
      for (const place of tiles) this.asked.delete(`${level}/${place}`); // asked for again when next drawn
      return;
    }
    if (film === this.film) {
      this.paintSoon();
      this.viewer.notify("onTiles");
    }
  }
}
