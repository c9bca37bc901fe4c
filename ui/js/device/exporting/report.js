// What an export tells of the open case, gathered once: ui/exports/report.py and truth.py.
import { MEASURES } from "../../comparing/measures.js";
import { Region } from "../../comparing/region.js";
import { FLOORS } from "../../floors.js";
import { thresholdLevel, unpackBits } from "../../maps.js";
import { SIZE } from "../../view.js";
import { probabilities } from "../explaining/probabilities.js";
import { LaidMap, numberOf } from "./laid.js";

/**
 * @import { DrawingState, MarkedShape } from "../../messages.d.ts"
 * @import { ExportedMap, Opened, Shown, ScoreRow, SpeakingModel } from "./types.d.ts"
 */

/** @typedef {{ finding: string, name: string, mask: Uint8Array }} Drawn */
/** @typedef {{ choice: string, name: string, form: string, note: string, readers: string[] }} TruthFacts */

const [UNION, MAJORITY] = ["union", "majority"];
/** @type {MarkedShape["form"][]} */
const LOOSEST = ["box", "disc", "ellipse", "polygon", "mask"];
const BOX_NOTE =
  "A box is a poor mask: a perfect outline has a mean IoU of 0.60 with its own box (measured on ChestX-Det).";
const EMPTY = new Uint8Array(SIZE * SIZE);

/** A map of one finding that is on show, and where it is cut. */
export class ShownMap {
  /**
   * @param {string} name
   * @param {LaidMap} laid
   * @param {number} level
   * @param {{ map?: ExportedMap, note?: string }} about of a model's map, or of a floor
   */
  constructor(name, laid, level, { map, note = "" }) {
    this.name = name;
    this.laid = laid;
    this.level = level;
    this.map = map ?? null;
    this.note = note;
  }

  /**
   * @param {Uint8Array | null} mask
   * @returns {ScoreRow}
   */
  scores(mask) {
    return this.laid.scores(this.level, mask ?? EMPTY);
  }
}

/** The open case as a visitor sees it. */
export class Report {
  /**
   * @param {Opened} opened
   * @param {Shown} state
   * @throws Error with one sentence, where a map on show is not there yet.
   */
  constructor(opened, state) {
    const { maps, models } = opened;
    this.opened = opened;
    this.state = { ...state, methods: state.methods ?? Object.keys(maps) };
    if (!models.length || this.state.methods.some((name) => !maps[name])) {
      throw new Error("Expected maps of all methods shown, found some still being computed; wait for them.");
    }
    this.case = opened.content.case;
    this.probabilities = Object.fromEntries(
      models.filter(({ key }) => opened.logits[key]).map(({ key }) => [key, probabilities(opened.logits[key])]),
    );
    /** @type {Drawn[]} */
    this.drawings = state.annotations.map((one) => ({ ...one, mask: maskOf(one) }));
    const readers = this.case.readers.length;
    const known = [MAJORITY, ...Array.from({ length: readers }, (_, i) => String(i))];
    this.truth = readers && known.includes(state.truth) ? state.truth : UNION;
  }

  /** @returns {string} whose masks are scored against */
  get truthName() {
    const { readers, phantom } = this.case;
    if (!readers.length) return phantom ? "simulator" : "radiologist";
    return readers[Number(this.truth)]?.name ?? `${this.truth} of ${readers.length} readers`;
  }

  /**
   * @param {string} finding
   * @returns {Uint8Array | null}
   */
  truthMask(finding) {
    const { masks, layers } = this.opened;
    return (this.truth === UNION ? masks : layers[this.truth])?.[finding] ?? null;
  }

  /**
   * As what a finding was marked.
   * @param {string} finding
   * @returns {string}
   */
  form(finding) {
    const reader = this.case.readers[Number(this.truth)];
    if (!reader) return this.case.forms[finding] ?? "mask";
    const shapes = reader.marks[finding] ?? [];
    return LOOSEST.find((form) => shapes.some((shape) => shape.form === form)) ?? "mask";
  }

  /**
   * @param {string} finding
   * @returns {TruthFacts}
   */
  truthFacts(finding) {
    const form = this.form(finding);
    const note = form === "box" && this.truthMask(finding) ? BOX_NOTE : "";
    return { choice: this.truth, name: this.truthName, form, note, readers: this.case.readers.map(({ name }) => name) };
  }

  /**
   * @param {string} name of a pane
   * @param {string} finding
   * @returns {ShownMap}
   */
  pane(name, finding) {
    const map = this.opened.maps[name];
    const method = this.opened.methods.find(({ key }) => key === map.method);
    const { interpolation = "bilinear", floor = "minimum" } = method ?? {};
    const laid = this.lay(map.shown, map.shape, finding, interpolation, floor === "zero");
    return new ShownMap(name, laid, this.state.levels[name] ?? thresholdLevel(this.state.threshold), { map });
  }

  /**
   * A floor's map of a finding; null where there is none.
   * @param {string} name
   * @param {string} finding
   * @returns {ShownMap | null}
   */
  floor(name, finding) {
    const floor = this.opened.floors[name];
    if (!floor) return null;
    const { floors, threshold, threshold_mode: mode } = this.state;
    const own = thresholdLevel(floor.thresholds[finding] ?? threshold);
    const level = finding === this.state.finding || mode !== "tuned" ? floors[name] : own;
    const label = FLOORS.find(({ key }) => key === name)?.label ?? name;
    const laid = this.lay(floor.values, floor.shape, finding, "bilinear", false);
    return new ShownMap(label, laid, level, { note: floor.note });
  }

  /**
   * @param {Float32Array} values (14, h, w)
   * @param {number[]} shape
   * @param {string} finding
   * @param {"nearest" | "bilinear"} interpolation
   * @param {boolean} positive
   */
  lay(values, shape, finding, interpolation, positive) {
    const [height, width] = shape.slice(1);
    const start = this.opened.findings.indexOf(finding) * height * width;
    return new LaidMap(values.subarray(start, start + height * width), height, width, interpolation, positive);
  }

  /** @returns {ShownMap[]} maps of models that are on show, in their order */
  get panes() {
    return this.state.methods.map((name) => this.pane(name, this.state.finding));
  }

  /** @returns {ShownMap[]} */
  get floors() {
    const found = Object.keys(this.state.floors).map((name) => this.floor(name, this.state.finding));
    return found.filter((one) => one !== null);
  }

  /**
   * The regions that maps of a finding are scored against, by whose they are.
   * @param {string} finding
   * @returns {Map<string, Uint8Array>}
   */
  references(finding) {
    /** @type {Map<string, Uint8Array>} */
    const found = new Map();
    const truth = this.truthMask(finding);
    if (truth) found.set(this.truthName, truth);
    const human = this.opened.human[finding];
    if (human) found.set("human benchmark", human);
    for (const { name, finding: of, mask } of this.drawings) if (of === finding) found.set(unused(name, found), mask);
    return found;
  }

  /**
   * All annotations of the shown finding: what maps are scored against, and every reader and map besides.
   * @returns {Map<string, Uint8Array>}
   */
  regions() {
    const { finding } = this.state;
    const { masks, layers } = this.opened;
    const { readers } = this.case;
    const found = this.references(finding);
    const named = readers.length
      ? [
          [`${UNION} of ${readers.length} readers`, masks[finding]],
          [`${MAJORITY} of ${readers.length} readers`, layers[MAJORITY]?.[finding]],
          ...readers.map(({ name }, i) => [name, layers[i]?.[finding]]),
        ]
      : [];
    for (const [name, mask] of /** @type {[string, Uint8Array | undefined][]} */ (named)) {
      if (mask) found.set(name, mask);
    }
    const before = new Map(found);
    for (const { name, laid, level } of [...this.panes, ...this.floors]) {
      if (!laid.blank) found.set(unused(name, before), laid.region(level));
    }
    return found;
  }

  /** @returns {Record<string, string | number | null>[]} every pair of regions, compared */
  agreements() {
    const scale = this.case.geometry.crop.side / SIZE;
    const regions = [...this.regions()].map(([name, mask]) => new Region(name, name, mask));
    return regions.flatMap((one, i) =>
      regions.slice(i + 1).map((other) => ({
        one: one.key,
        other: other.key,
        iou: numberOf(MEASURES.iou.of(one, other, scale)),
        dice: numberOf(MEASURES.dice.of(one, other, scale)),
        hausdorff_px: numberOf(MEASURES.hausdorff.of(one, other, scale)),
        kappa: numberOf(MEASURES.kappa.of(one, other, scale)),
        centre_of_one_in_other: numberOf(MEASURES.centre.of(one, other, scale)),
        centre_of_other_in_one: numberOf(MEASURES.centre.of(other, one, scale)),
      })),
    );
  }

  /** @returns {string | null} the model whose patches can be switched off */
  get patchModel() {
    const known = Object.keys(this.opened.patches);
    return known.includes(this.state.patch_model) ? this.state.patch_model : (known[0] ?? null);
  }

  /** @returns {number[][] | null} that model's patch logits, (patches, 14) */
  get patches() {
    const { patchModel, opened } = this;
    if (patchModel === null) return null;
    const values = opened.patches[patchModel];
    const count = values.length / opened.findings.length;
    return Array.from({ length: count }, (_, patch) => opened.findings.map((__, i) => values[i * count + patch]));
  }

  /** @returns {(number | null)[] | null} that model's probabilities without what is switched off */
  get keptProbabilities() {
    const { patches, state } = this;
    if (!patches || !state.switched_off.length) return null;
    const kept = patches.filter((_, patch) => !state.switched_off.includes(patch));
    if (!kept.length) return null;
    const means = this.opened.findings.map((_, i) => kept.reduce((sum, row) => sum + row[i], 0) / kept.length);
    return probabilities(means);
  }

  /**
   * Whether anything may be said about what a model answers.
   * @param {string} key
   */
  assessable(key) {
    return this.opened.content.assessments[key]?.state !== "not_assessable";
  }

  /**
   * Whether numbers of a model are written: where they may be read, or where the visitor had them shown anyway.
   * @param {string} key
   */
  tells(key) {
    return this.assessable(key) || this.state.shown_anyway;
  }

  /**
   * @param {string} key
   * @returns {SpeakingModel | undefined}
   */
  model(key) {
    return this.opened.models.find((model) => model.key === key);
  }
}

/**
 * @param {DrawingState} drawing
 * @returns {Uint8Array} one byte a pixel
 */
export function maskOf({ bits }) {
  return unpackBits(
    Uint8Array.from(atob(bits), (letter) => letter.charCodeAt(0)),
    SIZE * SIZE,
  );
}

/**
 * The name, numbered where somebody else has it.
 * @param {string} name
 * @param {Map<string, unknown>} taken
 * @returns {string}
 */
function unused(name, taken) {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name} (${number})`)) number++;
  return `${name} (${number})`;
}
