// The tools of the mode "Patches", right above the panes: what the model says with the patches left, and what to do
// next.
import { make, makeSelect } from "../dom.js";
import { UNPREDICTED, probabilityText } from "../findings.js";
import { sigmoid } from "./selection.js";

/**
 * @import { Model } from "../messages.d.ts"
 * @import { PatchSelection } from "./selection.js"
 */

const CLICKS = [
  ["switch", "switches off"],
  ["look", "finds nearest"],
];
const CENTRE = "A patch counts as inside when its centre is";

/**
 * @typedef {object} StripActions
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {() => void} reset
 * @property {(inside: boolean) => void} keep patches inside the reader's own drawing, or outside
 * @property {(key: string) => void} choose the patch model
 * @property {(looks: boolean) => void} look whether a click looks for the nearest patches, or switches one off
 */

/**
 * @param {string} text
 * @param {string} title
 * @param {() => void} run
 * @returns {HTMLButtonElement}
 */
function plain(text, title, run) {
  return make("button", { type: "button", class: "plain", text, title, on: { click: run } });
}

export class PatchStrip {
  result = make("p", { class: "result" });
  said = make("p", { class: "sr-only", role: "status" });

  /** @param {StripActions} actions */
  constructor({ undo, redo, reset, keep, choose, look }) {
    this.undo = plain("Undo", "Undo the last change of patches (Ctrl+Z)", undo);
    this.redo = plain("Redo", "Redo it (Ctrl+Shift+Z)", redo);
    this.reset = plain("All on", "Switch every patch on again", reset);
    this.inside = plain("Keep only inside my drawing", CENTRE, () => keep(true));
    this.outside = plain("Keep only outside", CENTRE, () => keep(false));
    this.models = makeSelect("Model", [], choose);
    this.models.hidden = true;
    this.look = makeSelect("Click", CLICKS, (value) => look(value === "look"));
    this.look.hidden = true;
    this.element = make(
      "div",
      { class: "strip", role: "group", "aria-label": "Patches", hidden: true },
      this.result,
      this.models,
      this.look,
      this.undo,
      this.redo,
      this.reset,
      this.inside,
      this.outside,
      this.said,
    );
  }

  /**
   * A choice of models, where there is one.
   * @param {Model[]} models
   * @param {Model | null} chosen
   */
  offer(models, chosen) {
    const { control } = this.models;
    const keys = models.map(({ key }) => key);
    const offered = [...control.options].map(({ value }) => value);
    if (keys.join("\n") !== offered.join("\n")) {
      control.replaceChildren(...models.map(({ key, label }) => make("option", { value: key, text: label })));
    }
    this.models.hidden = models.length < 2;
    if (chosen) control.value = chosen.key;
  }

  /**
   * Say what the model says of a finding with the patches left.
   * @param {PatchSelection} switches
   * @param {number} finding
   * @param {string} name
   * @param {number[]} off
   * @param {boolean} withheld whether the probability may not be shown
   */
  sayResult(switches, finding, name, off, withheld) {
    const said = withheld ? countOf(switches, off) : resultOf(switches, finding, off);
    this.result.replaceChildren(make("b", { text: name }), ...said);
    this.undo.disabled = switches.past.length === 0;
    this.redo.disabled = switches.future.length === 0;
    this.reset.disabled = off.length === 0;
  }

  /** @param {(() => Uint8Array | null) | null} ownRegion what the reader draws on now */
  sayDrawing(ownRegion) {
    this.inside.hidden = this.outside.hidden = !ownRegion;
    this.inside.disabled = this.outside.disabled = !ownRegion?.();
  }
}

/**
 * What stands there where the probability means nothing.
 * @param {PatchSelection} switches
 * @param {number[]} off
 * @returns {HTMLElement[]}
 */
function countOf({ count, left }, off) {
  const words = off.length ? `${left} of ${count} patches left` : `all ${count} patches`;
  return [make("span", { class: "soft", text: `${words}; the probability is withheld: not assessable` })];
}

/**
 * @param {PatchSelection} switches
 * @param {number} finding
 * @param {number[]} off
 * @returns {HTMLElement[]}
 */
function resultOf(switches, finding, off) {
  const { logits, count, left } = switches;
  const all = logits.subarray(finding * count, (finding + 1) * count);
  const whole = sigmoid(all.reduce((sum, x) => sum + x, 0) / count);
  if (Number.isNaN(whole)) return [make("span", { text: UNPREDICTED })];
  if (off.length === 0) return [make("span", { text: `${probabilityText(whole)} from all ${count} patches` })];
  const now = switches.probabilities()[finding];
  const none = Number.isNaN(now);
  return [
    make("span", { text: `${probabilityText(whole)} → ` }),
    make("strong", { text: none ? "undefined" : probabilityText(now) }),
    make("span", { class: "soft", text: none ? "no patch is left" : `${left} of ${count} patches left` }),
  ];
}
