// Words of a saved picture: how they are written, and what stands below a pane, in lines.
import { make } from "../dom.js";
import { MapPane } from "../map_pane.js";
import { contextOf } from "../pane.js";

/** @import { Pane } from "../pane.js" */

export const SIDE = 380; // of a pane, in units of the picture's layout
export const LINE = 17;
const SWATCH = 30; // room of a line's sample before its words
const FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif";
export const COLOURS = { film: "#0a0c0e", text: "#e9edf1", soft: "#a5afba", warn: "#ff9a9a", mark: "#ffffff" };

/** @typedef {{ size?: number, colour?: string, weight?: number, align?: CanvasTextAlign, most?: number }} TextStyle */

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} words
 * @param {number} x
 * @param {number} y
 * @param {TextStyle} [style]
 */
export function write(
  context,
  words,
  x,
  y,
  { size = 12, colour = COLOURS.text, weight = 400, align = "left", most = undefined } = {},
) {
  Object.assign(context, {
    font: `${weight} ${size}px ${FONT}`,
    fillStyle: colour,
    textAlign: align,
    textBaseline: "alphabetic",
  });
  context.fillText(words, x, y, most);
}

/**
 * Words in lines that are no wider than a pane.
 * @param {CanvasRenderingContext2D} context with the font that they are written in
 * @param {string} words
 * @param {number} most
 * @returns {string[]}
 */
function wrapped(context, words, most) {
  /** @type {string[]} */
  const lines = [];
  for (const word of words.split(" ")) {
    const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length && context.measureText(longer).width <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

// A line below a pane; `swatch` is the line over the picture that it explains.
/** @typedef {{ text: string, soft: boolean, swatch: { colour: string, dashed: boolean } | null }} Line */

/**
 * How the line looks that a key explains; null where it is not drawn.
 * @param {Element} key
 * @returns {Line["swatch"]}
 */
function swatchOf(key) {
  const sample = key.querySelector("i");
  if (!sample || key.classList.contains("undrawn")) return null;
  const { borderTopColor, borderTopStyle } = getComputedStyle(sample);
  return { colour: borderTopColor, dashed: borderTopStyle === "dashed" };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ colour: string, dashed: boolean }} swatch
 * @param {number} x
 * @param {number} y
 */
function drawSwatch(context, { colour, dashed }, x, y) {
  context.save();
  Object.assign(context, { strokeStyle: colour, lineWidth: 2 });
  context.setLineDash(dashed ? [5, 3] : []);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + SWATCH - 8, y);
  context.stroke();
  context.restore();
}

/**
 * What stands below a pane on the page, in lines: what its lines mean, the cut, and a row of scores each.
 * @param {Pane} pane
 * @returns {Line[]}
 */
export function linesOf(pane) {
  const context = contextOf(make("canvas", { width: 1, height: 1 }));
  context.font = `400 12px ${FONT}`;
  return wordsOf(pane).flatMap(({ text, swatch }, i) =>
    wrapped(context, text, SIDE - (swatch ? SWATCH : 0)).map((line, at) => ({
      text: line,
      soft: i > 0,
      swatch: at ? null : swatch,
    })),
  );
}

/**
 * @param {Pane} pane
 * @returns {Pick<Line, "text" | "swatch">[]}
 */
function wordsOf(pane) {
  /** @param {string} text */
  const plain = (text) => ({ text, swatch: null });
  const cut = pane.says.querySelector(".cut-text")?.textContent ?? "";
  if (pane instanceof MapPane && pane.withheld) return [plain(cut)];
  const rows = [...pane.says.querySelectorAll(".scores:not([hidden]) tbody tr")].map((row) => {
    const heads = row.closest("table")?.querySelectorAll("thead th") ?? [];
    const shown = [...row.querySelectorAll("td:not([hidden])")];
    const cells = shown.map((cell, i) => (shown.length > 1 ? `${heads[i + 1].textContent} ` : "") + cell.textContent);
    return `${row.firstChild?.textContent}: ${cells.join(", ")}`;
  });
  const keys = [...pane.says.querySelectorAll(".key:not([hidden])")].map((key) => ({
    text: key.textContent ?? "",
    swatch: swatchOf(key),
  }));
  return [...keys, ...[cut, ...rows].map(plain)].filter(({ text }) => text);
}

/**
 * Lines below a pane, the first of them at `y`.
 * @param {CanvasRenderingContext2D} context
 * @param {Line[]} words
 * @param {number} x
 * @param {number} y
 */
export function writeLines(context, words, x, y) {
  words.forEach(({ text, soft, swatch }, i) => {
    const at = y + LINE * i;
    if (swatch) drawSwatch(context, swatch, x, at - 4);
    write(context, text, x + (swatch ? SWATCH : 0), at, { colour: soft ? COLOURS.soft : COLOURS.text, most: SIDE });
  });
}
