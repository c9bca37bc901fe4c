// The comparison viewer of the tab Explore. `mount` puts it into an element; all that does not need a model happens here.
import { AgreementPane } from "./js/agreement.js";
import { CaseList } from "./js/cases.js";
import { greyPixels, niceCeiling, overlayTable } from "./js/colour.js";
import { Controls, DEFAULTS } from "./js/controls.js";
import { Conversation } from "./js/conversation.js";
import { make } from "./js/dom.js";
import { FEATURES } from "./js/features.js";
import { FindingTable, probabilityText } from "./js/findings.js";
import { Guide } from "./js/guide.js";
import { Header, ModelNotes } from "./js/header.js";
import { Keys } from "./js/keys.js";
import { Legend } from "./js/legend.js";
import { Pane } from "./js/pane.js";
import { maskFrom } from "./js/people.js";
import { PointerModes } from "./js/pointer.js";
import { Refinement } from "./js/refinement.js";
import { levelFor, tunedFor } from "./js/thresholds.js";
import { Toolbar } from "./js/toolbar.js";
import { View } from "./js/view.js";
import { paintRadiograph } from "./js/window.js";

export * from "./js/parts.js";

export class Viewer extends Conversation {
  /**
   * @param element the place of the viewer, emptied.
   * @param channel {config, server, send, upload}: what ui/viewer.py hands over (see there); `send` tells the server
   *   to open a case, to read an upload, to refine the patch maps or to stop.
   */
  constructor(element, { config, server, send, upload }) {
    super({ config, send, upload });
    this.settings = { ...DEFAULTS };
    this.finding = null;
    this.chosen = false; // by the reader; until then each case opens with its leading finding
    this.stale = false;
    this.content = {};
    this.features = [];
    this.hiddenAtFirst = ["agreement"]; // panes that are on show only when somebody asks for them
    this.build(server);
    element.replaceChildren(this.element);
    this.cases.load().then((ids) => this.link.start(ids));
    document.addEventListener("explorer:news", async () => { this.link.ids = await this.cases.load(); });
  }

  build(server) {
    const { findings, models, accept, steps } = this.config;
    this.header = new Header();
    this.guide = new Guide();
    this.legend = new Legend();
    this.toast = make("p", { class: "toast", role: "status" });
    this.models = new ModelNotes();
    this.cases = new CaseList(server, findings, accept, { onOpen: (id) => this.open(id), onUpload: (file) => this.read(file) });
    this.table = new FindingTable(findings, models, (i) => this.choose(i));
    this.refinement = new Refinement(steps, { onRefine: (step) => this.ask("refine", { steps: step }), onStop: () => this.send.stop({}) });
    this.view = new View();
    this.modes = new PointerModes(this.view);
    this.makePanes();
    this.tools = new Toolbar();
    this.toolbar = this.tools.element;
    this.below = make("div", { class: "below" });
    this.busyBar = make("div", { class: "busy", hidden: true });
    const chart = make("section", { class: "chart", "aria-label": "Probabilities" },
      make("div", { class: "heading" }, make("h2", { text: "Probabilities" }), make("span", { class: "count", text: "● present  ○ absent (label)" })), this.table.element);
    this.grid = make("div", { class: "panes" }, ...this.allPanes.map((pane) => pane.element));
    this.film = make("section", { class: "film", "aria-label": "Images" }, this.toolbar);
    this.element = make("div", { class: "viewer" }, this.busyBar,
      make("aside", {}, this.cases.element, chart, this.models.element), make("div", { class: "reading-room" }, this.header.element, this.film, this.below, this.guide.element));
    this.keys = new Keys(this.element);
    this.controls = new Controls(this.settings, this.config, this.refinement, this.keys, { onFinding: (i) => this.choose(i), onChange: (name) => this.onSetting(name) });
    this.film.append(this.controls.element, this.grid, this.toast);
    this.takeDrops();
    this.plain.says.append(...this.legend.parts);
    for (const pane of this.allPanes) this.modes.attach(pane);
    for (const Feature of FEATURES) this.features.push(new Feature(this));
    this.link = this.features.at(-1);
    this.tools.add("Help", { icon: "help", label: "Keys and gestures", shortcut: "?", onClick: () => this.keys.open() });
    this.tools.settle();
    this.showSettings();
  }

  makePanes() {
    const { methods, palettes, agreement } = this.config;
    this.plain = new Pane(null, palettes);
    this.panes = methods.map((method) => new Pane(method, palettes));
    this.agreement = new AgreementPane(agreement);
  }

  get allPanes() {
    return [this.plain, ...this.panes, this.agreement];
  }

  /** Call a function of all features that have it. */
  notify(name, ...values) {
    for (const feature of this.features) feature[name]?.(...values);
  }

  /** Show what the view shows now in all panes. */
  placePanes() {
    for (const pane of this.allPanes) pane.place(this.view);
  }

  /** Say something in passing. */
  say(text, lasts = 4000) {
    clearTimeout(this.quiet);
    this.toast.textContent = text;
    this.quiet = setTimeout(() => { this.toast.textContent = ""; }, lasts);
  }

  takeDrops() {
    const stop = (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    this.element.addEventListener("dragover", stop);
    this.element.addEventListener("drop", (event) => { stop(event); this.cases.take(event.dataTransfer?.files); });
  }

  show(content, arrays) {
    const before = this.content;
    this.content = content;
    this.data = arrays;
    if (before.case?.key !== content.case.key) this.showCase(content, arrays);
    this.header.showCaution(content.caution);
    this.table.update(content.probabilities, content.case.labels);
    if (this.follow && content.probabilities?.[this.config.models[0].kind]) this.lead();
    for (const pane of this.panes) this.showMap(pane, before.maps?.[pane.method.key]);
    this.refinement.update(content.progress ?? null, content.busy);
    this.notify("onContent", content, arrays);
    this.redraw();
  }

  showCase(content, arrays) {
    const plain = greyPixels(arrays.image);
    for (const pane of this.allPanes) {
      pane.clear();
      pane.setImage(arrays.image, plain);
    }
    this.header.showCase(content.case);
    this.cases.choose(content.case.id);
    this.legend.crop.textContent = content.case.crop;
    this.follow = !this.chosen;
    const first = this.config.findings.indexOf(content.case.drawn[0] ?? this.config.findings[1]);
    this.notify("onCase", content, arrays);
    this.pick(this.follow ? first : this.finding);
  }

  /** Until the reader chooses, show the most probable of the findings that somebody drew, or of all. */
  lead() {
    this.follow = false;
    const { drawn } = this.content.case;
    const kind = this.config.models[0].kind;
    const indices = drawn.map((name) => this.config.findings.indexOf(name));
    const values = this.content.probabilities[kind];
    this.pick(indices.length ? indices.reduce((a, b) => (values[b] > values[a] ? b : a)) : this.table.leading);
  }

  /** Choose a finding: everything is here already, nothing is asked of the server. */
  choose(index) {
    this.chosen = true;
    this.follow = false;
    this.pick(index);
    this.redraw();
  }

  pick(index) {
    this.finding = index;
    this.table.choose(index);
    this.controls.finding.control.value = String(index);
    if (!this.content.case) return;
    const name = this.config.findings[index];
    const { mask, reason } = this.maskOf(name);
    for (const pane of this.allPanes) {
      pane.describe(name);
      pane.setMask(mask, reason, this.content.case.phantom ? "simulated" : "radiologist");
      pane.setOutline(this.content.case.outlines[name] ?? "");
    }
    this.legend.sayOutline(mask ? [this.content.case.outline_is, reason].filter(Boolean).join(", ") : reason);
    for (const pane of this.panes) this.showMap(pane);
    this.notify("onFinding", index);
  }

  maskOf(name) {
    const { masks, case: item } = this.content;
    const mask = maskFrom(masks, this.data.masks, name);
    return { mask, reason: item.mask_notes[name] ?? (mask ? "" : "no radiologist mask") };
  }

  showMap(pane, before = null) {
    const source = this.content.maps?.[pane.method.key];
    pane.setVeil(!source && this.content.busy ? "Computing…" : "");
    if (!source) return pane.setMap(null);
    if (before && before.file.url === source.file.url && pane.shown === this.finding) return;
    const { shape: [, height, width] } = source;
    const values = this.data[pane.method.key].subarray(this.finding * height * width, (this.finding + 1) * height * width);
    pane.setMap({ values, height, width });
    pane.method.note = source.note;
    pane.shown = this.finding;
    if (pane.blank) pane.setVeil(pane.method.unit ? "Same value everywhere" : "No positive evidence");
  }

  /** The common end of the patch maps' colour scale in logits: chosen, or a round number above their largest value. */
  patchLimit() {
    if (this.settings.limit !== "auto") return Number(this.settings.limit);
    const ends = this.panes.filter((pane) => pane.method.unit && pane.signed).flatMap((pane) => pane.extent.map(Math.abs));
    return niceCeiling(Math.max(0, ...ends));
  }

  onSetting(name) {
    if (["outline", "fill", "human", "scheme"].includes(name)) this.showSettings();
    this.kick(["opacity", "limit", "scheme"].includes(name));
  }

  /** Follow the settings that are not drawn with each frame. */
  showSettings() {
    for (const name of ["outline", "fill", "human"]) this.element.classList.toggle(`no-${name}`, !this.settings[name]);
    this.scheme = this.config.schemes.find(({ key }) => key === this.settings.scheme) ?? this.config.schemes[0];
    for (const pane of this.panes) pane.setPalette(this.paletteOf(pane.method.palette));
    this.guide.sayColours(this.scheme);
    this.controls.show();
  }

  paletteOf(kind) {
    return this.config.palettes[`${kind}-${this.settings.scheme}`] ?? this.config.palettes[kind];
  }

  redraw() {
    this.sayReading();
    this.kick(true);
  }

  colourise() {
    const limit = this.patchLimit();
    const kinds = new Set(this.panes.map((pane) => pane.method.palette));
    const tables = Object.fromEntries([...kinds].map((kind) => [kind, overlayTable(this.paletteOf(kind), this.settings.opacity, this.shades)]));
    paintRadiograph(this);
    for (const pane of this.panes) if (!pane.hidden) pane.colourise(pane.method.unit ? limit : null, tables);
    if (limit !== this.controls.scale) this.controls.show({ scale: limit });
    this.stale = false;
  }

  /** At most one frame is drawn per animation frame, however fast a slider moves; `stale` colours are made anew. */
  kick(stale = false) {
    this.stale ||= stale;
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.draw(); });
  }

  draw() {
    if (this.stale) this.colourise();
    const { settings, controls } = this;
    this.plain.draw(0);
    for (const pane of this.panes) if (!pane.hidden) pane.draw(this.levelOf(pane), settings.hide, settings.contour);
    if (!this.agreement.hidden) this.agreement.drawAgreement(this.panes, settings.opacity);
    if (settings.mode === "tuned") controls.show({ note: this.tuned.note });
    this.notify("onFrame");
  }

  /** The level at which a pane's map is cut now. */
  levelOf(pane) {
    return levelFor(pane, this.settings, this.controls.scale, this.tuned?.values);
  }

  get tuned() {
    return this.settings.mode === "tuned" ? tunedFor(this.config.tuned, this.content.models, this.config.findings[this.finding]) : null;
  }

  sayReading() {
    const { case: item, probabilities, models } = this.content;
    if (!item || this.finding === null) return;
    const name = this.config.findings[this.finding];
    const opinions = this.config.models.filter(({ kind }) => probabilities?.[kind]).map(({ kind, label }) => ({
      label, probability: probabilityText(probabilities[kind][this.finding]), origin: models.find((model) => model.kind === kind).origin,
    }));
    const label = { 1: "labelled present", 0: "labelled absent" }[item.labels[name]] ?? "no label";
    this.header.showReading(name, opinions, label);
  }
}

/** Put a viewer into an element; returns it (`update` takes what the server says). */
export function mount(element, channel) {
  return new Viewer(element, channel);
}
