// What the ways to ask say of one model: a small map of each on one scale, and their numbers.
import { blend, colourIndices, cssGradient, overlayTable, pixelCodes } from "../colour.js";
import { make, signed } from "../dom.js";
import { upsampleNearest } from "../maps.js";
import { contextOf } from "../pane.js";
import { SIZE } from "../view.js";

/**
 * @import { ComparedModel, ComparedPair, ComparedWay, Palette } from "../messages.d.ts"
 */

const OPACITY = 0.8;

/**
 * A size in logits, with as many digits as it needs: 2.15, 0.038, 5e-6.
 * @param {number} value
 * @returns {string}
 */
export function sizeText(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001) return size.toExponential(0);
  return size.toFixed(size < 0.1 ? 3 : 2);
}

/**
 * One model's part of the panel.
 * @param {ComparedModel} model
 * @param {Palette} palette
 * @param {Uint8Array} grey the radiograph, SIZE × SIZE
 * @returns {HTMLElement}
 */
export function modelResults(model, palette, grey) {
  const scale = make("i", { class: "bar" });
  scale.style.background = cssGradient(palette.colours);
  const limit = sizeText(model.limit);
  return make(
    "section",
    { class: "one-map-model", "data-model": model.key },
    make("h4", {}, make("b", { text: model.short }), model.words ? make("span", { text: model.words }) : null),
    make("div", { class: "one-map-maps" }, ...model.ways.map((way) => wayFigure(way, model, palette, grey))),
    make(
      "p",
      { class: "one-map-scale" },
      make("span", { text: `−${limit}` }),
      scale,
      make("span", { text: `+${limit} logits, one scale for this model's maps` }),
    ),
    model.pairs.length ? numbers(model) : null,
  );
}

/**
 * @param {ComparedWay} way
 * @param {ComparedModel} model
 * @param {Palette} palette
 * @param {Uint8Array} grey
 * @returns {HTMLElement}
 */
function wayFigure(way, model, palette, grey) {
  const canvas = make("canvas", { width: SIZE, height: SIZE, role: "img", "aria-label": spoken(way, model) });
  paint(canvas, way.shares, model.limit, palette, grey);
  const passes = way.passes ? `${way.passes.toLocaleString("en")} passes` : "from the pass that is there";
  return make(
    "figure",
    { "data-way": way.key },
    canvas,
    make("figcaption", {}, make("b", { text: way.label }), make("span", { text: passes })),
  );
}

/**
 * The map in words: where its strongest cell is.
 * @param {ComparedWay} way
 * @param {ComparedModel} model
 * @returns {string}
 */
function spoken({ label, shares }, { short }) {
  const columns = shares[0].length;
  const flat = shares.flat();
  const at = flat.reduce((best, value, i) => (Math.abs(value) > Math.abs(flat[best]) ? i : best), 0);
  const place = `row ${Math.floor(at / columns) + 1}, column ${(at % columns) + 1}`;
  return `${label}, ${short}: strongest share ${signed(flat[at])} logits in ${place} of ${columns}`;
}

/**
 * Draw shares over the radiograph.
 * @param {HTMLCanvasElement} canvas
 * @param {number[][]} shares
 * @param {number} limit
 * @param {Palette} palette
 * @param {Uint8Array} grey
 */
function paint(canvas, shares, limit, palette, grey) {
  const context = contextOf(canvas);
  const frame = context.createImageData(SIZE, SIZE);
  const map = upsampleNearest(Float32Array.from(shares.flat()), shares.length, shares[0].length, SIZE);
  const codes = pixelCodes(colourIndices(map, limit), grey);
  blend(codes, overlayTable(palette, OPACITY), new Uint32Array(frame.data.buffer));
  context.putImageData(frame, 0, 0);
}

/**
 * All numbers, folded away.
 * @param {ComparedModel} model
 * @returns {HTMLElement}
 */
function numbers(model) {
  return make(
    "details",
    { class: "one-map-numbers" },
    make("summary", { text: `${model.short}: the numbers` }),
    make("div", { class: "one-map-tables" }, waysTable(model), pairsTable(model)),
  );
}

/**
 * @param {ComparedModel} model
 * @returns {HTMLTableElement}
 */
function waysTable({ ways, gained, short }) {
  const columns = ["Passes", "Own error", "Adds up to", "Unaccounted"];
  const rows = ways.map((way) => [
    String(way.passes),
    way.error === null ? "n/a" : way.error === 0 ? "none" : sizeText(way.error),
    signed(gained + way.unaccounted),
    sizeText(way.unaccounted),
  ]);
  const caption = `${short}: the image's logit is ${signed(gained)} above that of the filler alone`;
  return table(
    caption,
    columns,
    ways.map(({ label }) => label),
    rows,
  );
}

/**
 * @param {ComparedModel} model
 * @returns {HTMLTableElement}
 */
function pairsTable({ ways, pairs, short }) {
  /**
   * @param {ComparedWay} row
   * @param {ComparedWay} column
   */
  const text = (row, column) => {
    const pair = pairs.find(({ first, second }) => first === row.key && second === column.key);
    return pair ? pairText(pair) : "";
  };
  const rows = ways.slice(0, -1).map((row) => ways.slice(1).map((column) => text(row, column)));
  const labels = ways.map(({ label }) => label);
  return table(
    `${short}: rank correlation, and largest difference in logits`,
    labels.slice(1),
    labels.slice(0, -1),
    rows,
  );
}

/**
 * @param {ComparedPair} pair
 * @returns {string}
 */
function pairText({ rank, difference }) {
  return `${rank === null ? "n/a" : signed(rank)} · ${sizeText(difference)}`;
}

/**
 * @param {string} caption
 * @param {string[]} columns
 * @param {string[]} names of the rows
 * @param {string[][]} rows
 * @returns {HTMLTableElement}
 */
function table(caption, columns, names, rows) {
  const head = make("tr", {}, make("td"), ...columns.map((text) => make("th", { scope: "col", text })));
  const body = rows.map((cells, i) =>
    make("tr", {}, make("th", { scope: "row", text: names[i] }), ...cells.map((text) => make("td", { text }))),
  );
  return make(
    "table",
    { class: "ranks" },
    make("caption", { text: caption }),
    make("thead", {}, head),
    make("tbody", {}, ...body),
  );
}
