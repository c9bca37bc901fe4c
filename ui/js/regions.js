// Where the blocks of a model look: their boxes over the map of their gates, which block is shown, and the boxes in
// words.
import { make, makeSelect, makeSvg } from "./dom.js";
import { MapPane } from "./map_pane.js";
import { defaultsOf } from "./parameters.js";
import { SIZE } from "./view.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { RegionBox } from "./messages.d.ts"
 * @import { Pane } from "./pane.js"
 */

export const NEEDS = "regions"; // key of what a method needs whose map has boxes
const BLOCK = "block"; // its parameter: the number of a block, counted from 1, or 0
const ALL = "0";
const INSIDE = 5; // from a box's corner to its number, in pixels of the screen
const LINE = 17;
const LEGIBLE = 200; // side of a pane from which on numbers and full lines have room in it

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
 * @param {number} unit pixels of the view for one of the screen
 * @returns {[number, number][]}
 */
export function numberPlaces(regions, unit) {
  const line = LINE * unit;
  /** @type {[number, number][]} */
  const places = [];
  for (const { box } of regions) {
    const x = box[0] + INSIDE * unit;
    let y = box[1] + line;
    const taken = () => places.find(([px, py]) => Math.abs(px - x) < line && Math.abs(py - y) < line);
    for (let other = taken(); other; other = taken()) y = other[1] + line;
    places.push([x, y]);
  }
  return places;
}

/**
 * The lines over one pane; who points at one is told which box it is.
 * @param {RegionBox[]} regions
 * @param {number} block the chosen one, counted from 1; 0: all
 * @returns {SVGElement[]}
 */
export function boxLines(regions, block) {
  const numbered = regions.map((region, i) => ({ region, words: `${i + 1}. ${boxWords(region)}` }));
  const shown = block ? numbered.slice(block - 1, block) : numbered;
  /** @param {string} kind */
  const rectangles = (kind) =>
    shown.map(({ region: { box }, words }) => {
      const [x, y, x1, y1] = box;
      return makeSvg("rect", { class: kind, x, y, width: x1 - x, height: y1 - y }, makeSvg("title", {}, words));
    });
  return [...rectangles("casing"), ...rectangles("line")];
}

/**
 * Their numbers, as large on the screen in every pane and at every zoom.
 * @param {RegionBox[]} regions
 * @param {number} unit pixels of the view for one of the screen
 * @returns {SVGElement[]}
 */
function boxNumbers(regions, unit) {
  /** @param {[number, number]} place */
  const at = ([x, y]) => `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${unit.toFixed(4)})`;
  return numberPlaces(regions, unit).map((place, i) => makeSvg("text", { transform: at(place) }, String(i + 1)));
}

/** One pane's drawing, choice and words. */
class RegionView {
  key = "";
  /** @type {RegionBox[]} */
  regions = []; // whose boxes bear numbers

  /**
   * @param {MapPane} pane
   * @param {(block: number) => void} onChoose
   */
  constructor(pane, onChoose) {
    this.pane = pane;
    this.drawing = pane.addDrawing("regions");
    this.lines = makeSvg("g", {});
    this.numbers = makeSvg("g", {});
    this.drawing.append(this.lines, this.numbers);
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
    this.lines.replaceChildren(...boxLines(regions, block));
    const options = regions.map((region, i) => make("option", { value: i + 1, text: `${i + 1} · ${region.block}` }));
    this.field.control.replaceChildren(make("option", { value: ALL, text: "All, and their mean" }), ...options);
    this.field.control.value = String(block);
    const items = regions.map((region, i) => make("li", { value: i + 1, text: boxWords(region) }));
    this.list.replaceChildren(...(block ? items.slice(block - 1, block) : items));
    this.regions = block ? [] : regions; // a single box needs no number
  }

  /**
   * Lines and numbers for the pane's size and the part of the picture that it shows.
   * @param {number} size side of that part, in view coordinates
   */
  scale(size) {
    const side = this.pane.stage.clientWidth || SIZE;
    const legible = side >= LEGIBLE;
    this.drawing.classList.toggle("slight", !legible);
    this.numbers.replaceChildren(...(legible ? boxNumbers(this.regions, size / side) : []));
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
    new ResizeObserver(() => this.scale(pane)).observe(pane.stage);
    this.show(pane);
  }

  onContent() {
    for (const pane of this.viewer.panes) this.show(pane);
  }

  onView() {
    for (const pane of this.viewer.panes) this.scale(pane);
  }

  /** @param {Pane} pane */
  scale(pane) {
    this.views.get(pane)?.scale(this.viewer.view.size);
  }

  /** @param {MapPane} pane */
  show(pane) {
    const regions = this.viewer.content.regions?.[pane.model.key] ?? [];
    this.views.get(pane)?.show(regions, Number(pane.parameters?.[BLOCK] ?? 0));
    this.scale(pane);
  }
}
