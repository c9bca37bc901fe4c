// What a threshold marks of a map, over its picture: the border, and hatching where the marked area opposes.
import { makeSvg } from "../dom.js";
import { SIZE } from "../view.js";
import { UNITS } from "./border.js";

/** @import { View } from "../view.js" */

const PITCH = 9; // pixels of the screen from line to line of the hatching
let made = 0; // patterns: their names are the page's

export class MarkedLayer {
  name = `hatching-${++made}`;
  pattern = makeSvg(
    "pattern",
    { id: this.name, width: PITCH, height: PITCH, patternUnits: "userSpaceOnUse" },
    makeSvg("rect", { class: "casing", width: 2.6, height: PITCH }),
    makeSvg("rect", { class: "line", x: 0.7, width: 1.2, height: PITCH }),
  );
  opposing = makeSvg("path", { class: "opposing", fill: `url(#${this.name})`, "fill-rule": "evenodd" });
  casing = makeSvg("path", { class: "casing" });
  line = makeSvg("path", { class: "line" });
  element = makeSvg(
    "svg",
    { viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true", class: "marked" },
    makeSvg("defs", {}, this.pattern),
    makeSvg("g", { transform: `scale(${1 / UNITS})` }, this.opposing, this.casing, this.line),
  );

  shown = ["", ""]; // path data of the border and of what opposes, as they are drawn

  /**
   * @param {string} border path data around what is marked
   * @param {string} opposing the same around what is marked and opposes
   * @param {boolean} drawn whether the border is
   */
  show(border, opposing, drawn) {
    const [before, opposed] = this.shown;
    this.shown = [drawn ? border : "", opposing];
    const [line] = this.shown;
    if (opposing !== opposed) this.opposing.setAttribute("d", opposing);
    if (line !== before) for (const part of [this.casing, this.line]) part.setAttribute("d", line);
  }

  /**
   * Keep the hatching as fine on the screen, whatever the zoom.
   * @param {View} view
   * @param {number} width of the pane, in pixels of the screen
   */
  scale({ size }, width) {
    if (width) this.pattern.setAttribute("patternTransform", `scale(${(UNITS * size) / width}) rotate(-45)`);
  }
}
