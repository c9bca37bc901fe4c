// A pane with one method's map of one model over the radiograph, its scores, and what it says about itself.
import * as colour from "./colour.js";
import { make, setText, signed } from "./dom.js";
import { shownMasks } from "./findings.js";
import { borderPath, framed } from "./marked/border.js";
import { MarkedLayer } from "./marked/layer.js";
import { LEVELS, levelOfZero, peakOf, positivePart, range, toLevels, upsample } from "./maps.js";
import { Pane } from "./pane.js";
import { countAt, countsAbove, Reference } from "./scores.js";
import { ScoreTable } from "./scoretable.js";
import { denialWords } from "./statement/words.js";
import { SIZE } from "./view.js";

/**
 * @import { FilmPainter } from "./film/painter.js"
 * @import { Palette } from "./messages.d.ts"
 * @import { Framed, GivenMap, Measured, Pair, Tiles, Values } from "./types.d.ts"
 * @import { View } from "./view.js"
 */

const UNSEEN = "not seen by the models";
const NOT_ASSESSABLE = "not assessable";
const WITHHELD = "Not assessable: what this map marks means nothing, so no numbers of it stand here.";

/**
 * The method and whose map it is; a model that is called as the method by its long name.
 * @param {Pair["method"]} method
 * @param {Pair["model"]} model
 * @returns {string}
 */
const titleOf = ({ label }, { short, label: long }) =>
  label === short ? `${label} map of ${long}` : `${label}, ${short}`;

export class MapPane extends Pane {
  absence = ""; // why there is no map and will be none
  /** @type {Values | null} */
  parameters = null;
  /** @type {Map<string, Reference>} */
  references = new Map();
  overlay = new Uint32Array(SIZE * SIZE);
  /** @type {{ codes: Uint8Array | null, table: Uint32Array }} */
  blended = { codes: null, table: new Uint32Array(0) }; // what the overlay is made of
  /** @type {number | null} */
  shown = null; // place of the finding whose map is shown
  /** @type {string | null} */
  source = null; // where it came from
  /** @type {Uint8Array | null} */
  mask = null;
  maskReason = "";
  truthWord = ""; // what the mask is, said before the caption's IoU
  truthNote = ""; // what must be known of the mask where numbers of it are read
  withheld = false; // nothing of the map may be read as evidence: it is faded, and its numbers do not stand there
  /** @type {boolean | null} */
  verdict = null; // whether the model calls the finding present

  // Of the map: what follows holds while `signed` is there.
  /** @type {Float32Array | null} */
  signed = null;
  /** @type {Measured | null} */
  measured = null;
  /** @type {Uint8Array | null} */
  codes = null; // colour indices
  /** @type {[number, number]} */
  extent = [0, 0];
  least = 0;
  most = 0;
  limit = 0;
  /** @type {Uint16Array} */
  levels = new Uint16Array(0);
  /** @type {Tiles | null} */
  tiles = null; // of the levels, once they are looked for
  /** @type {Uint32Array} */
  above = new Uint32Array(0);
  cell = 1; // height of one of the map's own cells, in pixels of the view
  zero = 0; // the level above which no value opposes
  marked = new MarkedLayer();
  /** @type {Framed | null} */
  framed = null;
  /** @type {{ level: number, path: string } | null} */
  border = null; // as drawn last
  /** @type {string | null} */
  zeroBorder = null; // around what does not oppose

  refusal = make("span", { class: "refusal", text: NOT_ASSESSABLE, hidden: true });
  low = make("span");
  high = make("span");
  cutMark = make("i", { class: "cut" });
  against = make("i", { class: "hatched", hidden: true }); // marked values that oppose
  bar = make("div", { class: "bar" }, this.against, this.cutMark);
  legend = make("div", { class: "legend" }, this.low, this.bar, this.high);
  cutText = make("p", { class: "cut-text" });
  note = make("p", { class: "note" });

  /**
   * @param {Pair} pair what the pane shows
   * @param {Palette} palette its colours
   */
  constructor({ name, method, model }, palette) {
    super(name, method.label);
    this.method = method;
    this.model = model;
    if (method.model !== model.key) this.title = titleOf(method, model);
    this.modelName = make("span", {
      class: "model-name",
      "data-model": model.key,
      text: `${model.short}${shownMasks(model)}`,
      title: `${model.label}${shownMasks(model)}`,
      hidden: true,
    });
    this.name.after(this.modelName, this.refusal);
    this.scoreTable = new ScoreTable(method.label);
    this.says.append(this.legend, this.cutText, this.scoreTable.element, this.note);
    this.outline.before(this.marked.element); // what people drew stays on top
    this.palette = palette;
    this.setPalette(palette);
    this.clear();
  }

  /**
   * Say whose map it is, or leave that out where it goes without saying.
   * @param {boolean} shown
   */
  showModel(shown) {
    this.modelName.hidden = !shown;
    this.title = shown ? titleOf(this.method, this.model) : this.method.label;
    this.name.title = `${this.title}${shownMasks(this.model)}`; // in a small pane the name is cut
    this.scoreTable.element.setAttribute("aria-label", `Scores of ${this.title}`);
    if (this.finding) this.describe(this.finding);
  }

  /**
   * Say that the model cannot assess the image; the map stays as a shadow, unless the visitor wants to see it anyway.
   * @param {boolean} assessable
   * @param {boolean} shown whether what the map says may be shown
   */
  sayAssessable(assessable, shown) {
    this.refusal.hidden = assessable;
    this.withheld = !shown;
    this.element.classList.toggle("refused", !assessable);
    this.element.classList.toggle("withheld", this.withheld);
    this.says.classList.toggle("withheld", this.withheld); // it may stand elsewhere on the page
  }

  /** @returns {boolean} */
  get oneSided() {
    return this.method.palette !== "diverging";
  }

  /**
   * Draw the map with other colours.
   * @param {Palette} palette
   */
  setPalette(palette) {
    this.palette = palette;
    this.bar.style.background = colour.cssGradient(palette.colours, this.oneSided ? colour.NEUTRAL : 0);
  }

  /** @override */
  clear() {
    super.clear();
    this.shown = null;
    this.source = null;
    this.setMask(null);
    this.setMap(null);
  }

  /**
   * Compare the map with one more mask, or say why not; a null label ends that.
   * @param {string} key
   * @param {string | null} label
   * @param {Uint8Array | null} [mask] SIZE² values, 0 or 1
   * @param {string} [reason]
   */
  setReference(key, label, mask = null, reason = "") {
    if (label === null) this.references.delete(key);
    else this.references.set(key, new Reference(label, mask, reason));
    this.references.get(key)?.measure(this.measured);
    this.scoreTable.set(key, this.references.get(key));
  }

  /**
   * The radiologists' mask, which the caption's IoU speaks of; null with a reason why there is none to compare with.
   * @param {Uint8Array | null} mask
   * @param {string} [reason]
   * @param {string} [label]
   * @param {{ word?: string, note?: string }} [said] before the IoU, and below it
   */
  setMask(mask, reason = "", label = "radiologist", { word = "", note = "" } = {}) {
    this.mask = mask;
    this.maskReason = reason;
    this.truthWord = word && `${word} `;
    this.truthNote = note;
    this.setReference("radiologist", label, mask, mask ? "" : reason);
  }

  /**
   * @param {GivenMap | null} map signed and as the method gave it; null while there is none
   * @param {string} [absence] why there is none, where none will come
   */
  setMap(map, absence = "") {
    this.codes = this.border = this.zeroBorder = this.framed = null;
    this.absence = absence;
    if (map === null) this.signed = this.measured = null;
    else this.takeMap(map);
    for (const reference of this.references.values()) reference.measure(this.measured);
  }

  /** @param {GivenMap} map */
  takeMap({ values, height, width }) {
    const { interpolation, floor } = this.method;
    const positive = floor === "zero";
    this.signed = upsample(values, height, width, SIZE, interpolation);
    this.extent = range(this.signed);
    this.cell = SIZE / height;
    const scored = positive ? upsample(positivePart(values), height, width, SIZE, interpolation) : this.signed;
    [this.least, this.most] = positive ? range(scored) : this.extent;
    if (positive) this.least = Math.min(this.least, 0);
    this.levels = toLevels(scored, this.least, this.most);
    this.tiles = this.painted = null;
    this.above = countsAbove(this.levels);
    this.zero = this.oneSided ? -1 : levelOfZero(this.least, this.most);
    this.measured = { levels: this.levels, peak: this.blank ? -1 : peakOf(scored) };
  }

  /** @returns {boolean} */
  get blank() {
    return this.signed !== null && !(this.most > this.least);
  }

  /**
   * Why nothing of a map can be marked: it has one value, or none that counts.
   * @returns {"No positive evidence" | "Same value everywhere"}
   */
  get blankWords() {
    return this.method.floor === "zero" ? "No positive evidence" : "Same value everywhere";
  }

  /**
   * Colour the map; the next `drawMap` shows it.
   * @param {number | null} limit of the colour scale, ±limit; null: this map's own maximum
   * @param {Record<string, Uint32Array>} tables by palette
   */
  colourise(limit, tables) {
    if (this.signed === null) return;
    const end = limit ?? this.ownLimit();
    if (this.codes === null || this.limit !== end) {
      this.limit = end;
      this.codes = colour.colourIndices(this.signed, end);
      this.sayScale();
    }
    const table = tables[this.method.palette];
    const { blended } = this;
    if (blended.codes === this.codes && table.every((pixel, i) => pixel === blended.table[i])) return;
    colour.blend(this.codes, table, this.overlay);
    this.blended = { codes: this.codes, table };
    this.painted = null;
  }

  /** @returns {number} */
  ownLimit() {
    const [low, high] = this.extent;
    return (this.oneSided ? high : Math.max(high, -low)) || 1;
  }

  /**
   * One frame. This and the scores are all that a threshold change costs.
   * @param {number} level
   * @param {boolean} hide
   * @param {boolean} border
   */
  drawMap(level, hide, border) {
    this.level = level;
    this.paintMap(level, hide);
    this.drawMarked(level, border);
    this.sayScore(level);
  }

  /**
   * Paint the map, where the canvas does not show that already.
   * @param {number} level
   * @param {boolean} hide
   */
  paintMap(level, hide) {
    const wanted = this.signed === null ? "" : hide ? `above ${level}` : "all";
    if (this.painted === wanted) return;
    if (this.signed === null) this.pixels.fill(0);
    else colour.paint(this.pixels, this.overlay, this.levels, level, SIZE, hide, hide ? this.tilesNow : undefined);
    this.context.putImageData(this.frame, 0, 0);
    this.painted = wanted;
  }

  get tilesNow() {
    return (this.tiles ??= colour.tilesOf(this.levels, SIZE));
  }

  /**
   * @param {number} level
   * @param {boolean} drawn whether the border is
   */
  drawMarked(level, drawn) {
    if (this.signed === null || this.blank || this.withheld) return this.marked.show("", "", false);
    const opposes = level < this.zero;
    if (this.border?.level !== level) this.border = { level, path: drawn || opposes ? this.borderAt(level) : "" };
    if (opposes) this.zeroBorder ??= this.borderAt(this.zero);
    this.marked.show(this.border.path, opposes ? this.border.path + this.zeroBorder : "", drawn);
  }

  /**
   * @param {number} level
   * @returns {string}
   */
  borderAt(level) {
    const smooth = this.method.interpolation === "bilinear";
    this.framed ??= framed(this.levels, SIZE, smooth ? this.cell : 0, smooth ? null : this.tilesNow);
    return borderPath(this.framed, level);
  }

  /**
   * @override
   * @param {FilmPainter} painter
   * @param {View} view
   */
  paintFilm(painter, view) {
    super.paintFilm(painter, view);
    this.marked.scale(view, this.device[0] / devicePixelRatio);
  }

  /**
   * IoU with the radiologist's mask above a level; NaN where it is undefined.
   * @param {number} level
   * @returns {number}
   */
  iou(level) {
    if (this.signed === null || this.blank) return NaN;
    return this.references.get("radiologist")?.at(this.above, level)?.iou ?? NaN;
  }

  /**
   * Share of the view above a level.
   * @param {number} level
   * @returns {number}
   */
  share(level) {
    return countAt(this.above, level, SIZE * SIZE) / (SIZE * SIZE);
  }

  /**
   * Share of the view above a level whose values oppose the finding.
   * @param {number} level
   * @returns {number}
   */
  opposingShare(level) {
    return this.blank || level >= this.zero ? 0 : this.share(level) - this.share(this.zero);
  }

  /**
   * Where a level is in the map's own values.
   * @param {number} level
   * @returns {number}
   */
  valueAt(level) {
    return this.least + (level / LEVELS) * (this.most - this.least);
  }

  sayScale() {
    const { oneSided } = this;
    const end = this.method.unit ? String(this.limit) : "max";
    this.low.replaceChildren(...(oneSided ? ["0"] : [make("span", { class: "words", text: "opposes " }), `−${end}`]));
    this.high.replaceChildren(...(oneSided ? [end] : [`+${end}`, make("span", { class: "words", text: " supports" })]));
  }

  /** @param {number} level */
  sayScore(level) {
    const iou = this.iou(level);
    const none = this.signed === null;
    this.legend.hidden = this.withheld || (none && Boolean(this.absence));
    const silent = this.withheld || Number.isNaN(iou);
    setText(this.score, silent ? "" : `${this.truthWord}IoU ${iou.toFixed(3)}`);
    if (none) this.sayAbsence(level);
    else if (this.withheld) setText(this.cutText, WITHHELD);
    else this.sayCut(level);
  }

  /** @param {number} level */
  sayAbsence(level) {
    setText(this.cutText, this.absence);
    if (this.absence) this.scoreTable.show(this.above, level, this.absence);
  }

  /** @param {number} level */
  sayCut(level) {
    const denial = denialWords(this.references.get("radiologist")?.hit ?? null, this.verdict);
    setText(this.cutText, [this.cutWords(level), this.undefinedReason(), denial].filter(Boolean).join(" · "));
    this.scoreTable.show(this.above, level, this.blank ? "undefined: the map is blank" : "");
    const cut = this.valueAt(level);
    const at = Math.min(1, Math.max(0, this.oneSided ? cut / this.limit : (cut / this.limit + 1) / 2));
    this.cutMark.style.left = `${100 * at}%`;
    this.cutMark.hidden = this.blank;
    this.against.hidden = !this.opposingShare(level);
    Object.assign(this.against.style, { left: `${100 * at}%`, right: "50%" });
  }

  /**
   * @param {number} level
   * @returns {string}
   */
  cutWords(level) {
    if (this.blank) return this.blankWords;
    const { unit, floor } = this.method;
    const words = unit
      ? `> ${signed(this.valueAt(level))} ${unit}`
      : `> ${Math.round((100 * level) / LEVELS)} % of ${floor === "zero" ? "max" : "its range"}`;
    const opposes = this.opposingShare(level) / this.share(level);
    const hatched = opposes > 0 ? `, of which ${Math.max(1, Math.round(100 * opposes))} % opposes (hatched)` : "";
    return `${words}: ${Math.round(100 * this.share(level))} % of view${hatched}`;
  }

  /** @returns {string} */
  undefinedReason() {
    if (this.mask === null) return this.maskReason;
    return this.blank ? "IoU undefined" : this.truthNote;
  }

  /**
   * @override
   * @param {string} finding
   */
  pictureWords(finding) {
    return `${this.title} for ${finding}`;
  }

  /**
   * @override
   * @param {number} x
   * @param {number} y
   */
  valueWords(x, y) {
    if (this.signed === null) return this.absence || "no map yet";
    if (!this.sees(x, y)) return UNSEEN;
    if (this.withheld) return NOT_ASSESSABLE;
    const value = this.signed[this.indexAt(x, y)];
    if (this.method.unit) return `${signed(value)} ${this.method.unit}`;
    const percent = String(Math.round((100 * value) / this.ownLimit())).replace("-", "−");
    return `${value < 0 ? "−" : ""}${Math.abs(value).toPrecision(3)} (${percent} % of max)`;
  }
}
