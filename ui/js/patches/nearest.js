// What else looks like this patch to the model: the nearest patches of other radiographs, each a way into its case.
import { contextOf } from "../pane.js";
import { known, make } from "../dom.js";
import { SIZE } from "../view.js";
import { NearCards } from "./near_cards.js";
import { patchPath } from "./overlay.js";
import { patchName } from "./selection.js";

/**
 * @import { Viewer } from "../../viewer.js"
 * @import { Answer, CaseMessage, Nearest } from "../messages.d.ts"
 * @import { Pane } from "../pane.js"
 */

const WORDS =
  "This model sees each patch alone, so there is an exact answer to what else looks like a patch to it: the patches " +
  "of other patients whose embeddings (the numbers that the model's last layer is given) are nearest. Patches that " +
  "are near must get nearly the same logits for all findings. They are near for the model, not for a radiologist.";

/** A way back to the patch from which somebody came. @typedef {{ id: string, title: string, patch: number }} Origin */

export class NearestPatches {
  static asks = /** @type {const} */ ("nearest");
  key = "nearest";
  /** @type {Map<string, Nearest>} */
  kept = new Map(); // the last answer of each case, by its key
  /** @type {{ id: string, patch: number } | null} */
  coming = null; // the patch to show once its case is open
  /** @type {Origin | null} */
  origin = null;
  drawn = ""; // the frame of the patch that was asked for

  title = make("h2");
  says = make("p", { class: "note" });
  caution = make("p", { class: "caution", hidden: true });
  canvas = make("canvas", { role: "img" });
  mine = make("div", { class: "near-mine" });
  back = make("button", {
    type: "button",
    class: "plain",
    text: "Back",
    hidden: true,
    on: { click: () => this.goBack() },
  });

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.patches = viewer.feature("patches");
    this.patches.onLook = (patch) => this.ask(patch);
    this.cards = new NearCards((id, patch) => this.open(id, patch));
    this.panel = make(
      "section",
      { class: "panel nearest", "aria-label": "Nearest patches", tabindex: "-1", hidden: true },
      make(
        "div",
        { class: "panel-head" },
        make("div", { class: "near-title" }, this.title, this.back),
        make("p", { text: WORDS }),
        this.says,
        this.caution,
      ),
      make("div", { class: "near-parts" }, this.mine, this.cards.element),
    );
    viewer.below.prepend(this.panel); // right below the panes: somebody clicks there and reads here
  }

  /** @param {Pane} pane */
  onPane(pane) {
    this.patches.overlays.get(pane)?.showAsked(this.drawn);
  }

  /** The answer of the open case, while its patch model is the one that was asked. */
  get answer() {
    const { content } = this.viewer;
    const answer = content.case ? this.kept.get(content.case.key) : undefined;
    return answer && answer.model === this.patches.model?.key ? answer : null;
  }

  /** @param {number} patch */
  ask(patch) {
    const { model } = this.patches;
    if (!model) return;
    this.viewer.say("Looking for the nearest patches…");
    this.viewer.send.nearest({ model: model.key, patch });
  }

  /** @param {Answer} answer */
  onAnswer({ nearest }) {
    if (!nearest || nearest.case !== this.viewer.content.case?.key) return;
    this.kept.set(nearest.case, nearest);
    this.draw();
    this.viewer.say(nearest.near.length ? `${this.title.textContent}: below the panes` : nearest.problem);
    this.panel.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  /** @param {CaseMessage} content */
  onContent({ case: item }) {
    if (this.coming && this.coming.id === item.id && this.patches.switches) {
      this.viewer.modes.choose("patches");
      this.patches.point(this.coming.patch);
      this.coming = null;
    }
    this.draw();
  }

  onFinding() {
    this.draw();
  }

  draw() {
    const { answer, viewer } = this;
    this.back.hidden = !this.origin || this.origin.id === viewer.content.case?.id;
    this.panel.hidden = !answer && this.back.hidden;
    this.drawFrame(answer);
    this.cards.element.hidden = this.mine.hidden = this.says.hidden = !answer;
    this.caution.hidden = !answer?.facts?.notice;
    this.title.textContent = "Nearest patches";
    if (!answer || viewer.finding === null) return;
    const { grid } = this.patches.switches ?? { grid: 1 };
    this.title.textContent = `Nearest patches to ${patchName(answer.patch, grid)}`;
    this.says.textContent = answer.problem || searchedWords(answer);
    this.caution.textContent = answer.facts?.notice ?? "";
    this.drawMine(answer, grid);
    this.cards.show(answer, viewer.finding, viewer.findingName);
  }

  /** @param {Nearest | null} answer */
  drawFrame(answer) {
    const { switches, overlays } = this.patches;
    const path = answer && switches ? patchPath([answer.patch], switches.grid) : "";
    if (path === this.drawn) return;
    this.drawn = path;
    for (const pane of this.viewer.allPanes) overlays.get(pane)?.showAsked(path);
  }

  /**
   * The patch itself, with half a patch around it, as the others are shown.
   * @param {Nearest} answer
   * @param {number} grid
   */
  drawMine({ patch }, grid) {
    const { viewer, canvas } = this;
    const side = SIZE / grid;
    const [left, top] = [((patch % grid) - 0.5) * side, (Math.floor(patch / grid) - 0.5) * side];
    canvas.width = canvas.height = 2 * side;
    canvas.setAttribute("aria-label", `The patch in ${patchName(patch, grid)} of this radiograph`);
    const whole = make("canvas", { width: SIZE, height: SIZE });
    const pixels = new Uint8ClampedArray(viewer.plain.plain.slice().buffer);
    contextOf(whole).putImageData(new ImageData(pixels, SIZE, SIZE), 0, 0);
    contextOf(canvas).drawImage(whole, -left, -top);
    const logit = known(this.patches.switches).logit(viewer.finding ?? 0, patch);
    this.mine.replaceChildren(...this.cards.mine(canvas, logit));
  }

  /**
   * Open a patch's case, and point at the patch there.
   * @param {string} id
   * @param {number} patch
   */
  open(id, patch) {
    const { content } = this.viewer;
    const { answer } = this;
    if (content.case?.id && answer) {
      this.origin = { id: content.case.id, title: content.case.title, patch: answer.patch };
      this.back.textContent = `Back to ${content.case.title}`;
    }
    this.coming = { id, patch };
    this.viewer.open(id);
  }

  goBack() {
    if (!this.origin) return;
    const { id, patch } = this.origin;
    this.origin = null;
    this.coming = { id, patch };
    this.viewer.open(id);
  }
}

/**
 * What was searched, in words.
 * @param {Nearest} answer
 * @returns {string}
 */
function searchedWords({ near, facts }) {
  if (!facts) return "";
  const own = facts.left_out
    ? `${facts.left_out} radiograph${facts.left_out > 1 ? "s" : ""} of this patient left out`
    : "no radiograph of this patient is among them";
  return (
    `The ${near.length} nearest of all ${facts.patches.toLocaleString("en")} patches of ${facts.cases} radiographs ` +
    `(${own}), by the Euclidean distance of ${facts.channels} numbers. 100 % is the median distance between patches ` +
    "of different patients."
  );
}
