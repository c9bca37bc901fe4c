// A reader's own drawings over one pane.
import { makeSvg } from "../dom.js";
import { ringPath } from "./raster.js";

const dots = (points) => points.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("");
const line = (points) =>
  points.length ? `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}` : "";

export class DrawingLayer {
  constructor(pane) {
    const path = (kind) => makeSvg("path", { class: kind });
    this.svg = pane.addDrawing("own");
    this.lines = makeSvg("g");
    [this.draftCasing, this.draft, this.handleCasing, this.handles] = [
      "casing",
      "draft",
      "handle-casing",
      "handles",
    ].map(path);
    this.brush = makeSvg("circle", { class: "brush" });
    this.svg.append(this.lines, this.draftCasing, this.draft, this.handleCasing, this.handles, this.brush);
  }

  /** @param drawn [{path, colour, active}] of the chosen finding */
  showLines(drawn) {
    this.lines.replaceChildren(
      ...drawn.flatMap(({ path, colour, active }) => [
        makeSvg("path", { d: path, class: "casing" }),
        makeSvg("path", { d: path, class: active ? "line" : "line other", stroke: colour }),
      ]),
    );
  }

  /** @param draft corners so far; @param rings of the selected shape, whose corners can be dragged */
  showDraft(draft, rings, outline) {
    const path = draft.length > 3 && outline ? ringPath([draft]) : line(draft);
    this.draft.setAttribute("d", path);
    this.draftCasing.setAttribute("d", path);
    const at = dots([...draft.slice(0, 1), ...rings.flat()]);
    this.handles.setAttribute("d", at);
    this.handleCasing.setAttribute("d", at);
  }

  /** @param at [x, y] or null; @param radius of the brush, 0 for none */
  showBrush(at, radius) {
    this.brush.setAttribute("r", at ? radius : 0);
    if (at) (this.brush.setAttribute("cx", at[0]), this.brush.setAttribute("cy", at[1]));
  }
}
