// Take the prediction apart: switch patches off and see, exactly, what the patch model says without them.
import { make, makeSelect, signed } from "./dom.js";
import { UNPREDICTED, probabilityText } from "./findings.js";
import { ContributionBars } from "./patches/bars.js";
import { PatchOverlay, patchPath } from "./patches/overlay.js";
import { Switches, patchAt, patchName, patchesAlong, patchesInside, sigmoid } from "./patches/switches.js";
import { SIZE } from "./view.js";
import { Waterfall } from "./waterfall.js";

const WORDS =
  "This model's logit for the image is exactly the mean of its patch logits. So a patch can be taken out and the model's answer " +
  "without it is known at once, with no new pass: evidence removed, not anatomy changed. No post-hoc method can do this: here the sum is the prediction.";
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class Patches {
  constructor(viewer) {
    Object.assign(this, { viewer, key: "patches", switches: null, kept: new Map(), pointed: null, active: false });
    this.overlays = new WeakMap();
    this.chosen = null; // key of the patch model that the reader chose
    this.waterfall = new Waterfall({ onPoint: (patch) => this.point(patch), onPick: (patch) => this.toggle(patch) });
    this.bars = new ContributionBars(viewer.config.findings, (finding) => viewer.choose(finding));
    this.buildPanel();
    this.buildStrip();
    viewer.modes.onHover((at) => this.onHover(at));
    viewer.modes.onChange((mode) => this.setActive(mode?.key === "patches"));
    viewer.modes.add(this.makeMode());
    this.setActive(viewer.modes.current.key === "patches");
    document.addEventListener("keydown", (event) => this.onUndoKey(event));
  }

  onPane(pane) {
    const overlay = new PatchOverlay(pane);
    this.overlays.set(pane, overlay);
    pane.stage.addEventListener("keydown", (event) => this.onKey(event), true);
    this.showGrid(pane);
    overlay.showOff(this.hatch ?? "");
    overlay.showFrame(this.framed ?? "");
  }

  makeMode() {
    return {
      key: "patches",
      label: "Patches",
      shortcut: "P",
      cursor: "cell",
      help: "switch patches off and on, by click or by brushing over several; with arrow keys and Space on a picture",
      down: (at) => this.startBrush(at),
      move: (at) => this.brush(at),
      up: () => this.endBrush(),
      cancel: () => {
        this.switches?.revert();
        this.kick();
      },
      leave: () => this.point(null),
    };
  }

  buildPanel() {
    this.title = make("h2", { text: "Take the prediction apart" });
    this.panel = make(
      "section",
      { class: "panel apart", "aria-label": "Take the prediction apart", hidden: true },
      make("div", { class: "panel-head" }, this.title, make("p", { text: WORDS })),
      make("div", { class: "apart-parts" }, this.waterfall.element, this.bars.element),
    );
    this.viewer.below.append(this.panel);
  }

  /** The bars have the colours of the maps. */
  onFrame() {
    const { colours } = this.viewer.paletteOf("diverging");
    if (colours === this.colours) return;
    this.colours = colours;
    this.panel.style.setProperty("--supports", `rgb(${colours.slice(-3).join(" ")})`);
    this.panel.style.setProperty("--opposes", `rgb(${colours.slice(0, 3).join(" ")})`);
  }

  buildStrip() {
    const button = (text, title, run) =>
      make("button", {
        type: "button",
        class: "plain",
        text,
        title,
        on: {
          click: () => {
            run();
            this.kick();
          },
        },
      });
    this.undoButton = button("Undo", "Take the last change of patches back (Ctrl+Z)", () => this.switches?.undo());
    this.redoButton = button("Redo", "Do it again (Ctrl+Shift+Z)", () => this.switches?.redo());
    this.resetButton = button("All on", "Switch every patch on again", () => this.switches?.assign([]));
    const centre = "A patch counts as inside when its centre is";
    this.insideButton = button("Keep only inside my drawing", centre, () => this.keep(true));
    this.outsideButton = button("Keep only outside", centre, () => this.keep(false));
    this.result = make("p", { class: "result" });
    this.models = makeSelect("Model", [], (key) => this.choose(key));
    this.models.hidden = true;
    this.said = make("p", { class: "sr-only", role: "status" });
    this.strip = make(
      "div",
      { class: "strip", role: "group", "aria-label": "Patches", hidden: true },
      this.result,
      this.models,
      this.undoButton,
      this.redoButton,
      this.resetButton,
      this.insideButton,
      this.outsideButton,
      this.said,
    );
    this.viewer.toolbar.after(this.strip);
  }

  /** The patch model that is taken apart: the chosen one, else the first; null while none has spoken. */
  get model() {
    const { models, content } = this.viewer;
    const known = models.filter(({ key }) => content.patches?.[key]);
    return known.find(({ key }) => key === this.chosen) ?? known[0] ?? null;
  }

  choose(key) {
    this.chosen = key;
    this.onContent(this.viewer.content, this.viewer.data);
  }

  /** A case's switches are kept while the page is open: coming back to it finds the patches as they were left. */
  onContent(content, { patches }) {
    const { model } = this;
    this.viewer.patchModel = model;
    const key = model && `${content.case.key} ${model.key}`;
    if (model && !this.kept.has(key))
      this.kept.set(key, new Switches(patches[model.key], content.patches[model.key].shape[1]));
    this.switches = model ? this.kept.get(key) : null;
    this.panel.hidden = this.switches === null;
    this.offerModels(content);
    if (this.waiting && this.switches) this.restore(this.waiting);
    if (this.shown !== this.switches) this.setActive(this.active);
    this.shown = this.switches;
    this.kick();
  }

  /** A choice of models, where there is one. */
  offerModels({ patches }) {
    const known = this.viewer.models.filter(({ key }) => patches[key]);
    const keys = known.map(({ key }) => key).join("\n");
    if (keys !== this.offered)
      this.models.control.replaceChildren(
        ...known.map(({ key, label }) => make("option", { value: key, text: label })),
      );
    this.offered = keys;
    this.models.hidden = known.length < 2;
    if (this.model) this.models.control.value = this.model.key;
    this.title.textContent =
      known.length < 2 ? "Take the prediction apart" : `Take the prediction of ${this.model.label} apart`;
  }

  onCase() {
    this.pointed = null;
    this.waiting = null;
  }

  onFinding() {
    this.kick();
  }

  /** Indices of the patches that are off. */
  get off() {
    return this.switches?.switchedOff() ?? [];
  }

  /** The patches that are off, with the model where it is not the first. */
  onState() {
    return this.chosen === null || this.offered === this.model?.key
      ? this.off
      : { model: this.model?.key, off: this.off };
  }

  /** @param {number[] | {model: string, off: number[]}} state indices of the patches to switch off; those that the case does not have are left out */
  restore(state) {
    this.waiting = this.switches ? null : state;
    if (!this.switches || !state) return;
    const off = Array.isArray(state) ? state : state.off;
    if (!Array.isArray(state) && state.model !== this.model.key && this.viewer.content.patches[state.model])
      this.choose(state.model);
    if (!Array.isArray(off)) return;
    this.switches.assign(off.filter((patch) => Number.isInteger(patch) && patch >= 0 && patch < this.switches.count));
    this.kick();
  }

  setActive(active) {
    this.active = active;
    for (const pane of this.viewer.allPanes) this.showGrid(pane);
    this.kick();
  }

  showGrid(pane) {
    this.overlays.get(pane)?.showGrid(this.active ? (this.switches?.grid ?? 0) : 0);
    if (this.active) pane.stage.tabIndex = 0;
    pane.stage.classList.toggle("choosing-patches", this.active);
  }

  /** Switch patches off, so that only those inside (or outside) the reader's own drawing are left. */
  keep(inside) {
    const mask = this.viewer.ownRegion?.();
    if (!mask || !this.switches) return;
    const within = new Set(patchesInside(mask, this.switches.grid, SIZE));
    this.switches.assign([...this.switches.off.keys()].filter((patch) => within.has(patch) !== inside));
  }

  toggle(patch) {
    this.switches.set([patch], !this.switches.off[patch]);
    this.switches.commit();
    this.kick();
  }

  startBrush(at) {
    const patch = this.switches && patchAt(at, this.switches.grid, SIZE);
    if (patch === null) return false;
    this.to = !this.switches.off[patch]; // the first patch decides for all that the brush touches
    this.last = at;
    this.switches.set([patch], this.to);
    this.kick();
    return true;
  }

  brush(at) {
    this.switches.set(patchesAlong(this.last, at, this.switches.grid, SIZE), this.to);
    this.last = at;
    this.kick();
  }

  endBrush() {
    this.switches.commit();
    this.kick();
  }

  onHover(at) {
    if (!this.active || !this.switches) return;
    this.point(at && patchAt(at, this.switches.grid, SIZE));
  }

  /** Frame a patch in all panes and say what it adds; null for none. */
  point(patch) {
    if (patch === this.pointed) return;
    this.pointed = patch;
    this.kick();
  }

  onKey(event) {
    if (!this.active || !this.switches || event.ctrlKey || event.metaKey || event.altKey) return;
    const { grid } = this.switches;
    if (event.key in ARROWS) {
      const [down, right] = ARROWS[event.key];
      const [row, column] =
        this.pointed === null ? [0, 0] : [Math.floor(this.pointed / grid) + down, (this.pointed % grid) + right];
      this.point(Math.min(grid - 1, Math.max(0, row)) * grid + Math.min(grid - 1, Math.max(0, column)));
    } else if (event.key === " " && this.pointed !== null) this.toggle(this.pointed);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.speak = true;
  }

  onUndoKey(event) {
    if (
      !this.active ||
      !(event.ctrlKey || event.metaKey) ||
      event.key.toLowerCase() !== "z" ||
      event.target.closest?.("input, textarea")
    )
      return;
    event.preventDefault();
    if (event.shiftKey) this.switches?.redo();
    else this.switches?.undo();
    this.kick();
  }

  /** At most once a frame, however fast the brush moves. */
  kick() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    const { switches, viewer } = this;
    const off = switches?.switchedOff() ?? [];
    this.strip.hidden = !switches || !(this.active || off.length);
    const hatch = switches ? patchPath(off, switches.grid) : "";
    const frame = switches && this.pointed !== null ? patchPath([this.pointed], switches.grid) : "";
    const overlays = viewer.allPanes.map((pane) => this.overlays.get(pane));
    if (hatch !== this.hatch) for (const overlay of overlays) overlay.showOff((this.hatch = hatch));
    if (frame !== this.framed) for (const overlay of overlays) overlay.showFrame((this.framed = frame));
    viewer.table.revise(this.model?.key ?? "", off.length ? switches.probabilities() : null);
    if (!switches || viewer.finding === null) return;
    this.drawPanel(off);
    this.sayResult(off);
  }

  drawPanel(off) {
    const state = [this.switches, this.viewer.finding, off.join()].join("|") + this.viewer.content.case.key;
    if (state !== this.drawn)
      this.waterfall.show(this.switches, this.viewer.finding, this.viewer.config.findings[this.viewer.finding]);
    if (state !== this.drawn || this.pointed !== this.marked) {
      this.waterfall.mark(this.pointed);
      this.drawBars();
    }
    [this.drawn, this.marked] = [state, this.pointed];
  }

  drawBars() {
    const { switches, pointed, viewer } = this;
    const patch = pointed ?? this.waterfall.rows[0]?.patch ?? null; // while nobody points: the strongest
    if (patch === null) return this.bars.show("What one patch adds", "No patch is left.", null);
    const name = `Patch in ${patchName(patch, switches.grid)}`;
    const left = switches.left + switches.off[patch];
    const says =
      pointed === null
        ? "The strongest for this finding; point at another to see what that one adds."
        : switches.off[patch]
          ? `Switched off; on again it would add its logit divided by ${left}:`
          : `Adds its logit divided by ${left}, the patches left:`;
    const values = switches.contributions(patch);
    this.bars.show(name, says, values, viewer.finding);
    if (this.speak)
      this.said.textContent = `${name}, ${switches.off[patch] ? "off" : "on"}, ${signed(values[viewer.finding], 3)} logits for ${viewer.config.findings[viewer.finding]}`;
    this.speak = false;
  }

  sayResult(off) {
    const { switches, viewer } = this;
    const { finding } = viewer;
    const name = viewer.config.findings[finding];
    const whole = sigmoid(
      switches.logits
        .subarray(finding * switches.count, (finding + 1) * switches.count)
        .reduce((sum, x) => sum + x, 0) / switches.count,
    );
    const now = switches.probabilities()[finding];
    const parts = Number.isNaN(whole)
      ? [make("span", { text: UNPREDICTED })]
      : off.length === 0
        ? [make("span", { text: `${probabilityText(whole)} from all ${switches.count} patches` })]
        : [
            make("span", { text: `${probabilityText(whole)} → ` }),
            make("strong", { text: Number.isNaN(now) ? "undefined" : probabilityText(now) }),
            make("span", {
              class: "soft",
              text: Number.isNaN(now) ? "no patch is left" : `${switches.left} of ${switches.count} patches left`,
            }),
          ];
    this.result.replaceChildren(make("b", { text: name }), ...parts);
    this.undoButton.disabled = switches.past.length === 0;
    this.redoButton.disabled = switches.future.length === 0;
    this.resetButton.disabled = off.length === 0;
    this.insideButton.hidden = this.outsideButton.hidden = !viewer.ownRegion;
    this.insideButton.disabled = this.outsideButton.disabled = !viewer.ownRegion?.();
  }
}
