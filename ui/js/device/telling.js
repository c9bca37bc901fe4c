// What the viewer is told of a radiograph that is open on this device: the message that a server would send.
import { PROTOCOL } from "../protocol.js";
import { Addresses } from "./addresses.js";
import { calibrated, probabilities } from "./explaining/probabilities.js";

/**
 * @import { Answer, Assessment, CaseMessage, MapSource, OnDevice, Price, StoredArray } from "../messages.d.ts"
 * @import { Pair } from "../types.d.ts"
 * @import { ExportedMap } from "./exporting/types.d.ts"
 * @import { Explained, Heard, Read } from "./types.d.ts"
 */

let serials = 0;

/** @returns {string} another one for each message */
const nextSerial = () => `device ${++serials}`;

/**
 * The answer to one question; everything else stays as it is.
 * @param {number} turn
 * @param {Partial<Answer>} content
 * @returns {Answer}
 */
export function reply(turn, content) {
  return { protocol: PROTOCOL, serial: nextSerial(), turn, busy: false, ...content };
}

/** A radiograph of this visit: what is known of it so far. */
export class Told {
  addresses = new Addresses();
  /** @type {Record<string, MapSource>} */
  maps = {}; // all that were made, by name
  /** @type {Record<string, StoredArray>} */
  patches = {};
  /** @type {Record<string, ExportedMap>} */
  made = {}; // the same with their arrays
  /** @type {Record<string, Float32Array>} */
  cells = {}; // patch logits (14, g, g), by model
  /** @type {Map<string, Float32Array>} */
  logits = new Map(); // by model

  /**
   * @param {string} key
   * @param {string} title
   * @param {Read} read
   * @param {string[]} findings
   */
  constructor(key, title, read, findings) {
    this.key = key;
    this.findings = findings;
    this.read = read;
    const { film } = read;
    this.image = this.addresses.of(read.image);
    this.film = {
      ...film,
      packed: this.addresses.of(film.packed),
      values: film.values && this.addresses.of(film.values),
      windows: film.windows.map((one) => ({ ...one, shades: one.shades && this.addresses.of(one.shades) })),
    };
    this.facts = this.factsOf(title);
  }

  /**
   * @param {string} title
   * @returns {CaseMessage["case"]}
   */
  factsOf(title) {
    const { phantom } = this.read.case;
    const missing = phantom ? "no mask of this finding" : "no radiologist mask";
    return {
      ...this.read.case,
      key: this.key,
      id: null,
      title,
      source_label: "Upload",
      labels: Object.fromEntries(this.findings.map((finding) => [finding, null])),
      drawn: [],
      readers: [],
      forms: {},
      outlines: {},
      human_outlines: {},
      human_points: {},
      outline_is: phantom ? "outline of the simulated finding" : "radiologist's outline",
      mask_notes: Object.fromEntries(this.findings.map((finding) => [finding, missing])),
      computed_on: "device",
      dicom_results: false,
    };
  }

  /**
   * Take what a model said.
   * @param {string} model
   * @param {Heard} heard
   */
  hear(model, { logits, patches }) {
    this.logits.set(model, logits);
    if (!patches) return;
    this.patches[model] = this.addresses.of(patches);
    this.cells[model] = /** @type {Float32Array} */ (patches.data);
  }

  /**
   * Take a map, in place of what there was of the same method and model.
   * @param {Pair} pair
   * @param {Explained} explained
   */
  take({ name, method, model }, { maps, shown, shape, note, parameters }) {
    this.maps[name] = { ...this.addresses.of({ data: shown, shape }), note, parameters };
    this.made[name] = { method: method.key, model: model.key, parameters, maps, shown, shape };
  }

  /**
   * @param {{ turn: number, busy: boolean, models: OnDevice[], names: string[], prices: Record<string, Price> }} now
   * @param {string} [waiting] what is waited for
   * @returns {CaseMessage} all that is known
   */
  message({ turn, busy, models, names, prices }, waiting = "") {
    const heard = models.filter(({ speaker: { key } }) => this.logits.has(key));
    /** @type {Record<string, Assessment>} */
    const assessments = this.read.assessments;
    return {
      protocol: PROTOCOL,
      serial: nextSerial(),
      turn,
      busy,
      case: this.facts,
      film: this.film,
      image: this.image,
      masks: null,
      human: null,
      layers: null,
      waiting: busy && waiting ? { before: 0, seconds: null, words: waiting } : null,
      long: false,
      models: models.map(({ speaker }) => speaker),
      assessments,
      maps: Object.fromEntries(names.filter((name) => this.maps[name]).map((name) => [name, this.maps[name]])),
      floors: {},
      gaze: [],
      patches: { ...this.patches },
      probabilities: Object.fromEntries(heard.map(({ speaker: { key } }) => [key, this.probabilities(key)])),
      calibrated: Object.fromEntries(
        heard
          .filter(({ temperatures }) => temperatures)
          .map(({ speaker: { key }, temperatures }) => [key, this.probabilities(key, temperatures)]),
      ),
      progress: this.progress(names),
      regions: {},
      prices,
    };
  }

  /**
   * How fine the patch maps on show are: on a device, as the plain grid has it.
   * @param {string[]} names
   * @returns {CaseMessage["progress"]}
   */
  progress(names) {
    const shown = names.map((name) => this.maps[name]).find((map) => map?.parameters.shift_steps !== undefined);
    if (!shown) return null;
    const [, height, width] = shown.shape;
    const offered = [{ steps: 1, passes: height * width, seconds: 0 }];
    return { wanted: 1, share: 1, words: `${width}×${height} cells`, offered };
  }

  /**
   * @param {string} model
   * @param {(number | null)[] | null} [temperatures]
   * @returns {(number | null)[]}
   */
  probabilities(model, temperatures = null) {
    const logits = this.logits.get(model) ?? [];
    return temperatures ? calibrated(logits, temperatures) : probabilities(logits);
  }

  /** Nothing of it is kept. */
  free() {
    this.addresses.free();
  }
}
