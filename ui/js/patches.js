// Take the prediction apart: switch patches off and see, exactly, what the patch model says without them.
import { mayShow } from "./assessment.js";
import { isIndex, isList, isObject, make, signed, targetOf } from "./dom.js";
import { oncePerFrame } from "./frames.js";
import { ContributionBars } from "./patches/bars.js";
import { PatchOverlay, patchPath } from "./patches/overlay.js";
import { PatchStrip } from "./patches/strip.js";
import { PatchSelection, patchAt, patchName, patchesAlong, patchesInside } from "./patches/selection.js";
import { remember } from "./remember.js";
import { SIZE } from "./view.js";
import { Waterfall } from "./waterfall.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { CaseMessage } from "./messages.d.ts"
 * @import { Pane } from "./pane.js"
 * @import { Arrays, Mode, Point } from "./types.d.ts"
 */

const WORDS =
  "This model's logit for the image is exactly the mean of its patch logits. So a patch can be taken out and the " +
  "model's answer without it is known at once, with no new pass: evidence removed, not anatomy changed. No post-hoc " +
  "method can do this: here the sum is the prediction.";
const REFUSED =
  "This model cannot assess this image, so what its patches add is hidden. “Show anyway”, above the panes, shows it.";
const EMBEDDINGS = "patch embeddings"; // the capability, as the server names it
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class Patches {
  key = "patches";
  /** @type {PatchSelection | null} */
  switches = null; // of the open case
  /** @type {Map<string, PatchSelection>} */
  kept = new Map(); // by case and model
  /** @type {number | null} */
  pointed = null; // the patch that somebody points at
  active = false; // whether patches are what the pointer moves
  /** @type {WeakMap<Pane, PatchOverlay>} */
  overlays = new WeakMap();
  /** @type {string | null} */
  chosen = null; // key of the patch model that the reader chose
  /** @type {unknown} */
  waiting = null; // the state that a link asks for, until the patches are there
  /** @type {PatchSelection | null} */
  shown = null;
  hatch = ""; // path of the patches that are off, as drawn
  framed = ""; // path of the patch that is pointed at, as drawn
  drawn = ""; // what the panel shows
  /** @type {number | null} */
  marked = null; // the patch that the panel marks
  speak = false; // the next patch, to those who move with keys
  to = false; // what a brush switches patches to
  looks = false; // whether a click looks for the nearest patches
  /** @type {((patch: number) => void) | null} */
  onLook = null; // who finds the nearest patches
  last = { x: 0, y: 0 }; // where the brush was
  /** @type {number[] | null} */
  colours = null; // of the bars

  title = make("h2", { text: "Take the prediction apart" });
  refusal = make("p", { class: "note", text: REFUSED, hidden: true });
  waterfall = new Waterfall({ onPoint: (patch) => this.point(patch), onPick: (patch) => this.toggle(patch) });
  strip = new PatchStrip({
    undo: () => this.change((switches) => switches.undo()),
    redo: () => this.change((switches) => switches.redo()),
    reset: () => this.change((switches) => switches.assign([])),
    keep: (inside) => this.keep(inside),
    choose: (key) => this.choose(key),
    look: (looks) => {
      this.looks = looks;
    },
  });
  parts = make("div", { class: "apart-parts" }, this.waterfall.element);
  /** At most once a frame, however fast the brush moves. */
  kick = oncePerFrame(() => this.draw());

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.bars = new ContributionBars(viewer.config.findings, (finding) => viewer.choose(finding));
    this.parts.append(this.bars.element);
    this.panel = this.makePanel();
    viewer.below.append(this.panel);
    viewer.controls.strips.append(this.strip.element);
    viewer.modes.onHover((at) => this.onHover(at));
    viewer.modes.onChange((mode) => this.setActive(mode.key === "patches"));
    viewer.modes.add(this.makeMode());
    this.setActive(viewer.modes.current?.key === "patches");
    document.addEventListener("keydown", (event) => this.onUndoKey(event));
  }

  /** @param {Pane} pane */
  onPane(pane) {
    const overlay = new PatchOverlay(pane);
    this.overlays.set(pane, overlay);
    pane.stage.addEventListener("keydown", (event) => this.onKey(event), true);
    this.showGrid(pane);
    overlay.showOff(this.hatch);
    overlay.showFrame(this.framed);
  }

  /** @returns {Mode} */
  makeMode() {
    return {
      key: "patches",
      label: "Patches",
      shortcut: "P",
      cursor: "cell",
      help:
        "switch patches off and on, by click or by brushing over several, or find the nearest ones; with arrow keys, " +
        "Space and Enter on a picture",
      down: (at) => this.startBrush(at),
      move: (at) => this.brush(at),
      up: () => this.change((switches) => switches.commit()),
      cancel: () => this.change((switches) => switches.revert()),
      leave: () => this.point(null),
      space: () => this.onSpace(),
    };
  }

  /** @returns {HTMLElement} */
  makePanel() {
    return make(
      "section",
      { class: "panel apart", "aria-label": "Take the prediction apart", hidden: true },
      make("div", { class: "panel-head" }, this.title, make("p", { text: WORDS })),
      this.refusal,
      this.parts,
    );
  }

  /** The bars have the colours of the maps. */
  onFrame() {
    const { colours } = this.viewer.paletteOf("diverging");
    if (colours === this.colours) return;
    this.colours = colours;
    this.viewer.below.style.setProperty("--supports", `rgb(${colours.slice(-3).join(" ")})`);
    this.viewer.below.style.setProperty("--opposes", `rgb(${colours.slice(0, 3).join(" ")})`);
  }

  /** The patch models that have spoken. */
  get models() {
    const { patches } = this.viewer.content;
    return this.viewer.models.filter(({ key }) => patches?.[key]);
  }

  /** The patch model that is taken apart: the chosen one, else the first; null while none has spoken. */
  get model() {
    const known = this.models;
    return known.find(({ key }) => key === this.chosen) ?? known[0] ?? null;
  }

  /** Whether the patch model knows which patches are near to one another. */
  get canLook() {
    return Boolean(this.model?.capabilities.includes(EMBEDDINGS));
  }

  /** @param {string} key */
  choose(key) {
    this.chosen = key;
    const { content, data } = this.viewer;
    if (content.case && data) this.onContent(content, data);
  }

  /**
   * A case's switches are kept while the page is open: coming back to it finds the patches as they were left.
   * @param {CaseMessage} content
   * @param {Arrays} arrays
   */
  onContent(content, { patches }) {
    const { model } = this;
    this.viewer.patchModel = model;
    this.switches = model && this.switchesOf(model.key, content, patches[model.key]);
    this.panel.hidden = this.switches === null;
    this.offerModels();
    if (this.waiting && this.switches) this.restore(this.waiting);
    if (this.shown !== this.switches) this.setActive(this.active);
    this.shown = this.switches;
    this.kick();
  }

  /**
   * @param {string} model
   * @param {CaseMessage} content
   * @param {Float32Array} logits
   * @returns {PatchSelection}
   */
  switchesOf(model, content, logits) {
    const side = content.patches[model].shape[1];
    return remember(this.kept, `${content.case.key} ${model}`, () => new PatchSelection(logits, side));
  }

  offerModels() {
    const { models, model } = this;
    this.strip.offer(models, model);
    this.strip.look.hidden = !this.canLook;
    const whose = models.length < 2 || !model ? "" : ` of ${model.label}`;
    this.title.textContent = `Take the prediction${whose} apart`;
  }

  onCase() {
    this.pointed = null;
    this.waiting = null;
  }

  onFinding() {
    this.kick();
  }

  /**
   * Indices of the patches that are off.
   * @returns {number[]}
   */
  get off() {
    return this.switches?.switchedOff() ?? [];
  }

  /** The patches that are off, with the model where it is not the first. */
  onState() {
    const model = this.model?.key;
    const only = this.models.length === 1;
    return this.chosen === null || only || !model ? this.off : { model, off: this.off };
  }

  /**
   * @param {unknown} state indices of the patches to switch off, or {model, off}; those that the case does not have are
   *   left out
   */
  restore(state) {
    this.waiting = this.switches ? null : state;
    if (!this.switches) return;
    if (isObject(state)) this.restoreModel(state.model);
    const off = isObject(state) ? state.off : state;
    if (!isList(off)) return;
    const { count } = this.switches;
    this.switches.assign(off.filter(isIndex).filter((patch) => patch < count));
    this.kick();
  }

  /** @param {unknown} key */
  restoreModel(key) {
    if (typeof key === "string" && key !== this.model?.key && this.viewer.content.patches?.[key]) this.choose(key);
  }

  /** @param {boolean} active */
  setActive(active) {
    this.active = active;
    for (const pane of this.viewer.allPanes) this.showGrid(pane);
    this.kick();
  }

  /** @param {Pane} pane */
  showGrid(pane) {
    this.overlays.get(pane)?.showGrid(this.active ? (this.switches?.grid ?? 0) : 0);
    if (this.active) pane.stage.tabIndex = 0;
    pane.stage.classList.toggle("choosing-patches", this.active);
  }

  /**
   * Change the patches of the open case, and draw.
   * @param {(switches: PatchSelection) => void} run
   */
  change(run) {
    if (this.switches) run(this.switches);
    this.kick();
  }

  /**
   * Switch patches off, so that only those inside (or outside) the reader's own drawing are left.
   * @param {boolean} inside
   */
  keep(inside) {
    const mask = this.viewer.ownRegion?.();
    if (!mask) return;
    this.change((switches) => {
      const within = new Set(patchesInside(mask, switches.grid, SIZE));
      switches.assign([...switches.off.keys()].filter((patch) => within.has(patch) !== inside));
    });
  }

  /** @param {number} patch */
  toggle(patch) {
    this.change((switches) => {
      switches.set([patch], !switches.off[patch]);
      switches.commit();
    });
  }

  /**
   * @param {Point} at
   * @returns {boolean}
   */
  startBrush(at) {
    const { switches } = this;
    const patch = switches && patchAt(at, switches.grid, SIZE);
    if (!switches || patch === null) return false;
    if (this.looks && this.canLook) {
      this.onLook?.(patch);
      return false;
    }
    this.to = !switches.off[patch]; // the first patch decides for all that the brush touches
    this.last = at;
    switches.set([patch], this.to);
    this.kick();
    return true;
  }

  /** @param {Point} at */
  brush(at) {
    this.change((switches) => switches.set(patchesAlong(this.last, at, switches.grid, SIZE), this.to));
    this.last = at;
  }

  /** @param {Point | null} at */
  onHover(at) {
    if (!this.active || !this.switches) return;
    this.point(at && patchAt(at, this.switches.grid, SIZE));
  }

  /**
   * Frame a patch in all panes and say what it adds; null for none.
   * @param {number | null} patch
   */
  point(patch) {
    if (patch === this.pointed) return;
    this.pointed = patch;
    this.kick();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!this.active || !this.switches || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) this.pointNext(ARROWS[event.key], this.switches.grid);
    else if (event.key === "Enter" && this.pointed !== null && this.canLook) this.onLook?.(this.pointed);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.speak = true;
  }

  /**
   * Space, let go without a drag: in this mode it belongs to the patch that is pointed at.
   * @returns {boolean}
   */
  onSpace() {
    if (this.pointed !== null) {
      this.speak = true;
      this.toggle(this.pointed);
    }
    return true;
  }

  /**
   * @param {[number, number]} by rows and columns
   * @param {number} grid
   */
  pointNext([down, right], grid) {
    const { pointed } = this;
    const [row, column] = pointed === null ? [0, 0] : [Math.floor(pointed / grid) + down, (pointed % grid) + right];
    this.point(Math.min(grid - 1, Math.max(0, row)) * grid + Math.min(grid - 1, Math.max(0, column)));
  }

  /** @param {KeyboardEvent} event */
  onUndoKey(event) {
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (!this.active || !undo || targetOf(event)?.closest("input, textarea")) return;
    event.preventDefault();
    this.change((switches) => (event.shiftKey ? switches.redo() : switches.undo()));
  }

  draw() {
    const { switches, viewer } = this;
    const off = this.off;
    this.strip.element.hidden = !switches || !(this.active || off.length);
    this.drawOverlays(off);
    viewer.notify("onPatches");
    const model = this.model?.key ?? "";
    const withheld = !mayShow(viewer, model);
    viewer.table.revise(model, switches && off.length && !withheld ? switches.probabilities() : null);
    if (!switches) this.strip.result.replaceChildren();
    if (!switches || viewer.finding === null) return;
    this.drawPanel(switches, viewer.finding, off);
    this.strip.sayResult(switches, viewer.finding, viewer.findingName, off, withheld);
    this.strip.sayDrawing(viewer.ownRegion);
  }

  /** @param {number[]} off */
  drawOverlays(off) {
    const { switches, pointed } = this;
    const hatch = switches ? patchPath(off, switches.grid) : "";
    const frame = switches && pointed !== null ? patchPath([pointed], switches.grid) : "";
    for (const pane of this.viewer.allPanes) {
      const overlay = this.overlays.get(pane);
      if (hatch !== this.hatch) overlay?.showOff(hatch);
      if (frame !== this.framed) overlay?.showFrame(frame);
    }
    [this.hatch, this.framed] = [hatch, frame];
  }

  /**
   * @param {PatchSelection} switches
   * @param {number} finding
   * @param {number[]} off
   */
  drawPanel(switches, finding, off) {
    const { viewer, pointed } = this;
    const may = mayShow(viewer, this.model?.key ?? "");
    this.refusal.hidden = may;
    this.parts.hidden = !may;
    if (!may) return;
    const state = [this.model?.key, finding, off.join(), viewer.opened.case.key].join("|");
    if (state !== this.drawn) this.waterfall.show(switches, finding, viewer.findingName);
    if (state !== this.drawn || pointed !== this.marked) {
      this.waterfall.mark(pointed);
      this.drawBars(switches, finding);
    }
    [this.drawn, this.marked] = [state, pointed];
  }

  /**
   * What one patch adds: the one that is pointed at, else the one that adds or takes away most.
   * @param {PatchSelection} switches
   * @param {number} finding
   */
  drawBars(switches, finding) {
    const patch = this.pointed ?? this.waterfall.rows[0]?.patch ?? null;
    if (patch === null) return this.bars.show("What one patch adds", "No patch is left.", null, finding);
    const name = `Patch in ${patchName(patch, switches.grid)}`;
    const values = switches.contributions(patch);
    this.bars.show(name, this.barWords(switches, patch), values, finding);
    if (this.speak) {
      const state = switches.off[patch] ? "off" : "on";
      const said = `${name}, ${state}, ${signed(values[finding], 3)} logits for ${this.viewer.findingName}`;
      this.strip.said.textContent = said;
    }
    this.speak = false;
  }

  /**
   * @param {PatchSelection} switches
   * @param {number} patch
   * @returns {string}
   */
  barWords(switches, patch) {
    if (this.pointed === null) return "It counts most for this finding; point at another to see what that one adds.";
    const left = switches.left + switches.off[patch];
    return switches.off[patch]
      ? `Switched off; on again it would add its logit divided by ${left}:`
      : `Adds its logit divided by ${left}, the patches left:`;
  }
}
