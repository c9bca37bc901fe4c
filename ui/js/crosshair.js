// One point of the radiograph shown in every pane, with the value that lies there.
import { mayShow } from "./assessment.js";
import { isList, isNumber, make, makeSvg, signed } from "./dom.js";
import { oncePerFrame } from "./frames.js";
import { SIZE } from "./view.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Pane } from "./pane.js"
 * @import { Place, Point } from "./types.d.ts"
 */

/** @type {Record<string, Place>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const REST = 120; // milliseconds after which the original's own pixel is asked for
const FAR = 16; // pixels of the view that a key moves with Shift

/**
 * @param {unknown} value
 * @returns {value is number}
 */
const isFar = (value) => isNumber(value) && Math.abs(value) < 32 * SIZE;

export class CrossHair {
  key = "cross";
  /** @type {Point | null} */
  point = null;
  /** @type {Point | null} */
  pinned = null;
  /** @type {Pane | null} */
  over = null; // where the pointer is
  /** @type {number | undefined} */
  resting = undefined;
  said = make("p", { class: "sr-only", role: "status" });
  /** @type {Map<Pane, ReturnType<CrossHair["draw"]>>} */
  drawings = new Map();
  paintSoon = oncePerFrame(() => this.paint());

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    viewer.cross = this;
    viewer.film.append(this.said);
    viewer.modes.onHover((point, pane) => this.show(point ?? this.pinned, point ? pane : null));
    viewer.keys.add({
      key: "",
      shown: "← ↑ → ↓",
      help: "Move the cross-hair, on a pane that has the focus (Shift: 16 pixels)",
      group: "View",
    });
    viewer.keys.add({ key: "x", help: "Remove the cross-hair", group: "View", run: () => this.pin(null) });
  }

  /** @param {Pane} pane */
  onPane(pane) {
    this.drawings.set(pane, this.draw(pane));
    pane.stage.addEventListener("keydown", (event) => this.onKey(event, pane));
    this.show(this.point, this.over);
  }

  /** @param {Pane} pane */
  draw(pane) {
    const casing = makeSvg("path", { class: "casing" });
    const line = makeSvg("path", { class: "line" });
    const drawing = pane.addDrawing("cross");
    drawing.append(casing, line);
    return { drawing, parts: [casing, line] };
  }

  /**
   * A tap, or a click that moves nothing, leaves the cross-hair where it is.
   * @param {Point} point
   */
  onTap(point) {
    this.pin(point);
  }

  onCase() {
    this.pin(null);
  }

  onContent() {
    this.show(this.point, this.over);
  }

  onFinding() {
    this.show(this.point, this.over);
  }

  /** @param {Point | null} point */
  pin(point) {
    this.pinned = point;
    this.show(point, null);
    this.viewer.kick();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Pane} pane
   */
  onKey(event, pane) {
    const move = MOVES[event.key];
    if (!move || event.target !== pane.stage) return;
    event.preventDefault();
    const { x, y, size } = this.viewer.view;
    const from = this.point ?? { x: Math.floor(x + size / 2) + 0.5, y: Math.floor(y + size / 2) + 0.5 };
    const by = (event.shiftKey ? FAR : 1) * (this.point ? 1 : 0);
    const { extent } = this.viewer.view;
    /**
     * @param {number} value
     * @param {number} start
     * @param {number} length
     */
    const clip = (value, start, length) =>
      Math.min(start + length - 0.5, Math.max(start + 0.5, Math.floor(value) + 0.5));
    const point = {
      x: clip(from.x + by * move[0], extent.x, extent.width),
      y: clip(from.y + by * move[1], extent.y, extent.height),
    };
    this.pin(point);
    this.said.textContent = `${this.place()}; ${pane.title}: ${
      pane === this.viewer.plain ? this.valueWords() : pane.valueWords(point.x, point.y)
    }`;
  }

  /**
   * @param {Point | null} point
   * @param {Pane | null} over
   */
  show(point, over) {
    this.point = point;
    this.over = over;
    this.paintSoon();
    clearTimeout(this.resting);
    if (point) this.resting = setTimeout(() => this.viewer.feature("film").want(point), REST);
  }

  paint() {
    const { point, over, viewer } = this;
    const { x: left, y: top, width, height } = viewer.view.extent;
    const [right, bottom] = [left + width, top + height];
    for (const pane of viewer.allPanes) {
      const drawn = this.drawings.get(pane);
      if (pane.hidden || !drawn) continue;
      const { drawing, parts } = drawn;
      drawing.style.display = point && pane !== over ? "" : "none"; // the pointer itself is the cross there
      pane.probe.hidden = !point;
      if (!point) continue;
      for (const part of parts) part.setAttribute("d", `M${left} ${point.y}H${right}M${point.x} ${top}V${bottom}`);
      pane.probe.textContent =
        pane === viewer.plain
          ? `${this.place()} · ${this.valueWords()}${this.patchWords(point)}`
          : pane.valueWords(point.x, point.y);
    }
  }

  /** @returns {string} */
  place() {
    const at = this.point && this.viewer.content.case && this.viewer.feature("film").film?.toOriginal(this.point);
    return at ? `x ${Math.floor(at.x)}, y ${Math.floor(at.y)}` : "";
  }

  /**
   * The value of the original below the cross-hair; where its pixels have not come yet, the mean around it.
   * @returns {string}
   */
  valueWords() {
    const { viewer, point } = this;
    const { film, seen } = viewer.feature("film");
    if (!film || !point) return "";
    if (seen && viewer.plain.sees(point.x, point.y)) return `${viewer.plain.valueWords(point.x, point.y)} of the view`;
    const at = film.toOriginal(point);
    const found = film.codeAt(at.x, at.y);
    if (!found) return "outside the film";
    return viewer.feature("window").valueWords(found.code, 2 ** found.level);
  }

  onTiles() {
    this.paintSoon();
  }

  /**
   * The logit of the patch below the cross-hair, from the plain grid, however fine the maps on show are.
   * @param {Point} point
   * @returns {string}
   */
  patchWords(point) {
    const { content, data, finding, patchModel } = this.viewer;
    if (!patchModel || !content.case) return "";
    const patches = data?.patches[patchModel.key];
    if (!patches || finding === null || !mayShow(this.viewer, patchModel.key)) return "";
    if (!this.viewer.plain.sees(point.x, point.y)) return "";
    const side = content.patches[patchModel.key].shape[1];
    /** @param {number} value */
    const at = (value) => Math.min(side - 1, Math.max(0, Math.floor((value * side) / SIZE)));
    const value = patches[(finding * side + at(point.y)) * side + at(point.x)];
    return Number.isNaN(value) ? "" : ` · patch ${signed(value)} logit`;
  }

  /** @returns {number[] | null} */
  onState() {
    return this.pinned && [Math.floor(this.pinned.x), Math.floor(this.pinned.y)];
  }

  /** @param {unknown} state */
  restore(state) {
    const [x, y, ...more] = isList(state) ? state : [];
    const known = isFar(x) && isFar(y) && more.length === 0;
    this.pin(known ? { x: x + 0.5, y: y + 0.5 } : null);
  }
}
