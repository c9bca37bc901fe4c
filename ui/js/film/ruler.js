// A ruler: drag from one point to another; millimetres where the file says how far pixels lie apart, pixels otherwise.
import { make, makeSvg } from "../dom.js";

/**
 * @import { Viewer } from "../../viewer.js"
 * @import { CaseMessage, FilmSpacing } from "../messages.d.ts"
 * @import { Pane } from "../pane.js"
 * @import { Mode, Point } from "../types.d.ts"
 */

/**
 * How far two points of the original lie apart.
 * @param {Point} from
 * @param {Point} to
 * @param {FilmSpacing | null} spacing
 * @returns {string}
 */
export function lengthWords(from, to, spacing) {
  const [x, y] = [to.x - from.x, to.y - from.y];
  if (!spacing) return `${Math.round(Math.hypot(x, y))} px`;
  return `${Math.hypot(x * spacing.column, y * spacing.row).toFixed(1)} mm`;
}

/** The ruler as a mode of the pointer, and what the edges of the film are called. */
export class Ruler {
  /** @type {FilmSpacing | null} */
  spacing = null;
  unscaled = ""; // why there is none
  /** @type {[Point, Point] | null} */
  ends = null; // in view coordinates
  /** @type {Map<Pane, { line: SVGElement, casing: SVGElement, said: HTMLElement }>} */
  drawings = new Map();
  marks = ["left", "right", "top", "bottom"].map((side) => make("span", { class: `film-mark ${side}` }));
  note = make("span", { class: "film-mark note" });

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    viewer.modes.add(this.makeMode());
    viewer.plain.stage.append(...this.marks, this.note);
  }

  /** @returns {Mode} */
  makeMode() {
    return {
      key: "ruler",
      icon: "ruler",
      label: "Ruler",
      shortcut: "U",
      cursor: "crosshair",
      help: "drag from one point to another; a click takes the line away",
      down: (point) => {
        this.ends = [point, point];
        this.show();
      },
      move: (point) => {
        if (this.ends) this.ends = [this.ends[0], point];
        this.show();
      },
      up: () => {
        if (this.ends && this.ends[0] === this.ends[1]) this.ends = null;
        this.show();
      },
      cancel: () => this.clear(),
    };
  }

  /** @param {Pane} pane */
  onPane(pane) {
    const drawing = pane.addDrawing("ruler");
    const casing = makeSvg("path", { class: "casing" });
    const line = makeSvg("path", { class: "line" });
    const said = make("span", { class: "ruler-said", hidden: true });
    drawing.append(casing, line);
    pane.stage.append(said);
    this.drawings.set(pane, { casing, line, said });
    this.show();
  }

  /** @param {CaseMessage} content */
  onCase({ film }) {
    const { spacing, unscaled, edges, photometric, view } = film;
    this.spacing = spacing;
    this.unscaled = unscaled;
    this.marks.forEach((mark, i) => (mark.textContent = edges[i]));
    this.note.textContent = [view, photometric === "MONOCHROME1" ? "MONOCHROME1: low values are white" : photometric]
      .filter(Boolean)
      .join(" · ");
    this.clear();
  }

  onView() {
    this.show();
  }

  clear() {
    this.ends = null;
    this.show();
  }

  show() {
    const { ends, viewer, spacing, unscaled } = this;
    const film = viewer.painter.film;
    for (const [pane, { casing, line, said }] of this.drawings) {
      said.hidden = !ends || !film;
      const path = ends ? `M${ends[0].x} ${ends[0].y}L${ends[1].x} ${ends[1].y}` : "";
      for (const part of [casing, line]) part.setAttribute("d", path);
      if (!ends || !film) continue;
      const original = viewer.content.case && viewer.feature("film").film;
      if (!original) continue;
      const length = lengthWords(original.toOriginal(ends[0]), original.toOriginal(ends[1]), spacing);
      said.textContent = pane === viewer.plain ? `${length} (${spacing?.words ?? unscaled})` : length;
      const { x, y, size } = viewer.view;
      said.style.left = `${Math.min(70, Math.max(0, (100 * (ends[1].x - x)) / size))}%`;
      said.style.top = `${Math.min(92, Math.max(0, (100 * (ends[1].y - y)) / size + 1))}%`;
    }
  }
}
