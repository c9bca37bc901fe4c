// A picture of the panes as they are seen, with captions, colour scales, scores and where it comes from.
import { sentenceOf, verdictsOf } from "./assessment.js";
import { cssGradient } from "./colour.js";
import { make } from "./dom.js";
import { fileOf } from "./files/names.js";
import { MapPane } from "./map_pane.js";
import { contextOf } from "./pane.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Pane } from "./pane.js"
 */

const SCALE = 2; // pixels of the picture for each unit of its layout
const SIDE = 380; // of a pane, in units
const GAP = 16;
const HEAD = 62;
const CAPTION = 26;
const FOOT = 46;
const LINE = 17;
const SWATCH = 30; // room of a line's sample before its words
const STYLES = [
  "fill",
  "fill-opacity",
  "fill-rule",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-opacity",
  "opacity",
  "visibility",
  "display",
  "vector-effect",
  "font-size",
  "font-weight",
  "font-family",
  "paint-order",
  "text-anchor",
];
const FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif";
const COLOURS = { film: "#0a0c0e", text: "#e9edf1", soft: "#a5afba", warn: "#ff9a9a", mark: "#ffffff" };

/**
 * An SVG of the page as a picture by itself: what the style sheets say is written into its elements.
 * @param {SVGElement} drawing
 * @param {number} side
 * @returns {Promise<HTMLImageElement>}
 */
function pictureOf(drawing, side) {
  const copy = /** @type {SVGElement} */ (drawing.cloneNode(true));
  const originals = drawing.querySelectorAll("*");
  /** @type {NodeListOf<SVGElement>} */
  const copies = copy.querySelectorAll("*");
  copies.forEach((element, i) => {
    const style = getComputedStyle(originals[i]);
    for (const name of STYLES) element.style.setProperty(name, style.getPropertyValue(name));
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(side));
  copy.setAttribute("height", String(side));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  return image.decode().then(() => image);
}

/**
 * Words in lines that are no wider than a pane.
 * @param {CanvasRenderingContext2D} context with the font that they are written in
 * @param {string} words
 * @param {number} most
 * @returns {string[]}
 */
function linesOf(context, words, most) {
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

/** @typedef {{ size?: number, colour?: string, weight?: number, align?: CanvasTextAlign, most?: number }} TextStyle */

export class Snapshot {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
  }

  async save() {
    const { content, findingName } = this.viewer;
    if (!content.case) return;
    const canvas = await this.draw();
    /** @type {Blob | null} */
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = fileOf(content.case, `panes-${findingName}.png`);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    this.viewer.say(`Saved ${link.download}`);
  }

  /**
   * Whether what the models say can be read, where it cannot just be read: a line each.
   * @returns {string[]}
   */
  get verdicts() {
    const { assessments, models } = this.viewer.opened;
    return verdictsOf(assessments, models).map(({ assessment, models: of }) => {
      const whose = of.length < models.length ? `${of.join(", ")}: ` : "";
      return whose + sentenceOf(assessment);
    });
  }

  /**
   * The panes on show, in their order, on one canvas.
   * @returns {Promise<HTMLCanvasElement>}
   */
  async draw() {
    const { viewer } = this;
    const places = [...viewer.grid.children];
    const panes = viewer.allPanes
      .filter(({ element }) => places.includes(element) && element.offsetParent !== null)
      .sort((a, b) => places.indexOf(a.element) - places.indexOf(b.element));
    const columns = Math.min(panes.length > 6 ? 4 : 3, panes.length === 4 ? 2 : panes.length);
    const words = panes.map((pane) => this.linesOf(pane));
    const below = 30 + LINE * Math.max(...words.map((lines) => lines.length));
    const cell = CAPTION + SIDE + below;
    const width = Math.max(2 * SIDE, columns * SIDE) + GAP * (Math.max(2, columns) + 1);
    const head = HEAD + LINE * this.verdicts.length;
    const height = head + Math.ceil(panes.length / columns) * cell + FOOT;
    const canvas = make("canvas", { width: SCALE * width, height: SCALE * height });
    const context = contextOf(canvas);
    context.scale(SCALE, SCALE);
    context.fillStyle = COLOURS.film;
    context.fillRect(0, 0, width, height);
    this.writeHead(context, width);
    for (const [i, pane] of panes.entries()) {
      const [x, y] = [GAP + (i % columns) * (SIDE + GAP), head + Math.floor(i / columns) * cell];
      await this.drawPane(context, pane, x, y, words[i]);
    }
    this.writeFoot(context, width, height);
    return canvas;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {string} words
   * @param {number} x
   * @param {number} y
   * @param {TextStyle} [style]
   */
  text(
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
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   */
  writeHead(context, width) {
    const { opened, header } = this.viewer;
    this.text(context, opened.case.title, GAP, 26, { size: 17, weight: 650, most: width * 0.65 });
    this.text(context, "Research tool. Not for diagnosis.", width - GAP, 26, {
      size: 13,
      weight: 600,
      colour: COLOURS.warn,
      align: "right",
    });
    const badges = opened.case.phantom ? "PHANTOM: simulated, no patient · " : "";
    const says = [...header.reading.children].map((part) => part.textContent).join(" · ");
    this.text(context, badges + says, GAP, 47, { colour: COLOURS.soft, most: width - 2 * GAP });
    this.verdicts.forEach((words, i) =>
      this.text(context, words, GAP, HEAD + LINE * i, { colour: COLOURS.warn, most: width - 2 * GAP }),
    );
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number} height
   */
  writeFoot(context, width, height) {
    const { content, view, element } = this.viewer;
    const models = (content.models ?? [])
      .map(({ label, origin, weights }) => `${label}: ${origin} weights ${weights.slice(0, 8)}`)
      .join(" · ");
    const zoom =
      view.zoom > 1 ? `, zoom ${view.zoom.toFixed(1)}× at x ${Math.round(view.x)}, y ${Math.round(view.y)}` : "";
    const window = element.querySelector('[aria-label="Window presets"]')?.textContent ?? "";
    this.text(context, models, GAP, height - 26, { size: 10.5, colour: COLOURS.soft, most: width - 2 * GAP });
    const when = new Date().toISOString().slice(0, 10);
    const made = `MedicalPatchNet Explorer, ${when} · window ${window}${zoom} · not for diagnosis`;
    this.text(context, made, GAP, height - 10, { size: 10.5, colour: COLOURS.soft });
  }

  /**
   * What stands below a pane on the page, in lines: what its lines mean, the cut, and a row of scores each.
   * @param {Pane} pane
   * @returns {Line[]}
   */
  linesOf(pane) {
    const context = contextOf(make("canvas", { width: 1, height: 1 }));
    context.font = `400 12px ${FONT}`;
    return this.wordsOf(pane).flatMap(({ text, swatch }, i) =>
      linesOf(context, text, SIDE - (swatch ? SWATCH : 0)).map((line, at) => ({
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
  wordsOf(pane) {
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
   * @param {CanvasRenderingContext2D} context
   * @param {Pane} pane
   * @param {number} x
   * @param {number} y
   * @param {Line[]} words
   */
  async drawPane(context, pane, x, y, words) {
    const { view } = this.viewer;
    this.text(context, pane.title, x, y + 17, { size: 14, weight: 600, most: SIDE - 90 });
    const refused = pane instanceof MapPane && !pane.refusal.hidden;
    const head = [pane.score.textContent, refused ? pane.refusal.textContent : ""].filter(Boolean).join(" · ");
    this.text(context, head, x + SIDE, y + 17, { align: "right", ...(refused ? { colour: COLOURS.warn } : {}) });
    const top = y + CAPTION;
    const side = SIDE * SCALE;
    const film = make("canvas", { width: side, height: side });
    this.viewer.painter.paint(contextOf(film), view, side, side);
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
    if (isMap && pane.signed && !withheld) this.drawScale(context, pane, x, under);
    words.forEach(({ text, soft, swatch }, i) => {
      const at = under + LINE * (i + (isMap ? 1.2 : 0));
      if (swatch) drawSwatch(context, swatch, x, at - 4);
      this.text(context, text, x + (swatch ? SWATCH : 0), at, {
        colour: soft ? COLOURS.soft : COLOURS.text,
        most: SIDE,
      });
    });
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {MapPane} pane
   * @param {number} x
   * @param {number} y
   */
  drawScale(context, pane, x, y) {
    const [low, high] = [pane.low.textContent, pane.high.textContent];
    this.text(context, low, x, y, { size: 11 });
    this.text(context, high, x + SIDE, y, { size: 11, align: "right" });
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
}
