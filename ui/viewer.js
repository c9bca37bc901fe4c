// The comparison viewer of the tab Explore. `mount` puts it into an element; all that does not need a model happens here.
import { AgreementPane } from "./js/agreement.js";
import { CaseList } from "./js/cases.js";
import { greyPixels, niceCeiling, overlayTable } from "./js/colour.js";
import { Controls, DEFAULTS } from "./js/controls.js";
import { Conversation } from "./js/conversation.js";
import { make } from "./js/dom.js";
import { FEATURES } from "./js/features.js";
import { FindingTable, MANY, probabilityText } from "./js/findings.js";
import { Guide } from "./js/guide.js";
import { Header, ModelNotes } from "./js/header.js";
import { Keys } from "./js/keys.js";
import { Legend } from "./js/legend.js";
import { lacking, pairOf } from "./js/pairs.js";
import { Pane } from "./js/pane.js";
import { chosenOf } from "./js/parameters.js";
import { maskFrom } from "./js/people.js";
import { PointerModes } from "./js/pointer.js";
import { Refinement } from "./js/refinement.js";
import { LOGIT, levelFor, tunedFor } from "./js/thresholds.js";
import { Toolbar } from "./js/toolbar.js";
import { View } from "./js/view.js";
import { paintRadiograph } from "./js/window.js";

export * from "./js/parts.js";

export class Viewer extends Conversation {
  /**
   * @param element the place of the viewer, emptied.
   * @param channel {config, server, send, upload}: what ui/viewer.py hands over (see there); `send` tells the server
   *   to open a case, to read an upload, to explain or to refine what is on show, or to stop.
   */
  constructor(element, { config, server, send, upload }) {
    super({ config, send, upload });
    this.settings = { ...DEFAULTS };
    this.finding = null;
    this.chosen = false; // by the reader; until then each case opens with its leading finding
    this.stale = false;
    this.content = {};
    this.features = [];
    this.panes = []; // of maps, in their order
    this.models = config.models; // what is known of them; more once they are loaded
    this.patchModel = null; // the one that is taken apart
    this.given = null; // the maps that were asked for last and did not come
    this.build(server);
    element.replaceChildren(this.element);
    this.cases.load().then((ids) => this.link.start(ids));
    document.addEventListener("explorer:news", async () => {
      this.link.ids = await this.cases.load();
    });
  }

  build(server) {
    const { findings, models, accept, steps } = this.config;
    this.header = new Header();
    this.guide = new Guide(this.config.methods);
    this.legend = new Legend();
    this.toast = make("p", { class: "toast", role: "status" });
    this.speakers = new ModelNotes();
    this.cases = new CaseList(server, findings, accept, {
      onOpen: (id) => this.open(id),
      onUpload: (file) => this.read(file),
    });
    this.table = new FindingTable(findings, models, (i) => this.choose(i));
    this.refinement = new Refinement(steps, {
      onRefine: (step) => this.ask("refine", { steps: step, ...this.wanted() }),
      onStop: () => this.stop(),
    });
    this.view = new View();
    this.modes = new PointerModes(this.view);
    this.makePanes();
    this.tools = new Toolbar();
    this.toolbar = this.tools.element;
    this.below = make("div", { class: "below" });
    this.busyBar = make("div", { class: "busy", hidden: true });
    const chart = make(
      "section",
      { class: "chart", "aria-label": "Probabilities" },
      make(
        "div",
        { class: "heading" },
        make("h2", { text: "Probabilities" }),
        make("span", { class: "count", text: "● present  ○ absent (label)" }),
      ),
      this.table.element,
    );
    this.grid = make("div", { class: "panes" }, this.plain.element, this.agreement.element);
    this.film = make("section", { class: "film", "aria-label": "Images" }, this.toolbar);
    this.element = make(
      "div",
      { class: "viewer" },
      this.busyBar,
      make("aside", {}, this.cases.element, chart, this.speakers.element),
      make("div", { class: "reading-room" }, this.header.element, this.film, this.below, this.guide.element),
    );
    this.element.style.setProperty("--models", String(models.length));
    this.element.classList.toggle("many-models", models.length > MANY);
    this.keys = new Keys(this.element);
    this.controls = new Controls(this.settings, this.config, this.refinement, this.keys, {
      onFinding: (i) => this.choose(i),
      onChange: (name) => this.onSetting(name),
    });
    this.film.append(this.controls.element, this.grid, this.toast);
    this.takeDrops();
    this.plain.says.append(...this.legend.parts);
    for (const Feature of FEATURES) this.features.push(new Feature(this));
    this.link = this.features.at(-1);
    for (const pane of this.allPanes) this.take(pane);
    this.features.find(({ key }) => key === "panes").restore(null);
    this.tools.add("Help", {
      icon: "help",
      label: "Keys and gestures",
      shortcut: "?",
      onClick: () => this.keys.open(),
    });
    this.tools.settle();
    this.showSettings();
  }

  makePanes() {
    const { palettes, agreement } = this.config;
    this.plain = new Pane(null, palettes);
    this.agreement = new AgreementPane(agreement);
  }

  get allPanes() {
    return [this.plain, ...this.panes, this.agreement];
  }

  /** Names of the maps on show. */
  get names() {
    return this.panes.map(({ key }) => key);
  }

  /** Make a pane for a method on a model; where it stands is for `arrange.js` to say. */
  addPane(name) {
    const pane = new Pane(pairOf(name, this.config), this.config.palettes);
    pane.setPalette(this.paletteOf(pane.method.palette));
    this.panes.push(pane);
    this.take(pane);
  }

  removePane(pane) {
    this.panes.splice(this.panes.indexOf(pane), 1);
    pane.element.remove();
  }

  /** Let pointers and features at a new pane, and show in it what is known of the open case. */
  take(pane) {
    this.modes.attach(pane);
    if (this.content.case) {
      pane.setImage(this.plain.grey, this.plain.plain);
      if (this.finding !== null) this.dress(pane);
    }
    this.notify("onPane", pane);
  }

  /** Parameters of the maps on show that are not the usual ones, by name. */
  chosenParameters() {
    const chosen = this.panes.map(({ key, method, parameters }) => [key, chosenOf(method, parameters ?? undefined)]);
    return Object.fromEntries(chosen.filter(([, values]) => values !== null));
  }

  /** Names of the maps on show that have not come, of models that can give them. */
  get missing() {
    const { maps } = this.content;
    const able = ({ method, model: { key } }) =>
      this.models.find((model) => model.key === key).capabilities.includes(method.needs.key);
    return this.panes.filter((pane) => !maps?.[pane.key] && able(pane)).map(({ key }) => key);
  }

  /**
   * Ask for the maps on show that are missing, or have other parameters now; nothing is asked where all are there.
   * @param {{[name: string]: object}} parameters complete parameters of maps that shall change
   */
  askForMaps(parameters = {}) {
    if (!this.content.case) return; // opening a case asks for them
    const { missing } = this;
    if (!missing.length && !Object.keys(parameters).length) return;
    this.given = this.wish;
    for (const pane of this.panes) if (missing.includes(pane.key) || pane.key in parameters) pane.setVeil("Computing…");
    this.ask("explain", { names: this.names, parameters: { ...this.chosenParameters(), ...parameters } });
  }

  /** What is missing now, of which case. */
  get wish() {
    return [this.content.case.key, ...this.missing].join("\n");
  }

  /** What is under way ends; what is missing then is not asked for again. */
  stop() {
    this.given = this.content.case ? this.wish : null;
    this.send.stop({});
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
    this.quiet = setTimeout(() => {
      this.toast.textContent = "";
    }, lasts);
  }

  takeDrops() {
    const stop = (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    this.element.addEventListener("dragover", stop);
    this.element.addEventListener("drop", (event) => {
      stop(event);
      this.cases.take(event.dataTransfer?.files);
    });
  }

  show(content, arrays) {
    const before = this.content;
    this.content = content;
    this.data = arrays;
    if (before.case?.key !== content.case.key) this.showCase(content, arrays);
    this.header.showCaution(content.caution);
    this.table.update(content.probabilities, content.case.labels);
    if (content.models?.length)
      this.models = this.config.models.map((model) => ({
        ...model,
        ...content.models.find(({ key }) => key === model.key),
      }));
    if (this.follow && content.probabilities?.[this.config.models[0].key]) this.lead();
    for (const pane of this.panes) this.showMap(pane);
    this.refinement.update(content.progress ?? null, content.busy, content.long);
    this.notify("onContent", content, arrays);
    this.redraw();
    if (!content.busy && this.missing.length && this.given !== this.wish) this.askForMaps(); // panes changed meanwhile
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
    const [{ key }] = this.config.models;
    const indices = drawn.map((name) => this.config.findings.indexOf(name));
    const values = this.content.probabilities[key];
    this.pick(
      indices.length ? indices.reduce((a, b) => ((values[b] ?? -1) > (values[a] ?? -1) ? b : a)) : this.table.leading,
    );
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
    const { mask, reason } = this.maskOf(this.config.findings[index]);
    for (const pane of this.allPanes) this.dress(pane, mask, reason);
    this.legend.sayOutline(mask ? [this.content.case.outline_is, reason].filter(Boolean).join(", ") : reason);
    this.notify("onFinding", index);
  }

  /** Show the chosen finding in a pane: what people drew of it, and its map. */
  dress(pane, mask = undefined, reason = "") {
    const name = this.config.findings[this.finding];
    const drawn = mask === undefined ? this.maskOf(name) : { mask, reason };
    pane.describe(name);
    pane.setMask(drawn.mask, drawn.reason, this.content.case.phantom ? "simulated" : "radiologist");
    pane.setOutline(this.content.case.outlines[name] ?? "");
    if (pane.method) this.showMap(pane);
  }

  maskOf(name) {
    const { masks, case: item } = this.content;
    const mask = maskFrom(masks, this.data.masks, name);
    return { mask, reason: item.mask_notes[name] ?? (mask ? "" : "no radiologist mask") };
  }

  showMap(pane) {
    const source = this.content.maps?.[pane.key];
    const values = this.data?.maps[pane.key];
    pane.setVeil(!source && this.content.busy ? "Computing…" : "");
    if (!source || !values) return this.showNoMap(pane);
    if (pane.source !== source.file.url || pane.shown !== this.finding) this.layMap(pane, source, values);
    pane.note.textContent = source.note;
    pane.parameters = source.parameters;
    if (pane.absence) pane.setVeil(pane.absence);
    else if (pane.blank) pane.setVeil(pane.blankWords);
  }

  layMap(pane, { file, shape: [, height, width] }, all) {
    const values = all.subarray(this.finding * height * width, (this.finding + 1) * height * width);
    if (Number.isNaN(values[0])) pane.setMap(null, `Not predicted by ${pane.model.label}`);
    else pane.setMap({ values, height, width });
    Object.assign(pane, { source: file.url, shown: this.finding });
  }

  /** There is no map yet, or there will be none: then the pane says why. */
  showNoMap(pane) {
    const model = this.models.find(({ key }) => key === pane.model.key);
    const lacks = this.content.models?.length ? lacking(pane.method, model) : "";
    pane.source = null;
    pane.setMap(null, lacks && `${pane.method.label} ${lacks}`);
    if (lacks) pane.setVeil(pane.absence);
  }

  /** The common ends of the colour scales of maps with a unit: chosen, or a round number above their largest value. */
  limits() {
    const ends = {};
    for (const { method, signed, extent } of this.panes) {
      if (method.unit && signed) ends[method.unit] = Math.max(ends[method.unit] ?? 0, ...extent.map(Math.abs));
    }
    const limits = Object.fromEntries(Object.entries(ends).map(([unit, end]) => [unit, niceCeiling(end)]));
    return { ...limits, [LOGIT]: this.settings.limit === "auto" ? (limits[LOGIT] ?? 1) : Number(this.settings.limit) };
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
    const limits = this.limits();
    const kinds = new Set(this.panes.map((pane) => pane.method.palette));
    const tables = Object.fromEntries(
      [...kinds].map((kind) => [kind, overlayTable(this.paletteOf(kind), this.settings.opacity, this.shades)]),
    );
    paintRadiograph(this);
    for (const pane of this.panes) pane.colourise(limits[pane.method.unit] ?? null, tables);
    if (limits[LOGIT] !== this.controls.scale) this.controls.show({ scale: limits[LOGIT] });
    this.stale = false;
  }

  /** At most one frame is drawn per animation frame, however fast a slider moves; `stale` colours are made anew. */
  kick(stale = false) {
    this.stale ||= stale;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    if (this.stale) this.colourise();
    const { settings, controls } = this;
    this.plain.draw(0);
    for (const pane of this.panes) pane.draw(this.levelOf(pane), settings.hide, settings.contour);
    if (!this.agreement.hidden) this.agreement.drawAgreement(this.panes, settings.opacity);
    if (settings.mode === "tuned") controls.show({ note: this.tuned.note });
    this.notify("onFrame");
  }

  /** The level at which a pane's map is cut now. */
  levelOf(pane) {
    return levelFor(pane, this.settings, this.controls.scale, this.tuned?.values);
  }

  get tuned() {
    return this.settings.mode === "tuned"
      ? tunedFor(this.config.tuned, this.content.models, this.config.findings[this.finding], this.panes)
      : null;
  }

  sayReading() {
    const { case: item, probabilities, models } = this.content;
    if (!item || this.finding === null) return;
    const name = this.config.findings[this.finding];
    const opinions = this.config.models
      .filter(({ key }) => probabilities?.[key])
      .map(({ key, label }) => ({
        label,
        probability: probabilityText(probabilities[key][this.finding]),
        origin: models.find((model) => model.key === key).origin,
      }));
    const label = { 1: "labelled present", 0: "labelled absent" }[item.labels[name]] ?? "no label";
    this.header.showReading(name, opinions, label);
  }
}

/** Put a viewer into an element; returns it (`update` takes what the server says). */
export function mount(element, channel) {
  return new Viewer(element, channel);
}
