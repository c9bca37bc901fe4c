// A pane in a saved picture: the film, the map and its drawings as they are seen, the colour scale, and words.
import { cssGradient } from "../colour.js";
import { make } from "../dom.js";
import { MapPane } from "../map_pane.js";
import { contextOf } from "../pane.js";
import { pictureOf } from "./svg.js";
import { COLOURS, LINE, SIDE, write, writeLines } from "./words.js";

/**
 * @import { Viewer } from "../../viewer.js"
 * @import { Pane } from "../pane.js"
 * @import { Line } from "./words.js"
 */

export const SCALE = 2; // pixels of the picture for each unit of its layout
export const CAPTION = 26;

/**
 * A pane as it is seen, with its title, what its lines mean and its scores.
 * @param {Viewer} viewer
 * @param {CanvasRenderingContext2D} context
 * @param {Pane} pane
 * @param {number} x
 * @param {number} y
 * @param {Line[]} words
 */
export async function drawPane(viewer, context, pane, x, y, words) {
  const { painter, view } = viewer;
  write(context, pane.title, x, y + 17, { size: 14, weight: 600, most: SIDE - 90 });
  const refused = pane instanceof MapPane && !pane.refusal.hidden;
  const head = [pane.score.textContent, refused ? pane.refusal.textContent : ""].filter(Boolean).join(" · ");
  write(context, head, x + SIDE, y + 17, { align: "right", ...(refused ? { colour: COLOURS.warn } : {}) });
  const top = y + CAPTION;
  const side = SIDE * SCALE;
  const film = make("canvas", { width: side, height: side });
  painter.paint(contextOf(film), view, side, side);
  context.drawImage(film, x, top, SIDE, SIDE);
  context.imageSmoothingEnabled = side / view.size < 6;
  const withheld = pane instanceof MapPane && pane.withheld;
  if (withheld) Object.assign(context, { globalAlpha: 0.3, filter: "grayscale(1)" }); // as on the page
  context.drawImage(pane.canvas, view.x, view.y, view.size, view.size, x, top, SIDE, SIDE);
  Object.assign(context, { globalAlpha: 1, filter: "none" });
  /** @type {NodeListOf<SVGElement>} */
  const drawings = pane.stage.querySelectorAll(":scope > svg");
  for (const drawing of drawings) {
    if (getComputedStyle(drawing).display !== "none") {
      context.drawImage(await pictureOf(drawing, SIDE), x, top, SIDE, SIDE);
    }
  }
  const under = top + SIDE + 18;
  const isMap = pane instanceof MapPane;
  if (isMap && pane.signed && !withheld) drawScale(context, pane, x, under);
  writeLines(context, words, x, under + (isMap ? 1.2 * LINE : 0));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {MapPane} pane
 * @param {number} x
 * @param {number} y
 */
function drawScale(context, pane, x, y) {
  const [low, high] = [pane.low.textContent, pane.high.textContent];
  write(context, low, x, y, { size: 11 });
  write(context, high, x + SIDE, y, { size: 11, align: "right" });
  const [from, to] = [x + context.measureText(low).width + 10, x + SIDE - context.measureText(high).width - 10];
  const gradient = context.createLinearGradient(from, 0, to, 0);
  const stops = cssGradient(pane.palette.colours, pane.oneSided ? 127 : 0).match(/rgb\([^)]*\)/g) ?? [];
  stops.forEach((stop, i) => gradient.addColorStop(i / (stops.length - 1), stop));
  context.fillStyle = gradient;
  context.fillRect(from, y - 8, to - from, 8);
  if (pane.cutMark.hidden) return;
  context.fillStyle = COLOURS.mark;
  context.fillRect(from + ((to - from) * parseFloat(pane.cutMark.style.left)) / 100 - 1, y - 10, 2, 12);
}
