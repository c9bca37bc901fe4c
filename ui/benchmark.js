// The tab Benchmark. `mount` puts it into an element; the numbers are worked out here, from curves that come once.
import { BarChart } from "./js/benchmark/bars.js";
import { Board, MEAN } from "./js/benchmark/board.js";
import { CasesBehind } from "./js/benchmark/cases.js";
import { isRanked } from "./js/benchmark/comparable.js";
import { CurveChart } from "./js/benchmark/curves.js";
import { Differences } from "./js/benchmark/differences.js";
import { csv, latex, markdown, save } from "./js/benchmark/downloads.js";
import { edgesOf, factsOf, saidOf, warningsOf } from "./js/benchmark/facts.js";
import { legendOf } from "./js/benchmark/legend.js";
import { methodsOf, OWN, ownMethod } from "./js/benchmark/methods.js";
import { OwnMaps } from "./js/benchmark/own.js";
import { OwnNames } from "./js/benchmark/own_names.js";
import { fetchPacked, unpack } from "./js/benchmark/packed.js";
import { patientsOf } from "./js/benchmark/patients.js";
import { noteOn, truthName, UNION } from "./js/benchmark/readers.js";
import { Resampling } from "./js/benchmark/resampling.js";
import { skillOf, verdictOf } from "./js/benchmark/skill.js";
import { SettingsBar } from "./js/benchmark/settings.js";
import { ScoreTable } from "./js/benchmark/table.js";
import { FLOORS, MARKINGS, METRIC_KEYS, METRICS, thresholdText } from "./js/benchmark/words.js";
import { destination } from "./js/device/destination.js";
import { known, make, wordsOf } from "./js/dom.js";
import { oncePerFrame } from "./js/frames.js";
import { Looks } from "./js/looks.js";
import { remember } from "./js/remember.js";
import { expectCurrent, isCurrent, RELOAD } from "./js/version.js";

/**
 * @import { BenchmarkMessage, OwnMethod, PackedFile, ShownCohort, Stage } from "./js/messages.d.ts"
 * @import { BenchmarkChannel, BoardMethod, Marking, Metric, Packed, PublishedOf, ShownTable } from "./js/types.d.ts"
 */

export { Board } from "./js/benchmark/board.js";
export { STEPS } from "./js/benchmark/packed.js";
export * as methods from "./js/benchmark/methods.js";
export * as packed from "./js/benchmark/packed.js";
export * as resampling from "./js/benchmark/resampling.js";

/**
 * The cohort that is shown: as the server tells it, its packed file, and its numbers.
 * @typedef {{ cohort: ShownCohort, packed: Packed, board: Board }} Given
 */

const REST = 150; // milliseconds without a step after which a slider rests
const NO_COHORT =
  "Expected a cohort, found none: start the app with --cohort NAME=DIR and --cohort-masks FILE (or --cohort-source).";
const COUNTED =
  "Files that you open stay on this device, and heat maps of your own are counted by the server: none is taken " +
  "unless you use the server.";
const UNTUNED = " Your maps come without validation maps: where others are tuned, Otsu's threshold marks them.";

/**
 * @param {HTMLElement} heading
 * @param {...Element} parts
 */
const panel = (heading, ...parts) => make("section", { class: "panel" }, heading, ...parts);

export class BenchmarkView {
  turn = 0;
  /** @type {Metric} */
  metric = "iou_tp";
  /** @type {Set<string>} */
  hidden = new Set(); // keys of methods that charts do not show
  /** @type {Set<string>} */
  seen = new Set(); // keys of methods that were there once
  /** @type {Map<string, Promise<ArrayBuffer>>} */
  files = new Map(); // by address
  looks = new Looks();
  /** @type {string | null} */
  reference = null; // key of the method that others are compared with
  /** @type {Given | null} */
  shown = null;
  stamp = ""; // of what is shown
  /** @type {BoardMethod[]} */
  everything = []; // the methods of the cohort, floors among them
  /** @type {number | null} */
  row = null; // that the charts are about
  floors = true; // whether they are shown
  /** @type {number | undefined} */
  rest = undefined; // the timer of what waits until a slider rests

  alert = make("div", { class: "alert", role: "alert" });
  stage = make("span");
  progress = make("progress", { max: 1 });
  status = make("div", { class: "status", role: "status", hidden: true }, this.stage, this.progress);
  facts = make("p", { class: "facts" });
  verdict = make("p", { class: "verdict", role: "status" });
  warnings = make("ul", { class: "warnings", role: "status" });
  said = make("div");
  legend = make("div", { class: "legend", role: "group", "aria-label": "Methods shown in the charts" });
  tableNote = make("p", { class: "note" });
  headings = { curves: make("h3"), differences: make("h3"), bars: make("h3") };
  table = new ScoreTable({
    row: (row) => this.choose(row),
    cases: (m, row) => this.showCases(m, row),
    slide: (f, step) => this.mark(f, { kind: "fixed", step }),
    forget: (name) => this.request((turn) => this.send.forget({ name, turn })),
  });
  cases = new CasesBehind();
  brought = 0; // archives
  names = new OwnNames();
  redrawSoon = oncePerFrame(() => this.redraw());

  /**
   * @param {HTMLElement} element
   * @param {BenchmarkChannel} channel {config, send, upload}: what ui/benchmark.py hands over.
   */
  constructor(element, { config, send, upload, lacks = [] }) {
    expectCurrent(config);
    this.lacks = lacks;
    this.config = config;
    this.send = send;
    this.upload = upload;
    const { plotly, charts } = config;
    this.curves = new CurveChart(plotly, charts.curves, (m, step) => this.pickPoint(m, step));
    this.bars = new BarChart(plotly, charts.bars, (m, row) => this.showCases(m, row));
    this.differences = new Differences(plotly, charts.differences, (m) => this.compareWith(m));
    if (!lacks.includes("own")) {
      destination.begin(config.device);
    }
    this.own = new OwnMaps(config.max_file_size, COUNTED, this.names, {
      onFile: (file) => this.bring(file),
      onName: () => this.rename(),
    });
    this.bar = new SettingsBar(config.cohorts, {
      cohort: (key) => this.ask(key, this.shown?.cohort.alignment ?? "paper"),
      alignment: (alignment) => this.askAlso({ alignment }),
      readers: (readers) => this.askAlso({ readers }),
      metric: (metric) => this.setMetric(metric),
      marking: (kind) => this.mark(null, kind === "fixed" ? { kind, step: Number(this.bar.all.value) } : { kind }),
      slide: (step) => this.mark(null, { kind: "fixed", step }),
      floors: (shown) => this.showFloors(shown),
    });
    this.body = this.makeBody();
    const words = "A second read is on: this tab shows labels, and waits until you turn it off in Explore.";
    const unread = make("p", { class: "unread-note", text: words });
    const parts = [this.alert, this.bar.element, this.status, this.body, unread];
    this.element = make("div", { class: "bench", "aria-busy": "true", "data-drops": "archive" }, ...parts);
    this.takeDrops();
    element.replaceChildren(this.element);
    if (config.cohorts.length) this.ask(config.cohorts[0].key, "paper");
    else this.fail(NO_COHORT);
  }

  /** @returns {HTMLDivElement} */
  makeBody() {
    const { curves, differences, bars } = this.headings;
    const heading = make("div", { class: "heading" }, this.facts, this.makeDownloads());
    const charts = make(
      "div",
      { class: "charts" },
      panel(curves, this.curves.element),
      panel(differences, this.differences.element),
    );
    return make(
      "div",
      { class: "body", hidden: true },
      make(
        "section",
        { class: "panel table" },
        heading,
        this.said,
        this.warnings,
        this.verdict,
        this.table.element,
        this.tableNote,
      ),
      this.legend,
      charts,
      panel(bars, this.bars.element),
      this.cases.element,
      this.lacks.includes("own") ? null : this.own.element,
    );
  }

  /** @returns {HTMLDivElement} */
  makeDownloads() {
    return make(
      "div",
      { class: "downloads", role: "group", "aria-label": "Download the table" },
      make("span", { class: "label", text: "Download" }),
      this.makeDownload("CSV", csv, "text/csv", "csv"),
      this.makeDownload("Markdown", markdown, "text/markdown", "md"),
      this.makeDownload("LaTeX", latex, "application/x-tex", "tex"),
    );
  }

  /**
   * @param {string} text
   * @param {(shown: ShownTable) => string} write
   * @param {string} type
   * @param {string} suffix
   * @returns {HTMLButtonElement}
   */
  makeDownload(text, write, type, suffix) {
    const click = () => save(`benchmark-${this.given.cohort.key}.${suffix}`, write(this.shownTable()), type);
    const label = `Download the table as ${text}`;
    return make("button", { type: "button", class: "plain", text, "aria-label": label, on: { click } });
  }

  takeDrops() {
    /** @param {DragEvent} event */
    const stop = (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    this.element.addEventListener("dragover", stop);
    this.element.addEventListener("drop", (event) => {
      stop(event);
      this.own.take(event.dataTransfer?.files);
    });
  }

  /**
   * What is shown; only to be asked for once there is something.
   * @returns {Given}
   */
  get given() {
    return known(this.shown);
  }

  /** @returns {Board} */
  get board() {
    return this.given.board;
  }

  // What is asked of the server, and what it says

  /**
   * @param {string} key
   * @param {string} alignment
   * @param {string} [readers] what is true where several people read
   */
  ask(key, alignment, readers = UNION) {
    this.request((turn) => this.send.cohort({ key, alignment, readers, turn }));
  }

  /**
   * Ask for the cohort that is shown in another way.
   * @param {{ alignment?: string, readers?: string }} changed
   */
  askAlso(changed) {
    const first = { key: this.config.cohorts[0].key, alignment: "paper", readers: UNION };
    const { key, alignment, readers } = { ...(this.shown?.cohort ?? first), ...changed };
    this.ask(key, alignment, readers);
  }

  /** @param {(turn: number) => void} send a question, with its number */
  request(send) {
    this.fail("");
    this.setBusy(true, this.shown ? "" : "Loading…"); // what is there already stays
    send(++this.turn);
  }

  /** @param {File} own */
  async bring(own) {
    if (destination.chosen === "device") return this.fail(COUNTED);
    const file = new File([own], `maps-${++this.brought}.zip`, { type: own.type }); // its own name may be a patient's
    const { name } = file;
    this.names.files.set(name.replace(/\.zip$/, ""), own.name);
    this.fail("");
    this.setBusy(true, `Sending ${name}`);
    try {
      const { path } = await this.upload(file);
      this.request((turn) => this.send.own({ path, name, turn }));
    } catch {
      this.setBusy(false);
      const most = `expected a file of at most ${this.config.max_file_size}, and the server refused it.`;
      this.fail(`${name} could not be sent: ${most}`);
    }
  }

  /** Call the visitor's own methods by other names. */
  rename() {
    if (!this.shown) return;
    for (const method of this.everything) {
      if (method.kind === "own") method.label = this.names.labelOf(method.key.slice(OWN.length));
    }
    this.rebuild();
  }

  /** @param {string} text */
  fail(text) {
    const click = () => this.fail("");
    const close = make("button", { type: "button", "aria-label": "Dismiss", text: "×", on: { click } });
    this.alert.replaceChildren(...(text ? [make("span", { text }), close] : []));
  }

  /**
   * @param {boolean} busy
   * @param {string} [words]
   * @param {number | null} [share]
   */
  setBusy(busy, words = "", share = null) {
    this.element.setAttribute("aria-busy", String(busy));
    this.status.hidden = !busy || !words;
    this.stage.textContent = words;
    if (share === null) this.progress.removeAttribute("value");
    else this.progress.value = share;
  }

  /**
   * Take a message of the server: see ui/protocol/benchmark.py.
   * @param {BenchmarkMessage | null} message
   */
  async update(message) {
    if (!message) return;
    if (!isCurrent(message)) return this.stopWith(RELOAD);
    const { turn, progress, error, cohort, own, elsewhere } = message;
    if (turn < this.turn) return;
    if (progress) return this.showProgress(progress);
    if (error) this.fail(error);
    if (error && this.shown) this.sayBar();
    try {
      if (cohort) await this.take(cohort, own, turn);
      this.own.show(own, elsewhere);
    } catch (problem) {
      this.fail(wordsOf(problem));
    }
    if (turn === this.turn) this.setBusy(false);
  }

  /** @param {string} text */
  stopWith(text) {
    this.setBusy(false);
    this.fail(text);
  }

  /** @param {Stage} progress */
  showProgress({ stage, done, total }) {
    this.setBusy(true, total ? `${stage}: ${done} of ${total} cases` : stage, total ? done / total : null);
  }

  /**
   * @param {PackedFile} source
   * @returns {Promise<ArrayBuffer>}
   */
  fetch({ file: { url } }) {
    return remember(this.files, url, () => fetchPacked(url));
  }

  /**
   * @param {ShownCohort} cohort
   * @param {OwnMethod[]} own
   * @param {number} turn
   */
  async take(cohort, own, turn) {
    const sources = [cohort, cohort.resamples, ...own];
    const [buffer, counts, ...others] = await Promise.all(sources.map((source) => this.fetch(source)));
    if (turn !== this.turn) return;
    const stamp = [cohort.file.url, ...own.map((one) => one.name)].join(" ");
    if (stamp !== this.stamp) this.show(cohort, unpack(buffer), new Uint8Array(counts), own, others.map(unpack));
    this.stamp = stamp;
    this.given.cohort = cohort; // the weights in use may have come meanwhile
    this.sayFacts();
  }

  /**
   * @param {ShownCohort} cohort
   * @param {Packed} packed
   * @param {Uint8Array} counts
   * @param {OwnMethod[]} own
   * @param {Packed[]} packedOwn
   */
  show(cohort, packed, counts, own, packedOwn) {
    const { findings, cases, patients } = packed.about;
    const mine = packedOwn.map((one, i) =>
      ownMethod(own[i].name, one, packed, this.looks, this.names.labelOf(own[i].name)),
    );
    const cached = methodsOf(packed, cohort.rows, this.looks);
    const apart = cached.filter(({ kind }) => kind === "comparator"); // behind the others, under their own heading
    const fixed = cached.filter(({ marks }) => !marks);
    this.everything = [...cached.filter(isRanked), ...mine, ...apart, ...fixed];
    const methods = this.methodsShown;
    const markings = this.markingsFor(cohort, packed);
    const resampling = new Resampling(counts, patientsOf(cases, patients), this.config.seed);
    const board = new Board(methods, findings, resampling, markings);
    board.setMetric(this.metric);
    board.update();
    this.shown = { cohort, packed, board };
    this.row = Math.min(this.row ?? findings.length, findings.length);
    if (!methods.some(({ key }) => key === this.reference)) this.reference = methods[0].key;
    this.hideCeilings();
    this.cases.close();
    this.body.hidden = false;
    this.rebuild();
  }

  /**
   * How maps are marked at first: as they were, where the cohort stays.
   * @param {ShownCohort} cohort
   * @param {Packed} packed
   * @returns {Marking[]}
   */
  markingsFor(cohort, { about }) {
    if (this.shown?.cohort.key === cohort.key) return this.shown.board.markings;
    const tuned = Object.keys(about.tuned).length > 0;
    return about.findings.map(() => ({ kind: tuned ? "halving" : "otsu" }));
  }

  /** Perfect maps score so far above all others that charts show them only when asked to. */
  hideCeilings() {
    for (const { key, kind } of this.board.methods) {
      if (kind === "ceiling" && !this.seen.has(key)) this.hidden.add(key);
      this.seen.add(key);
    }
  }

  // What the visitor does

  /** All methods, or all but the floors. */
  get methodsShown() {
    return this.everything.filter(({ kind }) => this.floors || kind !== "floor");
  }

  /** @param {boolean} shown */
  showFloors(shown) {
    this.floors = shown;
    if (!this.shown) return;
    this.board.setMethods(this.methodsShown);
    this.board.update();
    this.cases.close();
    this.rebuild();
  }

  /** @param {Metric} metric */
  setMetric(metric) {
    this.metric = metric;
    if (!this.shown) return;
    this.board.setMetric(metric);
    this.board.update();
    this.rebuild();
  }

  /**
   * @param {number | null} f
   * @param {Marking} marking
   */
  mark(f, marking) {
    if (!this.shown) return;
    this.board.mark(f, marking);
    this.redrawSoon();
  }

  /** @param {number} row */
  choose(row) {
    this.row = row;
    this.table.choose(row);
    this.drawCharts();
  }

  /** @param {number} m the method to compare with */
  compareWith(m) {
    this.reference = this.board.methods[m].key;
    this.drawDifferences();
  }

  /**
   * @param {number} m
   * @param {number} step
   */
  pickPoint(m, step) {
    const f = this.chosenRow < this.board.findings.length ? this.chosenRow : null;
    if (this.metric === "hit") this.setMetric("iou_tp");
    this.board.mark(f, { kind: "fixed", step });
    this.redraw();
    this.showCases(m, this.chosenRow);
  }

  /**
   * @param {number} m
   * @param {number} row
   */
  showCases(m, row) {
    const { cohort, packed, board } = this.given;
    this.cases.open(board, m, row, new Set(cohort.openable), packed.about.cases);
  }

  // What is seen

  /** @returns {number} */
  get chosenRow() {
    return this.row ?? this.board.findings.length;
  }

  rebuild() {
    const { board, packed } = this.given;
    const shown = [...board.methods.keys()].filter((m) => board.estimates[m].some(({ n }) => n > 0));
    /** @type {PublishedOf} */
    const published = (method, row) => this.publishedOf(method.key, row, board.metric);
    this.table.build(board, shown, packed.about.published ? published : null);
    this.table.choose(this.chosenRow);
    this.differences.setMethods(board.methods, this.referenceAt());
    this.legend.replaceChildren(...legendOf(this.inLegend(shown), this.hidden, () => this.drawCharts()));
    this.sayBar();
    this.verdict.textContent = verdictOf(board);
    this.drawCharts();
    if (this.cases.shown) this.cases.draw();
  }

  /**
   * Methods with a switch: a floor that has no value of this score has none.
   * @param {number[]} shown numbers of those with values
   * @returns {BoardMethod[]}
   */
  inLegend(shown) {
    return this.board.methods.filter(({ kind }, m) => kind !== "floor" || shown.includes(m));
  }

  /** @returns {number} */
  referenceAt() {
    const at = this.board.methods.findIndex(({ key }) => key === this.reference);
    return Math.max(0, at);
  }

  /** What a threshold changes: all of it at once. */
  redraw() {
    const rows = this.board.update();
    this.table.refresh(rows.length ? rows : this.table.rows.keys(), true);
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.table.settle(), REST);
    this.bar.showMarking(this.board.markings, this.metric);
    this.verdict.textContent = verdictOf(this.board);
    if (rows.length) {
      this.drawBars(true);
      this.drawDifferences(true);
    }
    this.curves.moveMarks();
    if (rows.length && this.cases.shown) this.cases.draw();
  }

  /** @param {number} m */
  visible = (m) => !this.hidden.has(this.board.methods[m].key);

  drawCharts() {
    const metric = this.metric === "iou_all" ? "iou_all" : "iou_tp";
    const title = `${METRICS[metric].label} by threshold: ${this.rowName}`;
    const { board, chosenRow: row, visible } = this;
    this.headings.curves.textContent = title;
    this.curves.show({ board, row, metric, visible }, title);
    this.drawBars();
    this.drawDifferences();
  }

  /** @param {boolean} [moving] whether a slider moves */
  drawBars(moving = false) {
    const title = `${METRICS[this.metric].label} by finding`;
    const { board, visible } = this;
    this.headings.bars.textContent = title;
    const [rows, names] = [[...Array(board.rows).keys()], [...board.findings, MEAN]];
    this.bars.show({ board, rows, visible, names }, title, moving);
  }

  /** @param {boolean} [moving] whether a slider moves */
  drawDifferences(moving = false) {
    const title = `Paired differences in ${METRICS[this.metric].label}: ${this.rowName}`;
    const { board, chosenRow: row, visible } = this;
    this.headings.differences.textContent = title;
    this.differences.show({ board, row, reference: this.referenceAt(), visible }, title, moving);
  }

  /** @returns {string} */
  get rowName() {
    return this.board.findings[this.chosenRow] ?? "mean of findings";
  }

  sayBar() {
    const { cohort, packed, board } = this.given;
    const tuned = Object.keys(packed.about.tuned).length > 0;
    const { key, alignment } = cohort;
    const { markings } = board;
    const { readers } = packed.about;
    this.bar.show({ key, alignment, metric: this.metric, markings, tuned, edges: edgesOf(packed.about), readers });
  }

  sayFacts() {
    const { cohort, packed, board } = this.given;
    const { about, mask } = packed;
    this.facts.textContent = factsOf(about, cohort, mask.length);
    this.said.replaceChildren(...saidOf(about));
    this.warnings.replaceChildren(...warningsOf(about, cohort).map((text) => make("li", { text })));
    const tuned = Object.keys(about.tuned).length > 0;
    const own = tuned && board.methods.some(({ kind }) => kind === "own") ? UNTUNED : "";
    const published = about.published ? ` Published values: ${this.config.published.source}.` : "";
    const resamples = `${board.resampling.size.toLocaleString("en")} resamples of patients, seed ${this.config.seed}`;
    const how = `percentile bootstrap, ${resamples}; of one finding's hit rate Wilson's; none of fewer than 6 patients`;
    const interval = `Below each mean its 95 % interval (${how}) and n, the cases with a value.`;
    const floors = this.floors ? ` ${FLOORS}` : "";
    const marks = `1st and 2nd mark the best methods of a row. Click a number for the cases behind it.${floors}`;
    this.tableNote.textContent = `${interval} ${marks}${noteOn(about)}${own}${published}`;
  }

  /**
   * @param {string} key
   * @param {number} row
   * @param {Metric} metric
   * @returns {number | null}
   */
  publishedOf(key, row, metric) {
    if (!this.given.packed.about.published) return null;
    const name = this.board.findings[row] ?? MEAN;
    return this.config.published.values[key]?.[name]?.[metric] ?? null;
  }

  /**
   * What the downloads hold.
   * @returns {ShownTable}
   */
  shownTable() {
    const { board } = this;
    const boards = new Map(METRIC_KEYS.map((metric) => [metric, board.of(metric)]));
    return {
      settings: this.settings(),
      rows: [...board.findings, MEAN],
      methods: board.methods.map(({ label }) => label),
      estimates: (metric) => known(boards.get(metric)).estimates,
      skill: (m, row, metric) =>
        board.methods[m].kind === "ceiling" ? null : skillOf(known(boards.get(metric)), m, row),
      threshold: (m, row, metric) =>
        row < board.findings.length && metric !== "hit"
          ? thresholdText(board.methods[m], board.markings[row], metric, row)
          : "",
      published: (m, row, metric) => this.publishedOf(board.methods[m].key, row, metric),
    };
  }

  /**
   * How the numbers were made.
   * @returns {[string, string][]}
   */
  settings() {
    const { cohort, packed, board } = this.given;
    const { about } = packed;
    const { seed } = this.config;
    const kinds = new Set(board.markings.map(({ kind }) => MARKINGS[kind].label));
    /** @type {[string, string][]} */
    const simulated = about.phantom ? [["Data", "simulated radiographs, no patients"]] : [];
    /** @type {[string, string][]} */
    const truth = about.readers ? [["Truth", truthName(about.readers.chosen)]] : [];
    return [
      ["Cohort", `${about.label}, ${about.cases.length} cases`],
      ...truth,
      ["Alignment", cohort.alignment],
      ["Edge rule", edgesOf(about).rule],
      ["Thresholds", [...kinds].join(" and ")],
      ["Intervals", `95 %, percentile bootstrap, ${board.resampling.size} resamples of patients, seed ${seed}`],
      ["Intervals of one finding's hit rate", "95 %, Wilson, with the design effect of several images of a patient"],
      ["Fingerprint of the inputs", about.fingerprint],
      ...simulated,
      ["Use", "research only, not for diagnosis"],
    ];
  }
}

/**
 * Put the tab into an element; returns it (`update` takes what the server says).
 * @param {HTMLElement} element
 * @param {BenchmarkChannel} channel
 * @returns {BenchmarkView}
 */
export function mount(element, channel) {
  return new BenchmarkView(element, channel);
}
