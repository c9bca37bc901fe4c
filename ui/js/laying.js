// Laying the open case otherwise for the models: turned, mirrored, black and white swapped. The server reads it again,
// lays it, and computes everything anew; this file says what is wanted, and how to undo it.
import { make } from "./dom.js";
import { brought } from "./files/brought.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { CaseMessage, Reason } from "./messages.d.ts"
 */

/** @typedef {"rotate" | "flip" | "invert"} Step what is done to the image as it is seen */

const CODE = /^([0-3])(f?)(i?)$/;
/** @type {Record<Step, [string, string]>} */
const STEPS = {
  rotate: ["Rotate 90° clockwise", "Rotate the image for the models, and compute again"],
  flip: ["Flip left and right", "Swap left and right for the models, and compute again"],
  invert: ["Invert for the models", "Swap black and white for the models, and compute again"],
};
/** @type {Step[]} */
const ALL = ["rotate", "flip", "invert"];
const BACK = "As in the file";

/**
 * The code of an orientation after one more step: see data_cache/orientation.py.
 * @param {string} code
 * @param {Step} step
 * @param {number} [quarters] of turns, for "rotate"
 * @returns {string} "" where the image lies as in its file
 */
export function laid(code, step, quarters = 1) {
  const [, turns, f, i] = CODE.exec(code || "0") ?? ["", "0", "", ""];
  const turned = step === "rotate" ? Number(turns) + quarters : step === "flip" ? -Number(turns) : Number(turns);
  const flipped = (f === "f") !== (step === "flip");
  const inverted = (i === "i") !== (step === "invert");
  const next = `${((turned % 4) + 4) % 4}${flipped ? "f" : ""}${inverted ? "i" : ""}`;
  return next === "0" ? "" : next;
}

/**
 * Whether a text is such a code.
 * @param {unknown} code
 * @returns {code is string}
 */
export const isCode = (code) => typeof code === "string" && (code === "" || CODE.test(code));

export class Laying {
  static asks = /** @type {const} */ ("lay");
  key = "laying";
  back = make("button", { type: "button", class: "plain", text: BACK, on: { click: () => this.lay("") } });
  words = make("span");
  undo = make("button", { type: "button", class: "anyway", text: "Undo", on: { click: () => this.lay("") } });
  group = make(
    "div",
    { class: "lay", role: "group", "aria-label": "The image as the models get it" },
    make("small", { text: "The image as the models get it" }),
  );
  notice = make("p", { class: "laid", hidden: true }, this.words, this.undo);

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.group.append(...ALL.map((step) => this.button(step, "plain")), this.back);
    viewer.controls.menu.panel.append(this.group);
    viewer.banner.element.before(this.notice);
    viewer.banner.remedy = (reason) => (reason.remedy ? this.button(reason.remedy, "anyway", reason.quarters) : null);
  }

  /**
   * @param {Step} step
   * @param {string} look
   * @param {Reason["quarters"]} [quarters]
   * @returns {HTMLButtonElement}
   */
  button(step, look, quarters = 1) {
    const [text, title] = STEPS[step];
    const click = () => this.lay(laid(this.viewer.opened.case.orientation, step, quarters));
    return make("button", {
      type: "button",
      class: look,
      title,
      text: look === "anyway" && step === "rotate" ? "Rotate upright" : text,
      on: { click },
    });
  }

  /** @param {string} code of the orientation that is wanted */
  lay(code) {
    this.viewer.controls.menu.toggle(false);
    const { case: item } = this.viewer.opened;
    const file = brought.find(item.title)?.own; // an upload is sent again to be laid otherwise
    if (item.id !== null) this.viewer.open(item.id, code);
    else if (file) this.viewer.read(file, code);
    else this.viewer.header.showError("Open the file again to rotate, flip or invert it: this page no longer has it.");
  }

  /** @param {CaseMessage} content */
  onCase({ case: item }) {
    this.words.textContent = item.laid && `${item.laid[0].toUpperCase()}${item.laid.slice(1)}.`;
    this.notice.hidden = this.back.disabled = !item.orientation;
  }
}
