// Any two annotations of the open case compared: readers, the human benchmark, the models' maps at their present
// thresholds, and what was drawn or loaded here.
import { Matrix } from "./comparing/matrix.js";
import { MEASURES } from "./comparing/measures.js";
import { PairPicture } from "./comparing/picture.js";
import { Region } from "./comparing/region.js";
import { isKeyOf, make, makeSelect } from "./dom.js";
import { maskFrom } from "./references.js";
import { SIZE } from "./view.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { MeasureKey } from "./comparing/measures.js"
 * @import { MapPane } from "./map_pane.js"
 */

const SETTLED = 200; // milliseconds after the last change, when the pairs are counted
const WORDS =
  "Every pair of annotations of the chosen finding: what people marked, what each map marks above its present " +
  "threshold, and what you drew or loaded. A region that agrees with nobody may still be right.";
const PEOPLE = /^(union|majority|human|reader .*)$/; // keys
const GRID = "All counted on the 512×512 view";

/** @param {string} text */
const optionOf = (text) => make("option", { value: text, text });

export class Comparison {
  key = "comparison";
  /** @type {Region[]} */
  regions = [];
  /** @type {[string, string]} */
  pair = ["", ""]; // keys of the two that are chosen
  /** @type {MeasureKey} */
  measure = "iou";
  chosen = false; // whether somebody opened or closed it, or it opens by itself
  /** @type {number | undefined} */
  timer = undefined;
  matrix = new Matrix((r, c) => this.choose(this.regions[r].key, this.regions[c].key));
  picture = new PairPicture();
  numbers = make("tbody");
  note = make("p", { class: "note" });
  none = make("p", { class: "note", text: "Nobody marked this finding yet, and no map is there: nothing to compare." });
  first = makeSelect("First", [], (key) => this.choose(key, this.pair[1]));
  second = makeSelect("Second", [], (key) => this.choose(this.pair[0], key));
  kind = makeSelect(
    "Table of",
    Object.entries(MEASURES).map(([key, { label }]) => [key, label]),
    (key) => {
      if (isKeyOf(MEASURES, key)) this.measure = key;
      this.show();
    },
  );
  summary = make("summary", { text: "Compare any two annotations" });
  parts = this.makeParts();

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.element = make(
      "details",
      { class: "panel comparison" },
      this.summary,
      make("p", { class: "note", text: WORDS }),
      this.none,
      this.parts,
    );
    this.summary.addEventListener("click", () => (this.chosen = true));
    this.element.addEventListener("toggle", () => this.count());
    viewer.below.append(this.element);
  }

  /** @returns {HTMLElement} */
  makeParts() {
    return make(
      "div",
      { class: "comparison-parts" },
      make("div", { class: "pair-all" }, this.kind, this.matrix.element, this.note),
      make(
        "div",
        { class: "pair-two" },
        make("div", { class: "pair-choice" }, this.first, this.second),
        this.picture.element,
        make(
          "table",
          { class: "own-table" },
          make("caption", { class: "sr-only", text: "The two chosen annotations" }),
          this.numbers,
        ),
      ),
    );
  }

  onCase() {
    this.chosen = false;
    this.pair = ["", ""];
    this.later();
  }

  onContent() {
    this.later();
  }

  onFinding() {
    this.later();
  }

  onLayout() {
    this.later();
  }

  onFrame() {
    this.later();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.count(), SETTLED);
  }

  /** Two people's marks open the panel; otherwise it waits until somebody asks. */
  openByItself() {
    const people = this.peoplesRegions().length + this.ownRegions().length;
    if (!this.chosen && this.element.open !== people > 1) this.element.open = people > 1;
  }

  count() {
    if (!this.viewer.content.case || this.viewer.finding === null) return;
    this.openByItself();
    if (!this.element.open) return;
    this.regions = [...this.peoplesRegions(), ...this.ownRegions(), ...this.mapRegions()];
    this.show();
  }

  /**
   * A region as it was, where it still is what it was, so that nothing of it is counted again; none without a mask.
   * @param {string} key
   * @param {string} label
   * @param {string} state what the mask is made of
   * @param {() => Uint8Array | null} make
   * @returns {Region[]}
   */
  keep(key, label, state, make) {
    const known = this.regions.find((one) => one.key === key && one.label === label && one.state === state);
    const mask = known?.mask ?? make();
    return mask ? [known ?? new Region(key, label, mask, state)] : [];
  }

  /** @returns {Region[]} */
  peoplesRegions() {
    const { truth, findingName: name, opened, data, serial } = this.viewer;
    const { readers, phantom } = opened.case;
    const all = readers.length;
    const state = `${serial} ${name}`;
    /**
     * @param {string} key
     * @param {string} label
     * @param {() => Uint8Array | null} make
     */
    const keep = (key, label, make) => this.keep(key, label, state, make);
    const whole = all ? `Union of ${all}` : phantom ? "Simulated" : "Radiologist";
    return [
      ...keep("union", whole, () => maskFrom(opened.masks, data?.masks, name)),
      ...(all ? keep("majority", `Majority of ${all}`, () => truth.layer("majority", name)) : []),
      ...readers.flatMap((reader, i) => keep(`reader ${i}`, reader.name, () => truth.layer(String(i), name))),
      ...keep("human", "Human benchmark", () => maskFrom(opened.human, data?.human, name)),
    ];
  }

  /** @returns {Region[]} */
  ownRegions() {
    const drawn = this.viewer.feature("annotations").drawn.filter((annotation) => !annotation.empty);
    return drawn.flatMap((annotation) => {
      const mask = annotation.region();
      const known = this.regions.find((one) => one.mask === mask && one.label === annotation.name);
      return known ?? new Region(annotation.id, annotation.name, mask);
    });
  }

  /**
   * What the maps on show mark now.
   * @returns {Region[]}
   */
  mapRegions() {
    return this.viewer.panes.flatMap((pane) => {
      if (!pane.signed || pane.blank) return [];
      return this.keep(pane.key, pane.title, `${pane.source} ${pane.shown} ${pane.level}`, () => regionOf(pane));
    });
  }

  /**
   * @param {string} first
   * @param {string} second
   */
  choose(first, second) {
    this.pair = [first, second];
    this.show();
  }

  /**
   * The two that are chosen. Where one is not there any more, or none was chosen: what is drawn here against what
   * people marked, two readers, or people against the first map.
   * @returns {[number, number]}
   */
  get places() {
    const { regions } = this;
    /** @param {(key: string) => boolean} test */
    const place = (test) => regions.findIndex(({ key }) => test(key));
    const [one, other] = this.pair.map((wanted) => place((key) => key === wanted));
    const readers = [0, 1].map((i) => place((key) => key === `reader ${i}`));
    const own = place((key) => key.startsWith("own-"));
    const likely = [own, ...(own < 0 && readers[1] >= 0 ? readers : []), 0, place((key) => !PEOPLE.test(key)), 1];
    const usable = likely.filter((at, i) => at >= 0 && likely.indexOf(at) === i);
    const first = one >= 0 ? one : /** @type {number} */ (usable.find((at) => at !== other));
    const second = other >= 0 && other !== first ? other : usable.find((at) => at !== first);
    return [first, /** @type {number} */ (second)];
  }

  show() {
    const { regions, viewer } = this;
    const enough = regions.length > 1;
    this.parts.hidden = !enough;
    this.none.hidden = enough;
    if (!enough) return;
    const scale = viewer.opened.case.geometry.crop.side / SIZE;
    const measure = MEASURES[this.measure];
    const [one, other] = this.places;
    this.sayChoices(one, other);
    this.matrix.show(regions, measure, scale);
    this.matrix.choose(one, other);
    this.picture.show(viewer.plain.plain, regions[one], regions[other]);
    this.sayNumbers(regions[one], regions[other], scale);
    const wide = `whose pixels are ${scale.toFixed(2)} original ones wide.`;
    const rows = this.measure === "centre" ? " Rows: whose centre. Columns: in whose region." : "";
    this.note.textContent = `${measure.label}: ${measure.words}.${rows} ${GRID}, ${wide}`;
  }

  /**
   * @param {number} one
   * @param {number} other
   */
  sayChoices(one, other) {
    const labels = this.regions.map(({ label }) => label);
    [this.first, this.second].forEach(({ control }, i) => {
      const texts = [...control.options].map(({ text }) => text);
      if (texts.join("\n") !== labels.join("\n")) control.replaceChildren(...labels.map(optionOf));
      this.regions.forEach(({ key }, at) => (control.options[at].value = key));
      control.selectedIndex = i ? other : one;
    });
  }

  /**
   * @param {Region} one
   * @param {Region} other
   * @param {number} scale
   */
  sayNumbers(one, other, scale) {
    const rows = Object.values(MEASURES)
      .filter((measure) => measure !== MEASURES.centre)
      .map(({ label, words, of, text }) => [label, words, text(of(one, other, scale))]);
    const { of, text, words, label } = MEASURES.centre;
    rows.push([`${label}, ${one.label} in ${other.label}`, words, text(of(one, other, scale))]);
    rows.push([`${label}, ${other.label} in ${one.label}`, words, text(of(other, one, scale))]);
    this.numbers.replaceChildren(
      ...rows.map(([name, title, value]) =>
        make("tr", { title }, make("th", { scope: "row", text: name }), make("td", { text: value })),
      ),
    );
  }
}

/**
 * What a map marks.
 * @param {MapPane} pane
 * @returns {Uint8Array}
 */
function regionOf({ level, levels }) {
  const mask = new Uint8Array(SIZE * SIZE);
  for (let i = 0; i < mask.length; i++) if (levels[i] > level) mask[i] = 1;
  return mask;
}
