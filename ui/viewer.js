// The comparison viewer of the tab Explore. `mount` puts it into an element; all that does not need a model happens
// here.
import { AgreementPane } from "./js/agreement.js";
import { isAssessable, mayShow, shownProbabilities, silenceOf } from "./js/assessment.js";
import { Banner } from "./js/banner.js";
import { CaseList } from "./js/cases.js";
import { greyPixels, layerTable, niceCeiling } from "./js/colour.js";
import { Controls, DEFAULTS } from "./js/controls.js";
import { Conversation } from "./js/conversation.js";
import { make } from "./js/dom.js";
import { Exchange } from "./js/device/exchange.js";
import { Drops } from "./js/drops.js";
import { FEATURES } from "./js/features.js";
import { FindingTable, MANY } from "./js/findings.js";
import { FilmPainter } from "./js/film/painter.js";
import { floorOf, FLOORS, isFloor, WITHOUT } from "./js/floors.js";
import { GazePane } from "./js/gaze.js";
import { Guide } from "./js/guide.js";
import { Keys } from "./js/keys.js";
import { Legend } from "./js/legend.js";
import { Link } from "./js/link.js";
import { MapPane } from "./js/map_pane.js";
import { lacking, pairOf } from "./js/pairs.js";
import { Nothing } from "./js/nothing.js";
import { Pane } from "./js/pane.js";
import { chosenOf, defaultsOf } from "./js/parameters.js";
import { PointerModes } from "./js/pointer.js";
import { blindArrays, blindContent } from "./js/reading/blind.js";
import { Refinement } from "./js/refinement.js";
import { LOGIT, levelFor, tunedFor } from "./js/thresholds.js";
import { Sheet } from "./js/sheet.js";
import { Toolbar } from "./js/toolbar.js";
import { Truth } from "./js/truth.js";
import { View } from "./js/view.js";

export * from "./js/parts.js";

/**
 * @import { CrossHair } from "./js/crosshair.js"
 * @import { Gathered } from "./js/files/gathering.js"
 * @import { CaseMessage, FloorSource, MapSource, Model } from "./js/messages.d.ts"
 * @import { Arrays, CaseServer, Content, MaskOrReason, NamedFeatures, SettingName, Values } from "./js/types.d.ts"
 * @import { Question, ViewerChannel, ViewerMessage } from "./js/types.d.ts"
 * @import { Zoom } from "./js/zoom.js"
 */

const NOT_COMPUTED = "Not computed"; // of a map whose price stands at its pane

export class Viewer extends Conversation {
  settings = { ...DEFAULTS };
  /** @type {number | null} */
  finding = null;
  chosen = false; // by the reader; until then each case opens with its leading finding
  follow = false; // the leading finding, until the reader chooses
  stale = false; // colours
  filmStale = false;
  /** @type {Content} */
  content = {}; // as it is shown
  /** @type {{ content: CaseMessage, arrays: Arrays } | null} */
  told = null; // all that the server said
  blind = false; // whether what was said of the case is kept from the reader
  unseen = false; // whether the open case was never shown in any other way
  /** @type {Arrays | null} */
  data = null;
  /** @type {MapPane[]} */
  panes = []; // of maps, in their order
  models = this.config.models; // what is known of them; more once they are loaded
  /** @type {Model | null} */
  patchModel = null; // the one that is taken apart
  /** @type {string | null} */
  given = null; // the maps that were asked for last and did not come
  scheme = this.config.schemes[0];
  /** @type {CrossHair | null} */
  cross = null;
  /** @type {Zoom | null} */
  zoom = null;
  /** @type {Pane | null} */
  solo = null; // the pane in full screen
  /** @type {(() => Uint8Array | null) | null} */
  ownRegion = null; // what the reader draws on now
  /** @type {number | undefined} */
  quiet = undefined;
  /** @type {number | null} */
  frame = null;

  /** @type {Set<string>} */
  insisted = new Set(); // keys of the cases whose numbers are shown although they mean nothing

  nothing = new Nothing();
  banner = new Banner(() => this.insist());
  truth = new Truth(this);
  view = new View();
  painter = new FilmPainter(() => {});
  modes = new PointerModes(this.view);
  tools = new Toolbar();
  toolbar = this.tools.element;
  legend = new Legend();
  guide = new Guide([...this.config.methods, ...FLOORS]);
  plain = new Pane("radiograph", "Radiograph");
  agreement = new AgreementPane(this.config.agreement);
  gaze = new GazePane();
  toast = make("p", { class: "toast", role: "status" });
  below = make("div", { class: "below" });
  grid = make("div", { class: "panes" }, this.plain.element, this.agreement.element, this.gaze.element);
  desk = make("div", { class: "desk" }, this.toolbar);
  film = make("section", { class: "film", "aria-label": "Images" }, this.desk);
  table = new FindingTable(this.config.findings, this.config.models, (i) => this.choose(i));
  refinement = new Refinement(this.config.steps, {
    onRefine: (steps) => this.ask("refine", { steps, ...this.wanted(), start: this.making }),
    onStop: () => this.stop(),
  });

  /**
   * @param {HTMLElement} element the place of the viewer, emptied.
   * @param {ViewerChannel} channel {config, server, send, upload}: what ui/viewer.py hands over (see there); `send`
   *   tells the server to open a case, to read an upload, to explain or to refine what is on show, or to stop.
   */
  constructor(element, channel) {
    const exchange = new Exchange(channel);
    super(exchange);
    this.exchange = exchange;
    exchange.deliver = (message) => this.hear(message);
    this.cases = this.makeCases(channel.server);
    this.layOut();
    this.keys = new Keys(this.element);
    this.controls = new Controls(this.settings, this.config, this.refinement, this.keys, {
      onFinding: (i) => this.choose(i),
      onChange: (name) => this.onSetting(name),
    });
    this.desk.append(this.controls.element, this.controls.tray);
    this.film.append(this.grid, this.toast);
    this.refinement.element.hidden = this.isLacking("refine");
    this.sheet = new Sheet(this.desk);
    new Drops((all) => this.feature("visit").take(all));
    this.plain.says.append(...this.legend.parts);
    for (const Feature of FEATURES) if (!this.isLacking(Feature.asks)) this.features.push(new Feature(this));
    this.link = new Link(this);
    this.features.push(this.link);
    this.begin();
    element.replaceChildren(this.element);
    this.cases.load().then((ids) => this.link.start(ids));
    document.addEventListener("explorer:news", async () => {
      this.link.ids = await this.cases.load();
    });
  }

  /**
   * Take what the host says.
   * @param {ViewerMessage | null} message
   */
  async update(message) {
    const passed = message && this.exchange.renumbered("host", message);
    if (passed) await this.hear(passed);
  }

  /**
   * @param {CaseServer} server
   * @returns {CaseList}
   */
  makeCases(server) {
    const { findings, accept, without_image: withoutImage } = this.config;
    const listeners = {
      onTold: () => this.feature("reading").tellList(),
      onOpen: (/** @type {string} */ id) => this.open(id),
      onFiles: (/** @type {Gathered} */ all) => this.feature("visit").take(all),
    };
    return new CaseList(server, findings, this.isLacking("read") ? "" : accept, listeners, withoutImage);
  }

  /**
   * Whether nobody answers a question, so that the page does not offer what asks it.
   * @param {Question | undefined} asks
   * @returns {boolean}
   */
  isLacking(asks) {
    return asks !== undefined && this.lacks.includes(asks);
  }

  layOut() {
    const { models } = this.config;
    const count = make("span", { class: "count", text: "● present  ○ absent (label)" });
    const heading = make("div", { class: "heading" }, make("h2", { text: "Probabilities" }), count);
    const chart = make("section", { class: "chart", "aria-label": "Probabilities" }, heading, this.table.element);
    this.element.append(
      this.busyBar,
      make("aside", {}, this.cases.element, chart, this.speakers.element),
      make(
        "div",
        { class: "reading-room" },
        this.opening.says,
        this.header.element,
        this.nothing.element,
        this.banner.element,
        this.film,
        this.below,
        this.guide.element,
      ),
    );
    this.element.style.setProperty("--models", String(models.length));
    this.element.classList.toggle("many-models", models.length > MANY);
  }

  /** All parts are there: show the panes that are on show at first. */
  begin() {
    for (const pane of this.allPanes) this.take(pane);
    this.feature("panes").restore(null);
    this.tools.add("Help", {
      icon: "help",
      label: "Keys and gestures",
      shortcut: "?",
      onClick: () => this.keys.open(),
    });
    this.tools.settle();
    this.showSettings();
  }

  /**
   * The feature of a key.
   * @template {keyof NamedFeatures} K
   * @param {K} key
   * @returns {NamedFeatures[K]}
   */
  feature(key) {
    return /** @type {NamedFeatures[K]} */ (this.features.find((feature) => feature.key === key));
  }

  /**
   * The open case; only to be asked for while there is one.
   * @returns {CaseMessage}
   */
  get opened() {
    if (!this.content.case) throw new Error("Expected an open case, found none.");
    return this.content;
  }

  /**
   * Name of the chosen finding.
   * @returns {string}
   */
  get findingName() {
    return this.config.findings[this.finding ?? -1];
  }

  /** @returns {Pane[]} */
  get allPanes() {
    return [this.plain, ...this.panes, this.agreement, this.gaze];
  }

  /**
   * Names of the maps on show.
   * @override
   */
  get names() {
    return this.panes.filter((pane) => !isFloor(pane)).map(({ key }) => key);
  }

  /**
   * Names of the floors on show.
   * @override
   */
  get floors() {
    return this.panes.filter(isFloor).map(({ key }) => key);
  }

  /**
   * Make a pane for a method on a model; where it stands is for `arrange.js` to say.
   * @param {string} name
   */
  addPane(name) {
    const pair = pairOf(name, this.config) ?? floorOf(name);
    if (!pair) throw new Error(`Expected a map of this page, found ${name}.`);
    const pane = new MapPane(pair, this.paletteOf(pair.method.palette));
    if (isFloor(pane)) pane.stage.append(make("p", { class: "floor-badge", text: WITHOUT }));
    this.panes.push(pane);
    this.take(pane);
  }

  /** @param {MapPane} pane */
  removePane(pane) {
    this.panes.splice(this.panes.indexOf(pane), 1);
    pane.element.remove();
  }

  /**
   * Let pointers and features at a new pane, and show in it what is known of the open case.
   * @param {Pane} pane
   */
  take(pane) {
    this.modes.attach(pane);
    if (this.content.case) {
      pane.setImage(this.plain.grey, this.plain.plain);
      if (this.finding !== null) this.dress(pane);
    }
    this.notify("onPane", pane);
  }

  /**
   * Parameters of the maps on show that are not the usual ones, by name.
   * @override
   */
  chosenParameters() {
    /** @type {Record<string, Values>} */
    const found = {};
    for (const { key, method, parameters } of this.panes) {
      const wanted = this.content.prices?.[key]?.parameters; // of a map that is not there, or not whole
      const chosen = chosenOf(method, wanted ? { ...defaultsOf(method), ...wanted } : (parameters ?? undefined));
      if (chosen) found[key] = chosen;
    }
    return found;
  }

  /**
   * Names of the maps on show that are being made at their price.
   * @returns {string[]}
   */
  get making() {
    const { busy, prices } = this.content;
    return busy && prices ? Object.keys(prices).filter((name) => prices[name].state === "making") : [];
  }

  /**
   * Names of the maps on show that have not come, of models that can give them, and that have no price.
   * @returns {string[]}
   */
  get missing() {
    const { maps, floors, prices } = this.content;
    /** @param {MapPane} pane */
    const able = ({ key: name, method, model: { key } }) =>
      floorOf(name) !== null ||
      Boolean(this.models.find((model) => model.key === key)?.capabilities.includes(method.needs.key));
    return this.panes
      .filter((pane) => !maps?.[pane.key] && !floors?.[pane.key] && !prices?.[pane.key] && able(pane))
      .map(({ key }) => key);
  }

  /**
   * Ask for the maps on show that are missing, or have other parameters now; nothing is asked where all are there.
   * @param {Record<string, Values>} [parameters] complete parameters of maps that shall change
   * @param {string[]} [start] names of maps that shall be made at their price
   */
  askForMaps(parameters = {}, start = []) {
    if (!this.content.case) return; // opening a case asks for them
    const { missing } = this;
    if (!missing.length && !start.length && !Object.keys(parameters).length) return;
    this.given = this.wish;
    for (const pane of this.panes) if (missing.includes(pane.key) || pane.key in parameters) pane.setVeil("Computing…");
    const { names, floors, making } = this;
    const all = { ...this.chosenParameters(), ...parameters };
    this.ask("explain", { names, floors, parameters: all, start: [...making, ...start] });
  }

  /**
   * What is missing now, of which case.
   * @returns {string}
   */
  get wish() {
    return [this.content.case?.key, ...this.missing].join("\n");
  }

  /** What is under way ends; what is missing then is not asked for again. */
  stop() {
    this.given = this.content.case ? this.wish : null;
    this.send.stop({});
  }

  /** Show what the view shows now in all panes. */
  placePanes() {
    for (const pane of this.allPanes) pane.place(this.view);
    this.paintFilm();
  }

  /** Draw the film in all panes where it is not there yet. */
  paintFilm() {
    for (const pane of this.allPanes) if (!pane.hidden) pane.paintFilm(this.painter, this.view);
  }

  /** The film is to be shown through another window, with the next frame. */
  kickFilm() {
    this.filmStale = true;
    this.kick();
  }

  /**
   * Say something in passing.
   * @param {string} text
   * @param {number} [lasts]
   */
  say(text, lasts = 4000) {
    clearTimeout(this.quiet);
    this.toast.textContent = text;
    this.quiet = setTimeout(() => {
      this.toast.textContent = "";
    }, lasts);
  }

  /**
   * Nothing is open any more.
   * @param {string} words why
   */
  close(words) {
    this.content = {};
    this.data = null;
    this.told = null;
    this.element.classList.add("empty");
    this.nothing.say(words);
    this.header.showError("");
    this.setBusy(false);
    this.opening.end();
    this.cases.choose(null);
    this.notify("onClose");
  }

  /**
   * @override
   * @param {CaseMessage} content
   * @param {Arrays} arrays
   */
  show(content, arrays) {
    if (this.feature("visit").forgotten.has(content.case.key)) return; // it was on its way when it was removed
    this.element.classList.remove("empty");
    this.told = { content, arrays };
    const before = this.blind;
    this.blind = this.feature("reading").hides(content.case);
    if (this.blind) this.showContent(blindContent(content), blindArrays(arrays), !before);
    else this.showContent(content, arrays, before);
  }

  /** The same again: what may be shown of it is something else now. */
  showAgain() {
    if (this.told) this.show(this.told.content, this.told.arrays);
  }

  /**
   * @param {CaseMessage} content
   * @param {Arrays} arrays
   * @param {boolean} other whether other parts of the case than before may be seen
   */
  showContent(content, arrays, other) {
    const fresh = this.content.case?.key !== content.case.key || (this.unseen && !this.blind);
    this.unseen = this.blind && (fresh || this.unseen);
    this.content = content;
    this.data = arrays;
    if (fresh) this.showCase(content, arrays);
    else if (other) this.showOther(content);
    this.showAssessment();
    if (content.models.length) {
      this.models = this.config.models.map((model) => ({
        ...model,
        ...content.models.find(({ key }) => key === model.key),
      }));
    }
    if (this.follow && shownProbabilities(this)[this.config.models[0].key]) this.lead();
    for (const pane of this.panes) this.showMap(pane);
    this.refinement.update(content.progress, content.busy, content.long);
    this.notify("onContent", content, arrays);
    this.redraw();
    const changed = !content.busy && this.missing.length && this.given !== this.wish; // panes, meanwhile
    if (changed && !this.blind) this.askForMaps();
  }

  /** Say whether what the models say can be read; their numbers stand in the table where they may. */
  showAssessment() {
    const content = this.opened;
    this.banner.show(content, this.insisted.has(content.case.key));
    this.table.update(shownProbabilities(this), content.case.labels, silenceOf(this));
    this.table.grey(this.config.models.filter(({ key }) => !isAssessable(content, key)).map(({ key }) => key));
    for (const pane of this.panes) this.sayAssessable(pane);
  }

  /**
   * Whether a pane's map may be read; what no model made says nothing of one.
   * @param {MapPane} pane
   */
  sayAssessable(pane) {
    const { key } = pane.model;
    if (isFloor(pane)) return;
    pane.sayAssessable(isAssessable(this.content, key), mayShow(this, key));
  }

  /** Show the numbers of models that cannot read this case, or hide them again. */
  insist() {
    const { key } = this.opened.case;
    if (!this.insisted.delete(key)) this.insisted.add(key);
    this.showAssessment();
    this.redraw();
    if (this.data) this.notify("onContent", this.opened, this.data);
  }

  /** @override */
  takeBack() {
    if (!this.content.case) return;
    for (const pane of this.panes) this.showMap(pane);
    this.redraw();
  }

  /**
   * @param {CaseMessage} content
   * @param {Arrays} arrays
   */
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
    this.pick(this.follow || this.finding === null ? (this.leading ?? first) : this.finding);
  }

  /** @param {CaseMessage} content */
  showOther(content) {
    this.header.showCase(content.case);
    if (this.finding !== null) this.pick(this.finding);
  }

  /** Until the reader chooses, show the most probable of the findings that somebody drew, or of all. */
  lead() {
    this.follow = false;
    this.pick(this.leading ?? this.table.leading);
  }

  /**
   * The most probable of the findings that somebody drew; null where nobody did, or while nothing is said of it.
   * @returns {number | null}
   */
  get leading() {
    const indices = this.opened.case.drawn.map((name) => this.config.findings.indexOf(name));
    const { key } = this.config.models[0];
    if (!indices.length || !shownProbabilities(this)[key]) return null;
    const values = this.opened.probabilities[key];
    return indices.reduce((a, b) => ((values[b] ?? -1) > (values[a] ?? -1) ? b : a));
  }

  /**
   * Choose a finding: everything is here already, nothing is asked of the server.
   * @param {number} index
   */
  choose(index) {
    this.chosen = true;
    this.follow = false;
    this.pick(index);
    this.redraw();
  }

  /** @param {number} index */
  pick(index) {
    this.finding = index;
    this.table.choose(index);
    this.controls.finding.control.value = String(index);
    if (!this.content.case) return;
    const drawn = this.maskOf(this.findingName);
    for (const pane of this.allPanes) this.dress(pane, drawn);
    const { truth, findingName: name } = this;
    this.legend.sayOutline(truth.words(name, drawn), truth.note(name), Boolean(truth.outline(name)));
    this.notify("onFinding", index);
  }

  /**
   * Show the chosen finding in a pane: what people drew of it, and its map.
   * @param {Pane} pane
   * @param {MaskOrReason} [drawn]
   */
  dress(pane, drawn = this.maskOf(this.findingName)) {
    const { truth, findingName: name } = this;
    pane.describe(this.blind ? "" : name);
    pane.setOutline(truth.outline(name));
    if (!(pane instanceof MapPane)) return;
    pane.setMask(drawn.mask, drawn.reason, truth.label, { word: truth.word(name), note: truth.paneNote(name) });
    this.showMap(pane);
  }

  /**
   * @param {string} name
   * @returns {MaskOrReason}
   */
  maskOf(name) {
    return this.truth.maskOf(name);
  }

  /** @param {MapPane} pane */
  showMap(pane) {
    const { maps, floors } = this.content;
    const source = maps?.[pane.key] ?? floors?.[pane.key];
    const values = this.data?.maps[pane.key];
    pane.setVeil(source ? "" : this.absenceWords(pane));
    this.sayAssessable(pane);
    pane.verdict = this.blind ? null : this.feature("statement").says(pane.model.key);
    if (!source || !values) return this.showNoMap(pane);
    if (pane.source !== source.file.url || pane.shown !== this.finding) this.layMap(pane, source, values);
    pane.note.textContent = source.note;
    const chosen = maps?.[pane.key]?.parameters; // without those that are left out where they are the usual ones
    pane.parameters = chosen ? { ...defaultsOf(pane.method), ...chosen } : null;
    if (pane.absence) pane.setVeil(pane.absence);
    else if (pane.blank) pane.setVeil(pane.blankWords);
  }

  /**
   * What stands where there is no map yet.
   * @param {MapPane} pane
   * @returns {string}
   */
  absenceWords({ key }) {
    const state = this.content.prices?.[key]?.state;
    if (state && state !== "making") return NOT_COMPUTED;
    return this.content.busy ? "Computing…" : "";
  }

  /**
   * @param {MapPane} pane
   * @param {MapSource | FloorSource} source
   * @param {Float32Array} all
   */
  layMap(pane, { file, shape: [, height, width] }, all) {
    const cells = height * width;
    const start = (this.finding ?? 0) * cells;
    const values = all.subarray(start, start + cells);
    const why = isFloor(pane) ? "Never drawn in the tuning set" : `Not predicted by ${pane.model.label}`;
    if (Number.isNaN(values[0])) pane.setMap(null, why);
    else pane.setMap({ values, height, width });
    pane.source = file.url;
    pane.shown = this.finding;
  }

  /**
   * There is no map yet, or there will be none: then the pane says why.
   * @param {MapPane} pane
   */
  showNoMap(pane) {
    const model = this.models.find(({ key }) => key === pane.model.key);
    const lacks = model && this.content.models?.length ? lacking(pane.method, model) : "";
    const priced = this.absenceWords(pane) === NOT_COMPUTED ? NOT_COMPUTED : "";
    pane.source = null;
    pane.setMap(null, lacks ? `${pane.method.label} ${lacks}` : priced);
    if (lacks) pane.setVeil(pane.absence);
  }

  /**
   * The common ends of the colour scales of maps with a unit: chosen, or a round number above their largest value.
   * @returns {Record<string, number>}
   */
  limits() {
    /** @type {Record<string, number>} */
    const ends = {};
    for (const { method, signed, extent } of this.panes) {
      if (method.unit && signed) ends[method.unit] = Math.max(ends[method.unit] ?? 0, ...extent.map(Math.abs));
    }
    const limits = Object.fromEntries(Object.entries(ends).map(([unit, end]) => [unit, niceCeiling(end)]));
    return { ...limits, [LOGIT]: this.settings.limit === "auto" ? (limits[LOGIT] ?? 1) : Number(this.settings.limit) };
  }

  /** @param {SettingName} name */
  onSetting(name) {
    if (["fill", "truth"].includes(name) && this.finding !== null) this.pick(this.finding);
    if (["outline", "fill", "human", "scheme"].includes(name)) this.showSettings();
    this.kick(["opacity", "limit", "scheme"].includes(name));
  }

  /** Follow the settings that are not drawn with each frame. */
  showSettings() {
    const { outline, fill, human } = this.settings;
    for (const [name, on] of Object.entries({ outline, fill, human })) this.element.classList.toggle(`no-${name}`, !on);
    this.scheme = this.config.schemes.find(({ key }) => key === this.settings.scheme) ?? this.config.schemes[0];
    for (const pane of this.panes) pane.setPalette(this.paletteOf(pane.method.palette));
    this.guide.sayColours(this.scheme);
    this.controls.show();
  }

  /** @param {string} kind */
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
      [...kinds].map((kind) => [kind, layerTable(this.paletteOf(kind), this.settings.opacity)]),
    );
    for (const pane of this.panes) pane.colourise(limits[pane.method.unit ?? ""] ?? null, tables);
    if (limits[LOGIT] !== this.controls.scale) this.controls.show({ scale: limits[LOGIT] });
    this.stale = false;
  }

  /**
   * At most one frame is drawn per animation frame, however fast a slider moves; `stale` colours are made anew.
   * @param {boolean} [stale]
   */
  kick(stale = false) {
    this.stale ||= stale;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    if (this.filmStale) this.feature("film").show();
    this.filmStale = false;
    if (this.stale) this.colourise();
    const { settings, controls } = this;
    for (const pane of this.panes) pane.drawMap(this.levelOf(pane), settings.hide, settings.contour);
    if (!this.agreement.hidden) {
      this.agreement.drawAgreement(
        this.panes.filter((pane) => !isFloor(pane) && !pane.withheld),
        settings.opacity,
      );
    }
    if (this.tuned) controls.show({ note: this.tuned.note });
    this.notify("onFrame");
  }

  /**
   * The level at which a pane's map is cut now.
   * @param {MapPane} pane
   * @returns {number}
   */
  levelOf(pane) {
    const own = this.content.floors?.[pane.key]?.thresholds[this.findingName];
    const values = own === undefined ? this.tuned?.values : { [pane.key]: own };
    return levelFor(pane, this.settings, this.controls.scale, values);
  }

  get tuned() {
    return this.settings.mode === "tuned"
      ? tunedFor(
          this.config.tuned,
          this.content.models,
          this.findingName,
          this.panes.filter((pane) => !isFloor(pane)),
        )
      : null;
  }

  sayReading() {
    const { content, finding, findingName: name } = this;
    if (!content.case || finding === null) return;
    if (this.blind) return this.header.showReading("", "", []);
    const label = ["labelled absent", "labelled present"][content.case.labels[name] ?? -1] ?? "no label";
    this.header.showReading(name, label, [...new Set(content.models.map(({ origin }) => origin))]);
  }
}

/**
 * Put a viewer into an element; returns it (`update` takes what the server says).
 * @param {HTMLElement} element
 * @param {ViewerChannel} channel
 * @returns {Viewer}
 */
export function mount(element, channel) {
  return new Viewer(element, channel);
}
