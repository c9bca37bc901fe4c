// A reader's own annotations: drawn or loaded, scored at once in every pane, compared, exported, and saved with the
// session.
import { fetchArray } from "./arrays.js";
import { Annotation, edits, fromRegion } from "./drawing/annotation.js";
import { DrawingLayer } from "./drawing/layer.js";
import { DrawingPanel } from "./drawing/panel.js";
import { DrawingStrip } from "./drawing/strip.js";
import { SavedSessions } from "./drawing/sessions.js";
import { DrawTools } from "./drawing/tools.js";
import { make, targetOf, wordsOf } from "./dom.js";
import { brought } from "./files/brought.js";
import { unpackBits } from "./maps.js";
import { oncePerFrame } from "./frames.js";
import { remember } from "./remember.js";
import { SIZE } from "./view.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { BroughtFile } from "./files/brought.js"
 * @import { Answer } from "./messages.d.ts"
 * @import { Pane } from "./pane.js"
 * @import { PointerModes } from "./pointer.js"
 * @import { Arrays, DrawingActions, MaskOrReason, Place, Shape } from "./types.d.ts"
 */

const COLOURS = ["#4be3ff", "#ff9df2", "#9dff8a", "#ffb05c"];
/** @type {Record<string, Place>} */
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const SETTLED = 200; // milliseconds after the last change, when what takes longer than a frame is counted

/** @typedef {{ annotation: Annotation, shapes: Shape[], name: string, active: boolean }} Drawn as it was drawn last */

export class Annotations {
  key = "annotations";
  /** @type {Map<string, Annotation[]>} */
  cases = new Map(); // by case
  /** @type {Map<string, Annotation>} */
  chosen = new Map(); // the one that is drawn on, by case
  /** @type {Set<string>} */
  shown = new Set(); // ids of those that panes compare with
  saved = edits.count;
  active = false; // whether the pointer draws
  fresh = false; // whether what was drawn last still stands
  /** @type {Drawn[]} */
  state = []; // what was drawn last
  /** @type {{ key: string, name: string } | null} */
  loading = null; // the file that is being read, and for which case
  /** @type {number | undefined} */
  settling = undefined;
  /** @type {MaskOrReason & { data: Arrays | null, finding: string, truth: string } | null} */
  masked = null; // the radiologist's mask, unpacked
  /** @type {WeakMap<Pane, DrawingLayer>} */
  layers = new WeakMap();
  tools = new DrawTools({
    target: () => this.target(),
    peek: () => this.current,
    changed: (dragging) => this.changed(dragging),
  });
  strip = new DrawingStrip(this.tools, {
    undo: () => this.step("undo"),
    redo: () => this.step("redo"),
    clear: () => this.clear(),
  });
  legend = make("div", { class: "own-keys" });
  kick = oncePerFrame(() => this.draw());

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    viewer.controls.strips.append(this.strip.element);
    this.sessions = new SavedSessions(viewer, this);
    this.panel = new DrawingPanel(viewer.config.findings, this.actions(), viewer.isLacking("annotate"));
    viewer.below.append(this.panel.element);
    viewer.plain.says.append(this.legend);
    viewer.ownRegion = () => {
      const { current } = this;
      return current && !current.empty ? current.region() : null;
    };
    this.addMode(viewer.modes);
    this.listen();
  }

  /** @returns {DrawingActions} */
  actions() {
    return {
      create: () => this.edit(() => this.add(new Annotation(this.freeName(), this.finding))),
      copy: () => this.edit(() => this.copyMask()),
      load: (file) => this.load(file),
      exportCoco: () => this.viewer.feature("exports").ask("coco"),
      save: () => this.sessions.save(),
      open: (file) => this.sessions.open(file),
      choose: (annotation) => this.choose(annotation),
      rename: (annotation, name) => this.edit(() => (annotation.name = name.trim() || annotation.name)),
      assign: (annotation, finding) => this.edit(() => this.assign(annotation, finding)),
      remove: (annotation) => this.edit(() => this.list.splice(this.list.indexOf(annotation), 1)),
    };
  }

  /**
   * Change something that is saved with the session.
   * @param {() => unknown} run
   */
  edit(run) {
    run();
    edits.count++;
    this.changed();
  }

  /**
   * @param {Annotation} annotation
   * @param {string} finding
   */
  assign(annotation, finding) {
    annotation.finding = finding;
    this.choose(annotation);
  }

  /** @param {PointerModes} modes */
  addMode(modes) {
    /** @param {Pane} pane */
    const scale = (pane) => this.viewer.view.size / (pane.stage.clientWidth || SIZE);
    modes.onChange((mode) => this.setActive(mode.key === "draw"));
    modes.onHover((at) => {
      if (!this.active) return;
      this.tools.hover(at);
      this.kick();
    });
    modes.add({
      key: "draw",
      label: "Draw",
      shortcut: "D",
      cursor: "crosshair",
      help: "draw your own region of the chosen finding",
      down: (at, event, pane) => (this.viewer.content.case ? this.tools.down(at, scale(pane)) : false),
      move: (at) => this.tools.move(at),
      up: () => this.tools.up(),
      cancel: () => this.tools.cancel(),
    });
  }

  listen() {
    const { viewer } = this;
    document.addEventListener("keydown", (event) => this.onAnyKey(event));
    window.addEventListener("beforeunload", (event) => {
      if (this.dirty && viewer.element.isConnected) event.preventDefault();
    });
  }

  /**
   * A new pane shows and scores what is drawn.
   * @param {Pane} pane
   */
  onPane(pane) {
    pane.stage.addEventListener("dblclick", () => this.active && this.tools.close());
    pane.stage.addEventListener("keydown", (event) => this.onKey(event), true);
    this.layers.set(pane, new DrawingLayer(pane));
    this.fresh = false;
    this.changed();
  }

  /**
   * Whether something was drawn since the last saving.
   * @returns {boolean}
   */
  get dirty() {
    return edits.count > this.saved;
  }

  /** What is drawn is on the reader's disk now. */
  keepSaved() {
    this.saved = edits.count;
  }

  /**
   * The annotations of the open case.
   * @returns {Annotation[]}
   */
  get list() {
    return remember(this.cases, this.caseKey, () => []);
  }

  /** @returns {string} */
  get caseKey() {
    return this.sessions.identity(this.viewer.opened.case);
  }

  /** @returns {string} */
  get finding() {
    return this.viewer.findingName;
  }

  /**
   * Annotations of the chosen finding on the open case.
   * @returns {Annotation[]}
   */
  get drawn() {
    return this.viewer.content.case ? this.list.filter((annotation) => annotation.finding === this.finding) : [];
  }

  /**
   * The one that is drawn on, or null.
   * @returns {Annotation | null}
   */
  get current() {
    const { drawn } = this;
    return drawn.find((annotation) => this.chosen.get(this.caseKey) === annotation) ?? drawn.at(-1) ?? null;
  }

  /** @returns {Annotation} */
  target() {
    return this.current ?? this.add(new Annotation(this.freeName(), this.finding));
  }

  /** @returns {string} */
  freeName() {
    const used = new Set(this.list.map((annotation) => annotation.name));
    return [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].find((name) => !used.has(name)) ?? `Annotation ${this.list.length + 1}`;
  }

  /**
   * A name for a loaded annotation that no other of the case has.
   * @param {string} name
   * @returns {string}
   */
  ownName(name) {
    const used = new Set(this.list.map((annotation) => annotation.name));
    for (let i = 1; ; i++) if (!used.has(i === 1 ? name : `${name} (${i})`)) return i === 1 ? name : `${name} (${i})`;
  }

  /**
   * @param {Annotation} annotation
   * @returns {Annotation}
   */
  add(annotation) {
    this.list.push(annotation);
    this.chosen.set(this.caseKey, annotation);
    this.tools.selected = null;
    return annotation;
  }

  /** @param {Annotation} annotation */
  choose(annotation) {
    this.tools.cancel();
    this.tools.selected = null;
    this.chosen.set(this.caseKey, annotation);
    if (annotation.finding !== this.finding) {
      this.viewer.choose(this.viewer.config.findings.indexOf(annotation.finding));
    }
    this.changed();
  }

  copyMask() {
    const { mask } = this.viewer.maskOf(this.finding);
    if (mask) this.add(fromRegion(this.freeName(), this.finding, mask));
  }

  /** @param {"undo" | "redo"} name */
  step(name) {
    this.current?.[name]();
    this.tools.selected = null;
    this.changed();
  }

  clear() {
    if (this.current?.shapes.length) this.current.change([]);
    this.tools.selected = null;
    this.changed();
  }

  /** @param {File} own leaves this browser under another name, with the open upload's where it bears that one's */
  async load(own) {
    const { viewer } = this;
    const { case: item } = viewer.content;
    if (!item) return viewer.header.showError("Expected an open radiograph for this file, found none; open it first.");
    const of = item.id === null ? brought.find(item.title) : null;
    /** @type {File} */
    let file;
    try {
      file = await brought.companion(own, of, viewer.config.finding_names);
    } catch (error) {
      return viewer.header.showError(wordsOf(error));
    }
    const { name } = file;
    this.loading = { key: this.caseKey, name };
    try {
      const { path } = await viewer.upload(file);
      viewer.send.annotate({ path, name, finding: this.finding });
    } catch {
      viewer.header.showError(viewer.refusal({ name }));
    }
  }

  /** What is drawn on the open case, as the server takes it. */
  toExport() {
    return this.list.filter((annotation) => !annotation.empty).map((annotation) => annotation.toExport());
  }

  /** @param {Answer} answer */
  async onAnswer({ annotations, note }) {
    if (!annotations) return;
    const { key, name } = this.loading ?? { key: this.caseKey, name: "" };
    const masks = /** @type {Uint8Array[]} */ (await Promise.all(annotations.map(({ mask }) => fetchArray(mask))));
    if (key !== this.caseKey) return;
    const added = annotations.map((one, i) =>
      this.add(fromRegion(this.ownName(one.name), one.finding, unpackBits(masks[i], SIZE * SIZE), one.polygons)),
    );
    const loaded = `${name}: ${added.length} annotation${added.length === 1 ? "" : "s"} loaded.`;
    this.say([loaded, note, ...annotations.map((one) => one.note)]);
    const last = added.at(-1);
    if (last) this.choose(last);
  }

  /** @param {(string | undefined)[]} sentences */
  say(sentences) {
    const text = [...new Set(sentences.filter(Boolean))].join(" ");
    this.panel.say(text);
    this.strip.say(text);
  }

  /**
   * Whether a file that was brought is for the drawings: a session, annotations, gaze, or a mask while somebody draws.
   * @param {File} file
   * @returns {boolean}
   */
  wants({ name }) {
    return /\.(json|zip|csv)$/i.test(name) || (this.active && /\.png$/i.test(name));
  }

  /**
   * A file that was dropped: a saved session or an annotation.
   * @param {File} file
   */
  async take(file) {
    if (/\.json$/i.test(file.name) && (await file.slice(0, 200).text()).includes("medicalpatchnet-explorer session")) {
      this.sessions.open(file);
    } else this.load(file);
  }

  onCase() {
    this.tools.cancel();
    this.tools.selected = null;
  }

  onContent() {
    this.sessions.onContent();
    this.fresh = false;
    this.changed();
  }

  onFinding() {
    this.tools.cancel();
    this.tools.selected = null;
    this.changed();
  }

  /** @param {BroughtFile} file */
  onUpload(file) {
    this.sessions.onUpload(file);
  }

  /** @param {boolean} active */
  setActive(active) {
    if (this.active && !active) this.tools.cancel();
    this.active = active;
    this.changed();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!this.active || event.ctrlKey || event.metaKey || event.altKey) return;
    const taken = event.key === "Enter" ? this.addCorner() : this.nudge(event);
    if (!taken) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /**
   * Set a corner where the cross-hair is, or close the polygon where there is one already.
   * @returns {boolean}
   */
  addCorner() {
    const { tools } = this;
    const cross = this.viewer.cross?.point;
    const last = tools.draft.at(-1);
    const there = !cross || (last && Math.hypot(cross.x - last[0], cross.y - last[1]) < 1.5);
    if (tools.tool !== "polygon") return false;
    if (tools.draft.length > 2 && there) tools.close();
    else if (!cross) return false;
    else if (tools.down(cross, 1) !== false) tools.up();
    return true;
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean}
   */
  nudge({ key, shiftKey }) {
    if (!(key in ARROWS)) return false;
    const [right, down] = ARROWS[key];
    const far = shiftKey ? 8 : 1;
    return this.tools.nudge([right * far, down * far]);
  }

  /** @param {KeyboardEvent} event */
  onAnyKey(event) {
    const target = targetOf(event);
    if (!this.active || target?.closest("input[type=text], textarea, dialog")) return;
    const { tools } = this;
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (undo) this.step(event.shiftKey ? "redo" : "undo");
    else if (event.key === "Escape") tools.cancel();
    else if (event.key === "Enter" && tools.draft.length > 2 && !target?.closest("button, select")) tools.close();
    else if (event.key === "Backspace" && tools.draft.length) tools.back();
    else if (event.key === "Delete" || event.key === "Backspace") tools.remove();
    else return;
    event.preventDefault();
  }

  /**
   * Something is new; what takes longer than a frame waits until nothing is dragged any more.
   * @param {boolean} [dragging]
   */
  changed(dragging = false) {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), dragging ? 4 * SETTLED : SETTLED);
    this.kick();
  }

  /**
   * @param {Annotation} annotation
   * @returns {string}
   */
  colourOf(annotation) {
    return COLOURS[this.drawn.indexOf(annotation) % COLOURS.length] ?? COLOURS[0];
  }

  draw() {
    const { drawn, current, active } = this;
    const state = drawn.map((annotation) => {
      const { shapes, name } = annotation;
      return { annotation, shapes, name, active: annotation === current };
    });
    const same = this.stands(state);
    this.drawLayers(same ? null : state);
    this.strip.show(active, current, this.finding);
    if (same) return;
    const changed = state.filter((one) => this.isNew(one)).map(({ annotation }) => annotation);
    [this.state, this.fresh] = [state, true];
    this.score(changed);
    this.legend.replaceChildren(...drawn.map((annotation) => this.makeKey(annotation)));
  }

  /**
   * Whether what was drawn last still stands.
   * @param {Drawn[]} state
   * @returns {boolean}
   */
  stands(state) {
    if (!this.fresh || state.length !== this.state.length) return false;
    return this.state.every(({ annotation, shapes, name, active }, i) => {
      const now = state[i];
      return now.annotation === annotation && now.shapes === shapes && now.name === name && now.active === active;
    });
  }

  /**
   * Whether panes have not compared with it yet, as it is now.
   * @param {Drawn} one
   * @returns {boolean}
   */
  isNew({ annotation, shapes }) {
    const before = this.state.find((old) => old.annotation === annotation);
    return !this.fresh || before?.shapes !== shapes || !this.shown.has(annotation.id);
  }

  /** @param {Drawn[] | null} state null where the lines stay */
  drawLayers(state) {
    const { tools, current, active } = this;
    const selected = current?.shapes[tools.selected ?? -1];
    const rings = active && tools.tool === "select" && selected?.kind === "rings" ? selected.rings : [];
    const lines = state?.map(({ annotation, active: chosen }) => ({
      path: annotation.path(),
      colour: this.colourOf(annotation),
      active: chosen,
    }));
    for (const pane of this.viewer.allPanes) {
      const layer = this.layers.get(pane);
      if (lines) layer?.showLines(lines);
      layer?.showDraft(active ? tools.preview : [], rings, tools.tool !== "polygon" || !tools.at);
      layer?.showBrush(active ? tools.at : null, tools.brushRadius);
    }
  }

  /**
   * @param {Annotation} annotation
   * @returns {HTMLParagraphElement}
   */
  makeKey(annotation) {
    const swatch = make("i", { class: "own" });
    swatch.style.borderColor = this.colourOf(annotation);
    return make("p", { class: "key" }, swatch, make("span", { text: `your annotation ${annotation.name}` }));
  }

  /**
   * Let every pane compare its map with the annotations of the chosen finding.
   * @param {Annotation[]} changed
   */
  score(changed) {
    const ids = new Set(this.drawn.map((annotation) => annotation.id));
    for (const pane of this.viewer.panes) {
      for (const id of this.shown) if (!ids.has(id)) pane.setReference(id, null);
      for (const annotation of changed) pane.setReference(annotation.id, annotation.name, annotation.region());
      if (pane.signed) pane.sayScore(pane.level);
    }
    this.shown = ids;
    this.onFrame();
  }

  /** The table of methods follows the threshold. */
  onFrame() {
    const { drawn, viewer } = this;
    if (!viewer.content.case || !drawn.length) return;
    const { mask } = this.radiologist();
    const columns = [
      ...(mask ? [["radiologist", this.radiologistName]] : []),
      ...drawn.map((annotation) => [annotation.id, annotation.name]),
    ];
    const rows = viewer.panes
      .filter((pane) => pane.signed)
      .map((pane) => ({
        label: pane.title,
        scores: columns.map(([key]) =>
          pane.blank ? null : (pane.references.get(key)?.at(pane.above, pane.level) ?? null),
        ),
      }));
    this.panel.showMethods(
      columns.map(([, name]) => name),
      rows,
    );
  }

  /** @returns {string} */
  get radiologistName() {
    return this.viewer.truth.label;
  }

  /**
   * The radiologist's mask of the chosen finding; unpacked once.
   * @returns {MaskOrReason}
   */
  radiologist() {
    const { viewer, masked, finding } = this;
    const { key } = viewer.truth;
    if (masked && masked.data === viewer.data && masked.finding === finding && masked.truth === key) return masked;
    this.masked = { data: viewer.data, finding, truth: key, ...viewer.maskOf(finding) };
    return this.masked;
  }

  settle() {
    const { viewer, drawn } = this;
    if (!viewer.content.case) return;
    this.panel.showList(
      this.list.map((annotation) => this.listRow(annotation)),
      Boolean(this.radiologist().mask),
      drawn.some((annotation) => !annotation.empty),
    );
    viewer.feature("comparison").later();
    viewer.feature("patches").kick();
  }

  /** @param {Annotation} annotation */
  listRow(annotation) {
    return {
      annotation,
      colour: annotation.finding === this.finding ? this.colourOf(annotation) : "transparent",
      active: annotation === this.current,
      area: annotation.region().reduce((sum, bit) => sum + bit, 0),
    };
  }
}
