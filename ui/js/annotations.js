// A reader's own annotations: drawn or loaded, scored at once in every pane, compared, exported, and saved with the session.
import { fetchArray } from "./arrays.js";
import { Annotation, edits, fromRegion } from "./drawing/annotation.js";
import { DrawingLayer } from "./drawing/layer.js";
import { DrawingPanel } from "./drawing/panel.js";
import { DrawingStrip } from "./drawing/strip.js";
import { SavedSessions } from "./drawing/sessions.js";
import { DrawTools } from "./drawing/tools.js";
import { make } from "./dom.js";
import { unpackBits } from "./maps.js";
import { SIZE } from "./view.js";

const COLOURS = ["#4be3ff", "#ff9df2", "#9dff8a", "#ffb05c"];
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const SETTLED = 200; // milliseconds after the last change, when what takes longer than a frame is counted

export class Annotations {
  constructor(viewer) {
    Object.assign(this, {
      viewer,
      key: "annotations",
      cases: new Map(),
      chosen: new Map(),
      shown: new Set(),
      saved: edits.count,
      active: false,
      fresh: false,
    });
    this.tools = new DrawTools({
      target: () => this.target(),
      peek: () => this.current,
      changed: (dragging) => this.changed(dragging),
    });
    this.layers = new WeakMap();
    this.strip = new DrawingStrip(this.tools, {
      undo: () => this.step("undo"),
      redo: () => this.step("redo"),
      clear: () => this.clear(),
    });
    viewer.toolbar.after(this.strip.element);
    this.sessions = new SavedSessions(viewer, this);
    this.panel = new DrawingPanel(viewer.config.findings, this.actions());
    viewer.below.append(this.panel.element);
    this.legend = make("div", { class: "own-keys" });
    viewer.plain.says.append(this.legend);
    viewer.ownRegion = () => (this.current && !this.current.empty ? this.current.region() : null);
    this.addMode(viewer.modes);
    this.listen();
  }

  actions() {
    const change =
      (run) =>
      (...values) => {
        run(...values);
        edits.count++;
        this.changed();
      };
    return {
      create: change(() => this.add(new Annotation(this.freeName(), this.finding))),
      copy: change(() => this.copyMask()),
      load: (file) => this.load(file),
      exportCoco: () => this.viewer.exports.ask("coco"),
      save: () => this.sessions.save(),
      open: (file) => this.sessions.open(file),
      choose: (annotation) => this.choose(annotation),
      rename: change((annotation, name) => {
        annotation.name = name.trim() || annotation.name;
      }),
      assign: change((annotation, finding) => {
        annotation.finding = finding;
        this.choose(annotation);
      }),
      remove: change((annotation) => {
        this.list.splice(this.list.indexOf(annotation), 1);
      }),
    };
  }

  addMode(modes) {
    const scale = (pane) => this.viewer.view.size / (pane.stage.clientWidth || SIZE);
    modes.onChange((mode) => this.setActive(mode?.key === "draw"));
    modes.onHover((at) => {
      if (this.active) {
        this.tools.hover(at);
        this.kick();
      }
    });
    modes.add({
      key: "draw",
      label: "Draw",
      shortcut: "D",
      cursor: "crosshair",
      help: "draw your own region of the chosen finding",
      down: (at, event, pane) => (this.viewer.content.case ? this.tools.down(at, scale(pane)) : false),
      move: (at) => this.tools.move(at),
      up: (at) => this.tools.up(at),
      cancel: () => this.tools.cancel(),
    });
  }

  listen() {
    const { viewer } = this;
    document.addEventListener("keydown", (event) => this.onAnyKey(event));
    viewer.element.addEventListener("drop", (event) => this.onDrop(event), true);
    window.addEventListener("beforeunload", (event) => {
      if (this.dirty && viewer.element.isConnected) event.preventDefault();
    });
  }

  /** A new pane shows and scores what is drawn. */
  onPane(pane) {
    pane.stage.addEventListener("dblclick", () => this.active && this.tools.close());
    pane.stage.addEventListener("keydown", (event) => this.onKey(event), true);
    this.layers.set(pane, new DrawingLayer(pane));
    this.fresh = false;
    this.changed();
  }

  /** Whether something was drawn since the last saving. */
  get dirty() {
    return edits.count > this.saved;
  }

  /** What is drawn is on the reader's disk now. */
  keepSaved() {
    this.saved = edits.count;
  }

  /** The annotations of the open case. */
  get list() {
    const key = this.caseKey;
    if (!this.cases.has(key)) this.cases.set(key, []);
    return this.cases.get(key);
  }

  get caseKey() {
    return this.sessions.identity(this.viewer.content.case);
  }

  get finding() {
    return this.viewer.config.findings[this.viewer.finding];
  }

  /** Annotations of the chosen finding on the open case. */
  get drawn() {
    return this.viewer.content.case ? this.list.filter((annotation) => annotation.finding === this.finding) : [];
  }

  /** The one that is drawn on, or null. */
  get current() {
    const { drawn } = this;
    return drawn.find((annotation) => this.chosen.get(this.caseKey) === annotation) ?? drawn.at(-1) ?? null;
  }

  target() {
    return this.current ?? this.add(new Annotation(this.freeName(), this.finding));
  }

  freeName() {
    const used = new Set(this.list.map((annotation) => annotation.name));
    return [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].find((name) => !used.has(name)) ?? `Annotation ${this.list.length + 1}`;
  }

  /** A name for a loaded annotation that no other of the case has. */
  ownName(name) {
    const used = new Set(this.list.map((annotation) => annotation.name));
    for (let i = 1; ; i++) if (!used.has(i === 1 ? name : `${name} (${i})`)) return i === 1 ? name : `${name} (${i})`;
  }

  add(annotation) {
    this.list.push(annotation);
    this.chosen.set(this.caseKey, annotation);
    this.tools.selected = null;
    return annotation;
  }

  choose(annotation) {
    this.tools.cancel();
    this.tools.selected = null;
    this.chosen.set(this.caseKey, annotation);
    if (annotation.finding !== this.finding)
      this.viewer.choose(this.viewer.config.findings.indexOf(annotation.finding));
    this.changed();
  }

  copyMask() {
    const { mask } = this.viewer.maskOf(this.finding);
    if (mask) this.add(fromRegion(this.freeName(), this.finding, mask));
  }

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

  async load(file) {
    const { viewer } = this;
    if (!viewer.content.case) return;
    this.loading = { key: this.caseKey, name: file.name };
    try {
      const { path } = await viewer.upload(file);
      viewer.send.annotate({ path, name: file.name, finding: this.finding });
    } catch {
      viewer.header.showError(
        `${file.name} could not be sent: expected a file of at most ${viewer.config.max_file_size}, and the server refused it.`,
      );
    }
  }

  /** What is drawn on the open case, as the server takes it. */
  toExport() {
    return this.list.filter((annotation) => !annotation.empty).map((annotation) => annotation.toExport());
  }

  async onMessage(message) {
    if (!message.annotations) return;
    const { key, name } = this.loading ?? { key: this.caseKey, name: "" };
    const masks = await Promise.all(message.annotations.map(({ mask }) => fetchArray(mask)));
    if (key !== this.caseKey) return;
    message.annotations.forEach((one, i) =>
      this.add(fromRegion(this.ownName(one.name), one.finding, unpackBits(masks[i], SIZE * SIZE), one.polygons)),
    );
    this.say([
      `${name}: ${message.annotations.length} annotation${message.annotations.length === 1 ? "" : "s"} loaded.`,
      message.note,
      ...message.annotations.map((one) => one.note),
    ]);
    if (message.annotations.length) this.choose(this.list.at(-1));
  }

  say(sentences) {
    const text = [...new Set(sentences.filter(Boolean))].join(" ");
    this.panel.say(text);
    this.strip.say(text);
  }

  onDrop(event) {
    const file = event.dataTransfer?.files[0];
    if (!file || !(/\.(json|zip)$/i.test(file.name) || (this.active && /\.png$/i.test(file.name)))) return;
    event.preventDefault();
    event.stopPropagation();
    this.take(file);
  }

  /** A file that was dropped: a saved session or an annotation. */
  async take(file) {
    if (/\.json$/i.test(file.name) && (await file.slice(0, 200).text()).includes("medicalpatchnet-explorer session"))
      this.sessions.open(file);
    else this.load(file);
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

  onUpload(file) {
    this.sessions.onUpload(file);
  }

  setActive(active) {
    if (this.active && !active) this.tools.cancel();
    this.active = active;
    this.changed();
  }

  onKey(event) {
    if (!this.active || event.ctrlKey || event.metaKey || event.altKey) return;
    const { tools, viewer } = this;
    const cross = viewer.cross?.point;
    const last = tools.draft.at(-1);
    const there = !cross || (last && Math.hypot(cross.x - last[0], cross.y - last[1]) < 1.5); // a corner is there already
    if (event.key === "Enter" && tools.tool === "polygon" && tools.draft.length > 2 && there) tools.close();
    else if (event.key === "Enter" && tools.tool === "polygon" && cross) {
      if (tools.down(cross, 1) !== false) tools.up(cross);
    } else if (!(event.key in ARROWS) || !tools.nudge(ARROWS[event.key].map((step) => step * (event.shiftKey ? 8 : 1))))
      return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  onAnyKey(event) {
    if (!this.active || event.target.closest?.("input[type=text], textarea, dialog")) return;
    const { tools } = this;
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (undo) this.step(event.shiftKey ? "redo" : "undo");
    else if (event.key === "Escape") tools.cancel();
    else if (event.key === "Enter" && tools.draft.length > 2 && !event.target.closest?.("button, select"))
      tools.close();
    else if (event.key === "Backspace" && tools.draft.length) tools.back();
    else if (event.key === "Delete" || event.key === "Backspace") tools.remove();
    else return;
    event.preventDefault();
  }

  /** Something is new; what takes longer than a frame waits until nothing is dragged any more. */
  changed(dragging = false) {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), dragging ? 4 * SETTLED : SETTLED);
    this.kick();
  }

  kick() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  colourOf(annotation) {
    return COLOURS[this.drawn.indexOf(annotation) % COLOURS.length] ?? COLOURS[0];
  }

  draw() {
    const { tools, drawn, current, active } = this;
    const state = drawn.map((annotation) => ({
      annotation,
      shapes: annotation.shapes,
      name: annotation.name,
      active: annotation === current,
    }));
    const same =
      this.fresh &&
      state.length === this.state.length &&
      state.every((one, i) => Object.entries(one).every(([key, value]) => this.state[i][key] === value));
    const rings = active && tools.tool === "select" ? (current?.shapes[tools.selected]?.rings ?? []) : [];
    const lines = same
      ? null
      : drawn.map((annotation) => ({
          path: annotation.path(),
          colour: this.colourOf(annotation),
          active: annotation === current,
        }));
    for (const pane of this.viewer.allPanes) {
      const layer = this.layers.get(pane);
      if (lines) layer.showLines(lines);
      layer.showDraft(active ? tools.preview : [], rings, tools.tool !== "polygon" || !tools.at);
      layer.showBrush(active ? tools.at : null, tools.brushRadius);
    }
    this.strip.show(active, current, this.finding);
    if (same) return;
    const changed = state.filter(
      (one) =>
        !this.fresh ||
        this.state.find((old) => old.annotation === one.annotation)?.shapes !== one.shapes ||
        !this.shown.has(one.annotation.id),
    );
    [this.state, this.fresh] = [state, true];
    this.score(changed.map((one) => one.annotation));
    this.legend.replaceChildren(...drawn.map((annotation) => this.makeKey(annotation)));
  }

  makeKey(annotation) {
    const swatch = make("i", { class: "own" });
    swatch.style.borderColor = this.colourOf(annotation);
    return make("p", { class: "key" }, swatch, make("span", { text: `your annotation ${annotation.name}` }));
  }

  /** Let every pane compare its map with the annotations of the chosen finding. */
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

  get radiologistName() {
    return this.viewer.content.case.phantom ? "simulated" : "radiologist";
  }

  /** The radiologist's mask of the chosen finding; unpacked once. */
  radiologist() {
    const { viewer } = this;
    if (this.masked?.data !== viewer.data || this.masked.finding !== this.finding) {
      this.masked = { data: viewer.data, finding: this.finding, ...viewer.maskOf(this.finding) };
    }
    return this.masked;
  }

  settle() {
    const { viewer, drawn } = this;
    if (!viewer.content.case) return;
    const { mask } = this.radiologist();
    this.panel.showList(
      this.list.map((annotation) => ({
        annotation,
        colour: annotation.finding === this.finding ? this.colourOf(annotation) : "transparent",
        active: annotation === this.current,
        area: annotation.region().reduce((sum, bit) => sum + bit, 0),
      })),
      Boolean(mask),
    );
    const regions = drawn
      .filter((annotation) => !annotation.empty)
      .map((annotation) => ({ label: annotation.name, mask: annotation.region() }));
    if (regions.length && mask) regions.unshift({ label: this.radiologistName, mask });
    this.panel.showPairs(regions, viewer.content.case.geometry.crop.side / SIZE);
    viewer.features.find((feature) => feature.key === "patches")?.kick();
  }
}
