// A reader's own drawings over one pane.
import { makeSvg } from "../dom.js";
import { ringPath } from "./raster.js";

/**
 * @import { Pane } from "../pane.js"
 * @import { Place } from "../types.d.ts"
 */

/** @param {Place[]} points */
const dots = (points) => points.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("");
/** @param {Place[]} points */
const line = (points) =>
  points.length ? `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}` : "";

/** @typedef {{ path: string, colour: string, active: boolean }} Line the outline of one annotation */

export class DrawingLayer {
  lines = makeSvg("g");
  draftCasing = makeSvg("path", { class: "casing" });
  draft = makeSvg("path", { class: "draft" });
  handleCasing = makeSvg("path", { class: "handle-casing" });
  handles = makeSvg("path", { class: "handles" });
  brush = makeSvg("circle", { class: "brush" });

  /** @param {Pane} pane */
  constructor(pane) {
    this.svg = pane.addDrawing("own");
    this.svg.append(this.lines, this.draftCasing, this.draft, this.handleCasing, this.handles, this.brush);
  }

  /** @param {Line[]} drawn [{path, colour, active}] of the chosen finding */
  showLines(drawn) {
    this.lines.replaceChildren(
      ...drawn.flatMap(({ path, colour, active }) => [
        makeSvg("path", { d: path, class: "casing" }),
        makeSvg("path", { d: path, class: active ? "line" : "line other", stroke: colour }),
      ]),
    );
  }

  /**
   * @param {Place[]} draft corners so far
   * @param {Place[][]} rings of the selected shape, whose corners can be dragged
   * @param {boolean} outline
   */
  showDraft(draft, rings, outline) {
    const path = draft.length > 3 && outline ? ringPath([draft]) : line(draft);
    this.draft.setAttribute("d", path);
    this.draftCasing.setAttribute("d", path);
    const at = dots([...draft.slice(0, 1), ...rings.flat()]);
    this.handles.setAttribute("d", at);
    this.handleCasing.setAttribute("d", at);
  }

  /**
   * @param {Place | null} at [x, y] or null
   * @param {number} radius of the brush, 0 for none
   */
  showBrush(at, radius) {
    this.brush.setAttribute("r", String(at ? radius : 0));
    if (!at) return;
    this.brush.setAttribute("cx", String(at[0]));
    this.brush.setAttribute("cy", String(at[1]));
  }
}
