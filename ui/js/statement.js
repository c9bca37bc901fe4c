// What is said of the chosen finding above the panes, and the button that takes the border from the patch model.
import { isAssessable } from "./assessment.js";
import { make } from "./dom.js";
import { isFloor } from "./floors.js";
import { saysPresent } from "./reading/sheet.js";
import { remember } from "./remember.js";
import { borderPatches, coverage, evidenceIn, probabilityWithout } from "./statement/evidence.js";
import { statement } from "./statement/words.js";
import { SIZE } from "./view.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Model } from "./messages.d.ts"
 * @import { Evidence, Facts, Fit, Opinion, Part } from "./statement/words.js"
 */

const [OFF, ON] = ["Border off", "Border back on"];
const HELP = "Switch off the outermost patches of the patch model, and see every finding without them";

export class Statement {
  key = "statement";
  text = ""; // as exports carry it
  /** @type {WeakMap<Uint8Array, Map<number, Float64Array>>} */
  covered = new WeakMap(); // by mask and grid
  words = make("span");
  border = make("button", { type: "button", class: "border-off", title: HELP, on: { click: () => this.toggle() } });
  element = make("p", { class: "statement", hidden: true }, this.words, this.border);

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    viewer.header.reading.after(this.element);
  }

  onContent() {
    this.show();
  }

  onClose() {
    this.show();
  }

  onFrame() {
    this.show();
  }

  onPatches() {
    this.show();
  }

  show() {
    const { viewer } = this;
    const facts = viewer.content.case && viewer.finding !== null && !viewer.blind ? this.facts() : null;
    const text = facts ? statement(facts).join(" ") : "";
    this.element.hidden = !facts?.opinions.some(({ assessable }) => assessable); // the banner says so already
    if (text !== this.text) this.words.textContent = unbroken(text);
    this.text = text;
    const border = facts?.evidence ? this.patches() : [];
    this.border.hidden = !border.length;
    const words = this.isOff(border) ? ON : OFF;
    if (this.border.textContent !== words) this.border.textContent = words;
  }

  /** @returns {Facts} */
  facts() {
    const { viewer } = this;
    const { mask, reason } = viewer.feature("annotations").radiologist();
    return {
      opinions: viewer.config.models
        .filter(({ key }) => viewer.content.probabilities?.[key])
        .map((model) => this.opinionOf(model)),
      evidence: this.evidence(),
      fits: mask ? this.fits() : [],
      drawn: mask ? this.drawnWords("what") : "",
      missing: mask ? "" : reason,
    };
  }

  /**
   * @param {Model} model
   * @returns {Opinion}
   */
  opinionOf({ key, label }) {
    const { opened, finding } = this.viewer;
    const at = finding ?? 0;
    return {
      name: label,
      probability: opened.probabilities[key][at],
      calibrated: opened.calibrated[key]?.[at] ?? null,
      says: this.says(key),
      assessable: isAssessable(opened, key),
    };
  }

  /**
   * Whether a model calls the chosen finding present; null where it does not predict it.
   * @param {string} key
   * @returns {boolean | null}
   */
  says(key) {
    const { opened, finding } = this.viewer;
    return saysPresent(opened.probabilities[key]?.[finding ?? 0] ?? null);
  }

  /**
   * Patch logits of the chosen finding and the grid; null where there is no patch model, or it does not predict it.
   * @returns {{ model: Model, logits: Float32Array, grid: number } | null}
   */
  apart() {
    const { opened, data, patchModel: model, finding } = this.viewer;
    const all = model && data?.patches[model.key];
    if (!all || finding === null || !isAssessable(opened, model.key)) return null;
    const grid = opened.patches[model.key].shape[1];
    const logits = all.subarray(finding * grid * grid, (finding + 1) * grid * grid);
    return Number.isNaN(logits[0]) ? null : { model, logits, grid };
  }

  /** @returns {number[]} the patches of the border, where there are any */
  patches() {
    return borderPatches(this.apart()?.grid ?? 0);
  }

  /**
   * @param {number[]} patches
   * @returns {boolean} whether all of them are off
   */
  isOff(patches) {
    const off = new Set(this.viewer.feature("patches").off);
    return patches.length > 0 && patches.every((patch) => off.has(patch));
  }

  /** Switch the border off, or on again. */
  toggle() {
    const patches = this.patches();
    const off = !this.isOff(patches);
    this.viewer.feature("patches").change((switches) => {
      switches.set(patches, off);
      switches.commit();
    });
  }

  /** @returns {Evidence | null} */
  evidence() {
    const apart = this.apart();
    if (!apart) return null;
    const { model, logits, grid } = apart;
    const annotations = this.viewer.feature("annotations");
    const border = borderPatches(grid);
    const { mask } = annotations.radiologist();
    /** @type {Part[]} */
    const parts = [];
    if (border.length) parts.push({ where: "in the border", ...evidenceIn(logits, marked(border, grid)) });
    if (mask) parts.push({ where: this.drawnWords("where"), ...evidenceIn(logits, this.coverageOf(mask, grid)) });
    for (const one of annotations.drawn.filter(({ empty }) => !empty)) {
      const own = coverage(one.region(), grid, SIZE); // drawn on right now: not to be kept
      parts.push({ where: `in your annotation ${one.name}`, ...evidenceIn(logits, own) });
    }
    return { name: model.label, parts, without: border.length ? probabilityWithout(logits, border) : null };
  }

  /**
   * @param {Uint8Array} mask
   * @param {number} grid
   * @returns {Float64Array}
   */
  coverageOf(mask, grid) {
    if (!this.covered.has(mask)) this.covered.set(mask, new Map());
    return remember(/** @type {Map<number, Float64Array>} */ (this.covered.get(mask)), grid, () =>
      coverage(mask, grid, SIZE),
    );
  }

  /**
   * The first map on show of each model that may be spoken of.
   * @returns {Fit[]}
   */
  fits() {
    const { panes, opened } = this.viewer;
    const shown = panes.filter((pane) => pane.signed && !isFloor(pane) && isAssessable(opened, pane.model.key));
    return shown
      .filter((pane) => shown.find((other) => other.model.key === pane.model.key) === pane)
      .map((pane) => ({
        name: pane.title,
        model: pane.model.label,
        hit: pane.references.get("radiologist")?.hit ?? null,
        iou: pane.iou(pane.level),
        says: this.says(pane.model.key),
      }));
  }

  /**
   * Whose drawing is meant.
   * @param {"what" | "where"} word
   * @returns {string}
   */
  drawnWords(word) {
    const { truth, opened } = this.viewer;
    if (truth.readers.length) return `${word} the ${truth.label} marked`.replace(/the (?!union|majority)/, "");
    if (opened.case.phantom) return word === "what" ? "the simulated finding" : "in the simulated finding";
    return `${word} the radiologist drew`;
  }
}

/**
 * The same, of which no line ends between a number and its unit.
 * @param {string} text
 * @returns {string}
 */
const unbroken = (text) => text.replace(/(\d) %/g, "$1\u00a0%");

/**
 * @param {number[]} patches
 * @param {number} grid
 * @returns {Uint8Array} 1 for these patches
 */
function marked(patches, grid) {
  const found = new Uint8Array(grid * grid);
  for (const patch of patches) found[patch] = 1;
  return found;
}
