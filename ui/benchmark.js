// The tab Benchmark. `mount` puts it into an element; the numbers are worked out here, from curves that come once.
import { BarChart } from "./js/benchmark/bars.js";
import { Board, MEAN } from "./js/benchmark/board.js";
import { CasesBehind } from "./js/benchmark/cases.js";
import { CurveChart } from "./js/benchmark/curves.js";
import { Differences } from "./js/benchmark/differences.js";
import { csv, latex, markdown, save } from "./js/benchmark/downloads.js";
import { methodsOf, ownMethod } from "./js/benchmark/methods.js";
import { OwnMaps } from "./js/benchmark/own.js";
import { fetchPacked, STEPS, unpack } from "./js/benchmark/packed.js";
import { Resampling } from "./js/benchmark/resampling.js";
import { SettingsBar } from "./js/benchmark/settings.js";
import { sample } from "./js/benchmark/shapes.js";
import { ScoreTable } from "./js/benchmark/table.js";
import { MARKINGS, METRICS, thresholdText } from "./js/benchmark/words.js";
import { make, makeSvg } from "./js/dom.js";
import { Looks } from "./js/looks.js";

export { Board } from "./js/benchmark/board.js";
export * as methods from "./js/benchmark/methods.js";
export * as packed from "./js/benchmark/packed.js";
export * as resampling from "./js/benchmark/resampling.js";

const SHORT = 8; // characters of a fingerprint

export class BenchmarkView {
  /** @param channel {config, send, upload}: what ui/benchmark.py hands over. */
  constructor(element, { config, send, upload }) {
    Object.assign(this, { config, send, upload });
    this.turn = 0;
    this.metric = "iou_tp";
    this.hidden = new Set();
    this.seen = new Set();
    this.files = new Map();
    this.looks = new Looks();
    this.reference = null;
    this.build();
    element.replaceChildren(this.element);
    if (config.cohorts.length) this.ask(config.cohorts[0].key, "paper");
    else this.fail("Expected a cohort, found none: start the app with --cohort NAME=DIR --cohort-masks FILE.");
  }

  build() {
    this.alert = make("div", { class: "alert", role: "alert" });
    this.status = make(
      "div",
      { class: "status", role: "status", hidden: true },
      make("span"),
      make("progress", { max: 1 }),
    );
    this.bar = new SettingsBar(this.config.cohorts, {
      cohort: (key) => this.ask(key, this.alignment),
      alignment: (alignment) => this.ask(this.key, alignment),
      metric: (metric) => this.setMetric(metric),
      marking: (kind) => this.mark(null, kind === "fixed" ? { kind, step: Number(this.bar.all.value) } : { kind }),
      slide: (step) => this.mark(null, { kind: "fixed", step }),
    });
    this.facts = make("p", { class: "facts" });
    this.warnings = make("ul", { class: "warnings", role: "status" });
    this.legend = make("div", { class: "legend", role: "group", "aria-label": "Methods shown in the charts" });
    this.table = new ScoreTable({
      row: (row) => this.choose(row),
      cases: (m, row) => this.showCases(m, row),
      slide: (f, step) => this.mark(f, { kind: "fixed", step }),
      forget: (name) => this.forget(name),
    });
    const { plotly, charts } = this.config;
    this.curves = new CurveChart(plotly, charts.curves, (m, step) => this.pickPoint(m, step));
    this.bars = new BarChart(plotly, charts.bars, (m, row) => this.showCases(m, row));
    this.differences = new Differences(plotly, charts.differences, (m) => {
      this.reference = this.board.methods[m].key;
      this.drawDifferences();
    });
    this.cases = new CasesBehind();
    this.own = new OwnMaps(this.config.max_file_size, (file) => this.bring(file));
    this.downloads = this.makeDownloads();
    this.headings = { curves: make("h3"), differences: make("h3"), bars: make("h3") };
    const panel = (heading, ...parts) => make("section", { class: "panel" }, heading, ...parts);
    this.body = make(
      "div",
      { class: "body", hidden: true },
      make(
        "section",
        { class: "panel table" },
        make("div", { class: "heading" }, this.facts, this.downloads),
        this.warnings,
        this.table.element,
        this.legendOfTable(),
      ),
      this.legend,
      make(
        "div",
        { class: "charts" },
        panel(this.headings.curves, this.curves.element),
        panel(this.headings.differences, this.differences.element),
      ),
      panel(this.headings.bars, this.bars.element),
      this.cases.element,
      this.own.element,
    );
    this.element = make(
      "div",
      { class: "bench", "aria-busy": "true" },
      this.alert,
      this.bar.element,
      this.status,
      this.body,
    );
    this.takeDrops();
  }

  legendOfTable() {
    this.tableNote = make("p", { class: "note" });
    return this.tableNote;
  }

  makeDownloads() {
    const button = (text, make_, type, suffix) =>
      make("button", {
        type: "button",
        class: "plain",
        text,
        "aria-label": `Download the table as ${text}`,
        on: { click: () => save(`benchmark-${this.key}.${suffix}`, make_(this.shown()), type) },
      });
    return make(
      "div",
      { class: "downloads", role: "group", "aria-label": "Download the table" },
      make("span", { class: "label", text: "Download" }),
      button("CSV", csv, "text/csv", "csv"),
      button("Markdown", markdown, "text/markdown", "md"),
      button("LaTeX", latex, "application/x-tex", "tex"),
    );
  }

  takeDrops() {
    const stop = (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    this.element.addEventListener("dragover", stop);
    this.element.addEventListener("drop", (event) => {
      stop(event);
      this.own.take(event.dataTransfer?.files);
    });
  }

  // What is asked of the server, and what it says

  ask(key, alignment) {
    Object.assign(this, { wantedKey: key, wantedAlignment: alignment });
    this.request("cohort", { key, alignment });
  }

  request(what, data) {
    this.fail("");
    this.setBusy(true, "");
    this.send[what]({ ...data, turn: ++this.turn });
  }

  async bring(file) {
    this.fail("");
    this.setBusy(true, `Sending ${file.name}`);
    try {
      const { path } = await this.upload(file);
      this.request("own", { path, name: file.name });
    } catch (error) {
      this.setBusy(false);
      this.fail(
        `${file.name} could not be sent: expected a file of at most ${this.config.max_file_size}, and the server refused it.`,
      );
    }
  }

  forget(name) {
    this.request("forget", { name });
  }

  fail(text) {
    const close = make("button", {
      type: "button",
      "aria-label": "Dismiss",
      text: "×",
      on: { click: () => this.fail("") },
    });
    this.alert.replaceChildren(...(text ? [make("span", { text }), close] : []));
  }

  setBusy(busy, words = "", share = null) {
    this.element.setAttribute("aria-busy", String(busy));
    this.status.hidden = !busy || !words;
    this.status.firstChild.textContent = words;
    if (share === null) this.status.lastChild.removeAttribute("value");
    else this.status.lastChild.value = share;
  }

  /** Take a message of the server: see ui/benchmark.py. */
  async update(message) {
    if (!message || message.turn < this.turn) return;
    if (message.progress) {
      const { stage, done, total } = message.progress;
      this.setBusy(true, total ? `${stage}: ${done} of ${total} cases` : stage, total ? done / total : null);
      return;
    }
    if (message.error) {
      this.fail(message.error);
      if (this.board) this.sayBar();
    }
    const turn = message.turn;
    try {
      if (message.cohort) await this.take(message, turn);
    } catch (error) {
      this.fail(error.message);
    }
    if (turn === this.turn) this.setBusy(false);
  }

  fetch(source) {
    const { url } = source.file;
    if (!this.files.has(url)) this.files.set(url, fetchPacked(url));
    return this.files.get(url);
  }

  async take({ cohort, own }, turn) {
    const [buffer, counts, ...others] = await Promise.all([
      cohort.file && this.fetch(cohort),
      this.fetch(cohort.resamples),
      ...own.map((one) => this.fetch(one)),
    ]);
    if (turn !== this.turn) return;
    const stamp = [cohort.file.url, ...own.map((one) => one.name)].join(" ");
    this.active = cohort.active;
    if (stamp !== this.stamp) this.show(cohort, unpack(buffer), new Uint8Array(counts), own, others.map(unpack));
    this.stamp = stamp;
    this.own.show(own);
    this.sayFacts();
  }

  show(cohort, packed, counts, own, packedOwn) {
    const { about } = packed;
    const [same, before] = [this.key === cohort.key, this.board];
    Object.assign(this, {
      key: cohort.key,
      alignment: cohort.alignment,
      about,
      rows: cohort.rows,
      openable: new Set(cohort.openable),
    });
    this.tuned = Object.keys(about.tuned).length > 0;
    const findings = about.findings;
    const methods = [...methodsOf(packed, cohort.rows, this.looks)];
    const place = methods.findIndex((method) => !method.marks);
    methods.splice(
      place < 0 ? methods.length : place,
      0,
      ...packedOwn.map((one, i) => ownMethod(own[i].name, one, packed, this.looks)),
    );
    const markings =
      same && before ? before.markings : findings.map(() => (this.tuned ? { kind: "halving" } : { kind: "otsu" }));
    this.board = new Board(methods, findings, new Resampling(counts, about.cases.length), markings);
    this.board.setMetric(this.metric);
    this.board.update();
    this.row = Math.min(this.row ?? findings.length, findings.length);
    if (!methods.some(({ key }) => key === this.reference)) this.reference = methods[0].key;
    this.hideCeilings();
    this.cases.close();
    this.body.hidden = false;
    this.rebuild();
  }

  /** Perfect maps score so far above all others that charts show them only when asked to. */
  hideCeilings() {
    for (const { key, kind } of this.board.methods) {
      if (kind === "ceiling" && !this.seen.has(key)) this.hidden.add(key);
      this.seen.add(key);
    }
  }

  // What the visitor does

  setMetric(metric) {
    this.metric = metric;
    this.board.setMetric(metric);
    this.board.update();
    this.rebuild();
  }

  mark(f, marking) {
    if (!this.board) return;
    this.board.mark(f, marking);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.redraw();
    });
  }

  choose(row) {
    this.row = row;
    this.table.choose(row);
    this.drawCharts();
  }

  pickPoint(m, step) {
    const f = this.row < this.board.findings.length ? this.row : null;
    if (this.metric === "hit") this.setMetric("iou_tp");
    this.board.mark(f, { kind: "fixed", step });
    this.redraw();
    this.showCases(m, this.row);
  }

  showCases(m, row) {
    this.cases.open(this.board, m, row, this.openable, this.about.cases);
  }

  // What is seen

  rebuild() {
    const { board } = this;
    const shown = [...board.methods.keys()].filter((m) => board.estimates[m].some(({ n }) => n > 0));
    this.table.build(
      board,
      shown,
      this.about.published ? (method, row) => this.publishedOf(method.key, row, board.metric) : null,
    );
    this.table.choose(this.row);
    this.differences.setMethods(board.methods, this.referenceAt());
    this.sayLegend();
    this.sayBar();
    this.drawCharts();
    if (this.cases.shown) this.cases.draw();
  }

  referenceAt() {
    return Math.max(
      0,
      this.board.methods.findIndex(({ key }) => key === this.reference),
    );
  }

  /** What a threshold changes: all of it at once. */
  redraw() {
    const rows = this.board.update();
    this.table.refresh(rows.length ? rows : this.table.rows.keys());
    this.bar.showMarking(this.board.markings, this.metric);
    if (rows.length) {
      this.drawBars(true);
      this.drawDifferences(true);
    }
    this.curves.moveMarks();
    if (rows.length && this.cases.shown) this.cases.draw();
  }

  visible = (m) => !this.hidden.has(this.board.methods[m].key);

  drawCharts() {
    const name = this.rowName(this.row);
    const metric = this.metric === "iou_all" ? "iou_all" : "iou_tp";
    const title = `${METRICS[metric].label} by threshold: ${name}`;
    this.headings.curves.textContent = title;
    this.curves.show(this.board, this.row, metric, this.visible, title);
    this.drawBars();
    this.drawDifferences();
  }

  drawBars(moving = false) {
    const title = `${METRICS[this.metric].label} by finding`;
    this.headings.bars.textContent = title;
    this.bars.show(
      this.board,
      [...Array(this.board.rows).keys()],
      this.visible,
      [...this.board.findings, MEAN],
      title,
      moving,
    );
  }

  drawDifferences(moving = false) {
    const title = `Paired differences in ${METRICS[this.metric].label}: ${this.rowName(this.row)}`;
    this.headings.differences.textContent = title;
    this.differences.show(this.board, this.row, this.referenceAt(), this.visible, title, moving);
  }

  rowName(row) {
    return row < this.board.findings.length ? this.board.findings[row] : "mean of findings";
  }

  sayLegend() {
    this.legend.replaceChildren(
      ...this.board.methods.map((method) => {
        const control = make("input", {
          type: "checkbox",
          on: {
            change: () => {
              this.hidden[control.checked ? "delete" : "add"](method.key);
              this.drawCharts();
            },
          },
        });
        control.checked = !this.hidden.has(method.key);
        const picture = method.marks ? sample(method.look) : flat();
        return make("label", { class: "key" }, control, picture, make("span", { text: method.label }));
      }),
    );
  }

  sayBar() {
    const { key, alignment, metric } = this;
    this.bar.show({ key, alignment, metric, markings: this.board.markings, tuned: this.tuned, edges: this.edges() });
  }

  /** The edge rule the cached maps were made with, and why the other is not there. */
  edges() {
    const parameters = Object.values(this.about.weights)
      .flatMap(({ parameters }) => parameters.map((text) => JSON.parse(text)))
      .filter((one) => "edge" in one);
    const rule = parameters[0]?.edge ?? "paper";
    const plain = parameters.every((one) => one.shift_steps === 1);
    return {
      rule,
      reason: plain
        ? "Both rules are the same on the plain grid, with which these maps were made"
        : "The cached maps were made with the other rule; give a cache made with this one",
    };
  }

  /** The weights that the cached maps name, each once: whose, and their fingerprint. */
  weights() {
    const all = Object.entries(this.about.weights).flatMap(([name, { sha256 }]) => {
      const { label, model, model_label: words } = this.rows[name];
      return sha256.map((one) => ({ model, words: words || label, sha256: one }));
    });
    return [...new Map(all.map((one) => [`${one.words} ${one.sha256}`, one])).values()];
  }

  sayFacts() {
    const { about } = this;
    const patients = new Set(about.cases.map((id) => id.split("_study")[0])).size;
    const masks = this.board.methods[0].masks;
    const weights = this.weights();
    const cached = weights.map(({ words, sha256 }) => `${words} ${sha256.slice(0, SHORT)}`).join(", ");
    const kind = about.phantom ? "simulated, no patients: " : "";
    this.facts.textContent = `${about.label}: ${kind}${about.cases.length} cases of ${patients} ${about.phantom ? "simulated patients" : "patients"}, ${masks} masks. Weights ${cached}.`;
    const others = weights.filter(({ model, sha256 }) => this.active?.[model] && this.active[model] !== sha256);
    const sentences = others.map(
      ({ model, words, sha256 }) =>
        `These maps were made with other weights of ${words} (${sha256.slice(0, SHORT)}) than the ones in use here (${this.active[model].slice(0, SHORT)}): Explore shows other maps than the ones scored here.`,
    );
    if (about.problems.length)
      sentences.push(`${about.problems.length} maps or masks could not be used; the first: ${about.problems[0][2]}`);
    this.warnings.replaceChildren(...sentences.map((text) => make("li", { text })));
    const own =
      this.tuned && this.board.methods.some(({ kind }) => kind === "own")
        ? " Your maps come without validation maps: where others are tuned, Otsu's threshold marks them."
        : "";
    const published = about.published ? ` Published values: ${this.config.published.source}.` : "";
    this.tableNote.textContent = `Below each mean its 95 % interval (${this.board.resampling.size.toLocaleString("en")} resamples of patients, seed ${this.config.seed}) and n, the cases with a value. 1st and 2nd mark the best methods of a row. Click a number for the cases behind it.${own}${published}`;
  }

  publishedOf(key, row, metric) {
    if (!this.about.published) return null;
    const name = row < this.board.findings.length ? this.board.findings[row] : MEAN;
    return this.config.published.values[key]?.[name]?.[metric] ?? null;
  }

  /** What the downloads hold. */
  shown() {
    const { board, about } = this;
    const estimates = Object.fromEntries(Object.keys(METRICS).map((metric) => [metric, board.estimatesOf(metric)]));
    const kinds = new Set(board.markings.map(({ kind }) => MARKINGS[kind].label));
    const rows = [...board.findings, MEAN];
    return {
      settings: [
        ["Cohort", `${about.label}, ${about.cases.length} cases`],
        ["Alignment", this.alignment],
        ["Edge rule", this.edges().rule],
        ["Thresholds", [...kinds].join(" and ")],
        ["Intervals", `95 %, ${board.resampling.size} resamples of patients, seed ${this.config.seed}`],
        ["Fingerprint of the inputs", about.fingerprint],
        ...(about.phantom ? [["Data", "simulated radiographs, no patients"]] : []),
        ["Use", "research only, not for diagnosis"],
      ],
      rows,
      methods: board.methods.map(({ label }) => label),
      estimates: (metric) => estimates[metric],
      threshold: (m, row, metric) =>
        row < board.findings.length && metric !== "hit"
          ? thresholdText(board.methods[m], board.markings[row], metric, row)
          : "",
      published: (m, row, metric) => this.publishedOf(board.methods[m].key, row, metric),
    };
  }
}

/** The line of a score that no threshold changes. */
function flat() {
  const line = makeSvg("path", { d: "M1 7H33", class: "ceiling" });
  return makeSvg("svg", { viewBox: "0 0 34 14", class: "sample", "aria-hidden": "true" }, line);
}

/** Put the tab into an element; returns it (`update` takes what the server says). */
export function mount(element, channel) {
  return new BenchmarkView(element, channel);
}

export { STEPS };
