// One pane: the radiograph, one method's map of one model over it, the outline, and what the pane says about itself.
import * as colour from "./colour.js";
import { make, makeSvg, signed } from "./dom.js";
import { LEVELS, peakOf, positivePart, range, toLevels, upsample } from "./maps.js";
import { countAt, countsAbove, Reference } from "./scores.js";
import { ScoreTable } from "./scoretable.js";
import { SIZE } from "./view.js";

/** The radiologist's outline, with a dark casing so that it shows on any background; scales with the pane. */
function makeOutline() {
  const casing = makeSvg("path", { class: "casing" });
  const line = makeSvg("path", { class: "line" });
  return makeSvg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true", class: "outline" }, casing, line);
}

export class Pane {
  /**
   * @param {{name: string, method: object, model: import("./pairs.js").Model} | null} pair what the pane shows; null for the plain image
   * @param {object} palettes by name
   * @param {{key: string, label: string}} names of the pane
   */
  constructor(
    pair,
    palettes,
    { key, label } = pair ? { key: pair.name, label: pair.method.label } : { key: "radiograph", label: "Radiograph" },
  ) {
    const method = pair?.method ?? null;
    this.method = method;
    this.model = pair?.model ?? null;
    this.key = key;
    this.title = pair && method.model !== this.model.key ? `${label}, ${this.model.short}` : label; // with the model's name, where the pane says it
    this.hidden = false;
    this.absence = ""; // why there is no map and will be none
    this.parameters = null;
    this.level = 0; // above which the pane marks, as of the last frame
    this.references = new Map();
    this.scoreTable = method ? new ScoreTable(method.label) : null;
    this.canvas = make("canvas", { width: SIZE, height: SIZE, role: "img" });
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.frame = this.context.createImageData(SIZE, SIZE);
    this.pixels = new Uint32Array(this.frame.data.buffer);
    this.overlay = new Uint32Array(SIZE * SIZE);
    this.name = make("h3", { text: label, title: label });
    this.modelName =
      this.model &&
      make("span", {
        class: "model-name",
        "data-model": this.model.key,
        text: this.model.short,
        title: this.model.label,
        hidden: true,
      });
    this.score = make("span", { class: "score" });
    this.veil = make("p", { class: "veil", hidden: true });
    this.outline = makeOutline();
    this.probe = make("p", { class: "probe", hidden: true });
    this.stage = make(
      "div",
      { class: "stage", tabindex: "0", role: "group" },
      this.canvas,
      this.outline,
      this.veil,
      this.probe,
    );
    this.buttons = make("span", { class: "pane-buttons" });
    this.says = make("div", { class: "says" });
    this.element = make(
      "figure",
      { class: "pane", "data-method": this.key },
      make("figcaption", {}, this.name, this.modelName, this.score, this.buttons),
      this.stage,
      this.says,
    );
    if (method) this.makeLegend(palettes);
    this.clear();
  }

  /** An SVG over the picture in view coordinates, for what people draw and point at; follows the view. */
  addDrawing(name) {
    const drawing = makeSvg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true", class: name });
    this.veil.before(drawing);
    return drawing;
  }

  /** Show the part of the picture that the view names. */
  place(view) {
    view.apply(this.canvas, this.stage.querySelectorAll(":scope > svg"));
  }

  /** Say whose map it is, or leave that out where it goes without saying. */
  showModel(shown) {
    this.modelName.hidden = !shown;
    this.title = shown ? `${this.method.label}, ${this.model.short}` : this.method.label;
    this.scoreTable.element.setAttribute("aria-label", `Scores of ${this.title}`);
    if (this.finding) this.describe(this.finding);
  }

  makeLegend(palettes) {
    this.low = make("span");
    this.high = make("span");
    this.cutMark = make("i", { class: "cut" });
    this.bar = make("div", { class: "bar" }, this.cutMark);
    this.legend = make("div", { class: "legend" }, this.low, this.bar, this.high);
    this.cutText = make("p", { class: "cut-text" });
    this.note = make("p", { class: "note" });
    this.says.append(this.legend, this.cutText, this.scoreTable.element, this.note);
    this.setPalette(palettes[this.method.palette]);
  }

  get oneSided() {
    return this.method.palette !== "diverging";
  }

  /** Draw the map with other colours. */
  setPalette(palette) {
    this.palette = palette;
    this.bar.style.background = colour.cssGradient(palette.colours, this.oneSided ? colour.NEUTRAL : 0);
  }

  /** Forget map, mask and image: a new case is coming. */
  clear() {
    this.shown = null;
    this.source = null;
    this.grey = new Uint8Array(SIZE * SIZE);
    this.plain = colour.greyPixels(this.grey);
    this.setMask(null);
    this.setOutline("");
    this.setMap(null);
  }

  /** @param grey Uint8Array of SIZE² values; @param plain the same as opaque pixels, shared by all panes. */
  setImage(grey, plain) {
    this.grey = grey;
    this.plain = plain;
  }

  /** Compare the map with one more mask (Uint8Array of SIZE², 0 or 1), or say why not; a null label ends that. */
  setReference(key, label, mask = null, reason = "") {
    if (label === null) this.references.delete(key);
    else this.references.set(key, new Reference(label, mask, reason));
    this.references.get(key)?.measure(this.measured);
    this.scoreTable?.set(key, this.references.get(key));
  }

  /** The radiologists' mask, which the caption's IoU speaks of; null with a reason why there is none to compare with. */
  setMask(mask, reason = "", label = "radiologist") {
    this.mask = mask;
    this.maskReason = reason;
    this.setReference("radiologist", label, mask, mask ? "" : reason);
  }

  setOutline(path) {
    for (const part of this.outline.children) part.setAttribute("d", path);
  }

  /**
   * @param {{values: Float32Array, height: number, width: number} | null} map signed and as the method gave it; null while there is none
   * @param {string} absence why there is none, where none will come
   */
  setMap(map, absence = "") {
    this.codes = null;
    this.absence = absence;
    if (map === null) {
      this.signed = this.measured = null;
      return this.measure();
    }
    const { values, height, width } = map;
    const { interpolation, floor } = this.method;
    const positive = floor === "zero";
    this.signed = upsample(values, height, width, SIZE, interpolation);
    this.extent = range(this.signed);
    const scored = positive ? upsample(positivePart(values), height, width, SIZE, interpolation) : this.signed;
    [this.least, this.most] = range(scored);
    if (positive) this.least = Math.min(this.least, 0);
    this.levels = toLevels(scored, this.least, this.most);
    this.tiles = colour.tilesOf(this.levels, SIZE);
    this.above = countsAbove(this.levels);
    this.measured = { levels: this.levels, peak: this.blank ? -1 : peakOf(scored) };
    this.measure();
  }

  measure() {
    for (const reference of this.references.values()) reference.measure(this.measured);
  }

  get blank() {
    return this.signed !== null && !(this.most > this.least);
  }

  /** Why nothing of a map can be marked: it has one value, or none that counts. */
  get blankWords() {
    return this.method.floor === "zero" ? "No positive evidence" : "Same value everywhere";
  }

  /** Colour the map at ±limit (null: this map's own maximum) with tables by palette; the next `draw` shows it. */
  colourise(limit, tables) {
    if (this.signed === null) return;
    const end = limit ?? this.ownLimit();
    if (this.codes === null || this.limit !== end) {
      this.limit = end;
      this.codes = colour.pixelCodes(colour.colourIndices(this.signed, end), this.grey);
      this.sayScale();
    }
    colour.blend(this.codes, tables[this.method.palette], this.overlay);
  }

  ownLimit() {
    const [low, high] = this.extent;
    return (this.oneSided ? high : Math.max(high, -low)) || 1;
  }

  /** One frame. This and the scores are all that a threshold change costs. */
  draw(level, hide = false, border = true) {
    this.level = level;
    if (this.signed === null) this.pixels.set(this.plain);
    else colour.paint(this.pixels, this.plain, this.overlay, this.levels, level, SIZE, hide, border, this.tiles);
    this.context.putImageData(this.frame, 0, 0);
    if (this.method) this.sayScore(level);
  }

  /** IoU with the radiologist's mask above a level; NaN where it is undefined. */
  iou(level) {
    if (this.signed === null || this.blank) return NaN;
    return this.references.get("radiologist").at(this.above, level)?.iou ?? NaN;
  }

  /** Share of the view above a level. */
  share(level) {
    return countAt(this.above, level, SIZE * SIZE) / (SIZE * SIZE);
  }

  /** Where a level is in the map's own values. */
  valueAt(level) {
    return this.least + (level / LEVELS) * (this.most - this.least);
  }

  sayScale() {
    const { unit } = this.method;
    const { oneSided } = this;
    const end = unit ? String(this.limit) : "max";
    this.low.replaceChildren(...(oneSided ? ["0"] : [make("span", { class: "words", text: "opposes " }), `−${end}`]));
    this.high.replaceChildren(...(oneSided ? [end] : [`+${end}`, make("span", { class: "words", text: " supports" })]));
  }

  sayScore(level) {
    const iou = this.iou(level);
    const none = this.signed === null;
    this.legend.hidden = none && Boolean(this.absence);
    this.score.textContent = none && !this.absence ? "" : Number.isNaN(iou) ? "IoU –" : `IoU ${iou.toFixed(3)}`;
    this.score.classList.toggle("undefined", Number.isNaN(iou));
    if (none) {
      this.cutText.textContent = this.absence;
      if (this.absence) this.scoreTable.show(null, level, this.absence);
      return;
    }
    this.cutText.textContent = [this.cutWords(level), this.undefinedReason()].filter(Boolean).join(" · ");
    this.scoreTable.show(this.above, level, this.blank ? "undefined: the map is blank" : "");
    const cut = this.valueAt(level);
    const at = this.oneSided ? cut / this.limit : (cut / this.limit + 1) / 2;
    this.cutMark.style.left = `${100 * Math.min(1, Math.max(0, at))}%`;
    this.cutMark.hidden = this.blank;
  }

  cutWords(level) {
    if (this.blank) return this.blankWords;
    const { unit, floor } = this.method;
    const words = unit
      ? `> ${signed(this.valueAt(level))} ${unit}`
      : `> ${Math.round((100 * level) / LEVELS)} % of ${floor === "zero" ? "max" : "its range"}`;
    return `${words}: ${Math.round(100 * this.share(level))} % of view`;
  }

  undefinedReason() {
    if (this.mask === null) return this.maskReason;
    return this.blank ? "IoU undefined" : "";
  }

  /** Show a message over the picture, or none. */
  setVeil(text) {
    this.veil.textContent = text;
    this.veil.hidden = !text;
  }

  describe(finding) {
    this.finding = finding;
    const what = this.method ? `${this.title} for ${finding}` : `${this.title} with the outline of ${finding}`;
    this.canvas.setAttribute("aria-label", what);
    this.stage.setAttribute("aria-label", `${this.title}: arrow keys move the cross-hair`);
  }

  /** The value at a point of the view, in words. */
  valueWords(x, y) {
    const i = Math.min(SIZE - 1, Math.max(0, Math.floor(y))) * SIZE + Math.min(SIZE - 1, Math.max(0, Math.floor(x)));
    if (!this.method) return `grey ${this.grey[i]}`;
    if (this.signed === null) return this.absence || "no map yet";
    const value = this.signed[i];
    if (this.method.unit) return `${signed(value)} ${this.method.unit}`;
    return `${value < 0 ? "−" : ""}${Math.abs(value).toPrecision(3)} (${Math.round((100 * value) / this.ownLimit())} % of max)`.replace(
      "(-",
      "(−",
    );
  }
}
