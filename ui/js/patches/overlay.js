// Patches over a pane: hatched where they are switched off, framed where somebody points, the grid while it matters.
import { makeSvg } from "../dom.js";
import { SIZE } from "../view.js";

/** @import { Pane } from "../pane.js" */

let made = 0;

export class PatchOverlay {
  /** @param {Pane} pane */
  constructor(pane) {
    this.svg = pane.addDrawing("patches");
    pane.outline.before(this.svg); // what people drew stays on top
    const id = `patch-hatch-${++made}`;
    this.off = makeSvg("path", { class: "off", fill: `url(#${id})` });
    this.shade = makeSvg("path", { class: "shade" });
    this.grid = makeSvg("path", { class: "grid" });
    this.frame = makeSvg("path", { class: "frame" });
    this.casing = makeSvg("path", { class: "frame-casing" });
    this.asked = makeSvg("path", { class: "asked" });
    this.askedCasing = makeSvg("path", { class: "frame-casing" });
    const stripe = makeSvg("path", { d: "M-4 4 4 -4M0 16 16 0M12 20 20 12", class: "stripe" });
    const pattern = makeSvg("pattern", { id, width: 16, height: 16, patternUnits: "userSpaceOnUse" }, stripe);
    this.svg.append(makeSvg("defs", {}, pattern), this.shade, this.off, this.grid);
    this.svg.append(this.askedCasing, this.asked, this.casing, this.frame);
  }

  /** @param {string} path as `patchPath` gives it, of the patches that are off */
  showOff(path) {
    this.off.setAttribute("d", path);
    this.shade.setAttribute("d", path);
  }

  /** @param {string} path of the patch that is pointed at, or "" */
  showFrame(path) {
    this.frame.setAttribute("d", path);
    this.casing.setAttribute("d", path);
  }

  /** @param {string} path of the patch whose nearest ones are on show, or "" */
  showAsked(path) {
    this.asked.setAttribute("d", path);
    this.askedCasing.setAttribute("d", path);
  }

  /** @param {number} grid patches a side, or 0 for no lines */
  showGrid(grid) {
    const lines = Array.from({ length: Math.max(0, grid - 1) }, (_, i) => ((i + 1) * SIZE) / grid);
    this.grid.setAttribute("d", lines.map((at) => `M${at} 0V${SIZE}M0 ${at}H${SIZE}`).join(""));
  }
}

/**
 * Squares of patches as the data of one SVG path in view coordinates.
 * @param {number[]} patches
 * @param {number} grid
 * @returns {string}
 */
export function patchPath(patches, grid) {
  const side = SIZE / grid;
  return patches
    .map((patch) => `M${(patch % grid) * side} ${Math.floor(patch / grid) * side}h${side}v${side}h${-side}z`)
    .join("");
}
