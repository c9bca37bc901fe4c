// Where the blocks of a model look: their boxes over the map of their gates, which block is shown, and the boxes in
// words.
import { make, makeSelect, makeSvg } from "./dom.js";
import { MapPane } from "./map_pane.js";
import { defaultsOf } from "./parameters.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { RegionBox } from "./messages.d.ts"
 * @import { Pane } from "./pane.js"
 */

export const NEEDS = "regions"; // key of what a method needs whose map has boxes
const BLOCK = "block"; // its parameter: the number of a block, counted from 1, or 0
const ALL = "0";
const INSIDE = 5; // from a box's corner to its number, in view coordinates
const LINE = 17;

/**
 * A box in words, in pixels of the radiograph.
 * @param {RegionBox} region
 * @returns {string}
 */
export function boxWords({ block, pixels: [x0, y0, x1, y1] }) {
  return `${block}: x ${x0} to ${x1}, y ${y0} to ${y1} px`;
}

/**
 * Where the numbers of boxes stand: at their upper left corners, below one another where corners are close.
 * @param {RegionBox[]} regions
 * @returns {[number, number][]}
 */
export function numberPlaces(regions) {
  /** @type {[number, number][]} */
  const places = [];
  for (const { box } of regions) {
    const x = box[0] + INSIDE;
    let y = box[1] + LINE;
    const taken = () => places.find(([px, py]) => Math.abs(px - x) < LINE && Math.abs(py - y) < LINE);
    for (let other = taken(); other; other = taken()) y = other[1] + LINE;
    places.push([x, y]);
  }
  return places;
}

/**
 * The lines over one pane.
 * @param {RegionBox[]} regions
 * @param {number} block the chosen one, counted from 1; 0: all
 * @returns {SVGElement[]}
 */
export function boxLines(regions, block) {
  const shown = block ? regions.slice(block - 1, block) : regions;
  /** @param {string} kind */
  const rectangles = (kind) =>
    shown.map(({ box: [x0, y0, x1, y1] }) =>
      makeSvg("rect", { class: kind, x: x0, y: y0, width: x1 - x0, height: y1 - y0 }),
    );
  const numbers = block ? [] : numberPlaces(shown).map(([x, y], i) => makeSvg("text", { x, y }, String(i + 1)));
  return [...rectangles("casing"), ...rectangles("line"), ...numbers];
}

/** One pane's drawing, choice and words. */
class RegionView {
  key = "";

  /**
   * @param {MapPane} pane
   * @param {(block: number) => void} onChoose
   */
  constructor(pane, onChoose) {
    this.pane = pane;
    this.drawing = pane.addDrawing("regions");
    this.field = makeSelect("Block", [], (value) => onChoose(Number(value)));
    this.list = make("ol", { class: "region-list", "aria-label": `Boxes of ${pane.title}, in the radiograph` });
    this.element = make("div", { class: "region-choice", hidden: true }, this.field, this.list);
    pane.note.before(this.element);
  }

  /**
   * @param {RegionBox[]} regions none while the model has not spoken, or where it has none
   * @param {number} block
   */
  show(regions, block) {
    const key = JSON.stringify([regions, block]);
    if (key === this.key) return;
    this.key = key;
    this.element.hidden = !regions.length;
    this.drawing.replaceChildren(...boxLines(regions, block));
    const options = regions.map((region, i) => make("option", { value: i + 1, text: `${i + 1} · ${region.block}` }));
    this.field.control.replaceChildren(make("option", { value: ALL, text: "All, and their mean" }), ...options);
    this.field.control.value = String(block);
    const items = regions.map((region, i) => make("li", { value: i + 1, text: boxWords(region) }));
    this.list.replaceChildren(...(block ? items.slice(block - 1, block) : items));
  }
}

/** The boxes of all panes whose maps are gates inside them. */
export class Regions {
  key = "regions";
  /** @type {WeakMap<Pane, RegionView>} */
  views = new WeakMap();

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
  }

  /** @param {Pane} pane */
  onPane(pane) {
    if (!(pane instanceof MapPane) || pane.method.needs.key !== NEEDS) return;
    const usual = defaultsOf(pane.method);
    const choose = (/** @type {number} */ block) =>
      this.viewer.askForMaps({ [pane.key]: { ...usual, ...pane.parameters, [BLOCK]: block } });
    this.views.set(pane, new RegionView(pane, choose));
    this.show(pane);
  }

  onContent() {
    for (const pane of this.viewer.panes) this.show(pane);
  }

  /** @param {MapPane} pane */
  show(pane) {
    const regions = this.viewer.content.regions?.[pane.model.key] ?? [];
    this.views.get(pane)?.show(regions, Number(pane.parameters?.[BLOCK] ?? 0));
  }
}
