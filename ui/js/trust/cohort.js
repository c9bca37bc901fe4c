// A cohort's results: distributions of every check by method, the worst cases, and whether probabilities can be
// believed.
import { Chart } from "../charts/chart.js";
import { rowsFigure } from "../charts/rows.js";
import { make, makeSelect } from "../dom.js";
import { Probabilities, interval } from "./probabilities.js";
import { number, table } from "./tables.js";

/**
 * @import { Figure } from "../charts/types.d.ts"
 * @import { Looks } from "../looks.js"
 * @import { CohortResults, ResultGroup, ResultRow, RowParts, TrustConfig, Verdict } from "../messages.d.ts"
 * @import { CaseServer } from "../types.d.ts"
 */

const THUMBNAILS = 24; // that the server makes in one request
const GOOD = { high: "Higher is better.", low: "Lower is better.", neither: "" };
const NONE = "No results come with this copy; `python -m evaluation trust` makes them.";
const APART = "Upper comparators: networks that were shown masks in training";
const DOTS = "Every dot is one case; the strong dot is the mean with its 95 % interval, patients resampled.";

/**
 * Ends of an axis that holds all values, rounded outwards.
 * @param {number[]} values
 * @returns {[number, number]}
 */
function axisRange(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (!values.length || !Number.isFinite(low)) return [0, 1];
  if (low >= 0 && high <= 1 && high > 0.2) return [0, 1];
  const step = 10 ** Math.floor(Math.log10(Math.max(high - low, 1e-9)));
  return [Math.min(0, Math.floor(low / step) * step), Math.max(0, Math.ceil(high / step) * step) || step];
}

export class Cohort {
  element = make(
    "section",
    { class: "trust-card cohort", "aria-label": "Cohort" },
    make("h3", { text: "Over a whole cohort" }),
  );

  /**
   * @param {TrustConfig} config
   * @param {Pick<CaseServer, "thumbnails">} server
   * @param {Looks} looks gives every row of results its look.
   */
  constructor(config, server, looks) {
    if (!config.cohort) this.element.append(make("p", { class: "note", text: NONE }));
    else this.build(config.cohort, config, server, looks);
  }

  /**
   * @param {CohortResults} cohort
   * @param {TrustConfig} config
   * @param {Pick<CaseServer, "thumbnails">} server
   * @param {Looks} looks
   */
  build(cohort, { findings, plotly, charts }, server, looks) {
    const { models } = cohort;
    const chart = new Chart(plotly, { table: false });
    const results = new Results(cohort, server, looks, chart, charts.rows);
    const probabilities = models.length ? new Probabilities(models, findings, plotly, charts.lines) : null;
    this.element.append(
      make("p", { text: `${cohort.label}. ${DOTS}` }),
      ...results.parts,
      makeVerdicts(cohort.verdicts),
      ...(probabilities?.parts ?? []),
    );
  }
}

/**
 * @param {Verdict[]} verdicts
 * @returns {HTMLDetailsElement | HTMLDivElement}
 */
function makeVerdicts(verdicts) {
  if (!verdicts.length) return make("div");
  const rows = verdicts.map(({ check, method, passed, words }) => {
    return [check, method, passed ? "✓ passed" : "✗ failed", words];
  });
  const head = ["Check", "Method", "Verdict", ""];
  return make("details", {}, make("summary", { text: "Verdicts" }), table(head, rows, "Verdicts"));
}

/** One measure of one check by method, and the worst cases of a method. */
class Results {
  words = make("p", { class: "note" });
  numbers = make("div");
  gallery = make("div", { class: "gallery" });
  method = makeSelect("Worst cases of", [], () => this.showWorst());

  /**
   * @param {CohortResults} cohort
   * @param {Pick<CaseServer, "thumbnails">} server
   * @param {Looks} looks
   * @param {Chart} chart
   * @param {RowParts} chartParts
   */
  constructor(cohort, server, looks, chart, chartParts) {
    this.cohort = cohort;
    this.server = server;
    this.looks = looks;
    this.chart = chart;
    this.chart.element.classList.add("room");
    this.chartParts = chartParts;
    const names = cohort.groups.map(({ check_label: check, metric, setting }, i) => [
      String(i),
      [check, metric, setting].filter(Boolean).join(" · "),
    ]);
    this.group = makeSelect("Check", names, () => this.show());
    this.parts = [
      make("div", { class: "fields" }, this.group),
      this.words,
      make("div", { class: "two" }, this.chart.element, this.numbers),
      make("div", { class: "fields" }, this.method),
      this.gallery,
    ];
    this.show();
  }

  /** @returns {ResultGroup} */
  get chosen() {
    return this.cohort.groups[Number(this.group.control.value)];
  }

  show() {
    const { rows, words, better, metric, setting, check_label: check } = this.chosen;
    const shown = rows.filter(({ n }) => n);
    this.words.textContent = [words, GOOD[better]].filter(Boolean).join(" ");
    const title = [check, metric, setting].filter(Boolean).join(", ");
    this.chart.show(() => this.figure(metric, shown), { title, empty: "Undefined for every case." });
    this.numbers.replaceChildren(...tablesOf(rows, `${check}, ${metric}`));
    this.offer(shown);
    this.method.hidden = better === "neither";
    this.showWorst();
  }

  /**
   * Every case a pale dot, the mean a strong one.
   * @param {string} metric
   * @param {ResultRow[]} shown with a value each
   * @returns {Figure}
   */
  figure(metric, shown) {
    const rows = shown.map(({ method, label, values, mean, low, high }) => {
      const dot = { mean: mean ?? NaN, low: low ?? NaN, high: high ?? NaN };
      return { label, look: this.looks.of(method), values, ...dot, words: number(mean) };
    });
    return rowsFigure(this.chartParts, rows, axisRange(shown.flatMap(({ values }) => values)), metric);
  }

  /**
   * Methods whose worst cases can be seen; the chosen one stays where it is among them.
   * @param {ResultRow[]} rows
   */
  offer(rows) {
    const { control } = this.method;
    const before = control.value;
    control.replaceChildren(...rows.map(({ method, label }) => make("option", { value: method, text: label })));
    if (rows.some(({ method }) => method === before)) control.value = before;
  }

  async showWorst() {
    const { rows, better, metric } = this.chosen;
    const row = rows.find(({ method }) => method === this.method.control.value);
    if (better === "neither" || !row) return this.gallery.replaceChildren();
    const shown = row.worst.map(([place, finding, value]) => {
      const id = this.cohort.cases[place];
      return { id, ...caseButton(id, finding, `${metric} ${number(value)}`) };
    });
    this.gallery.replaceChildren(...shown.map(({ button }) => button));
    const pictures = await this.server.thumbnails([...new Set(shown.map(({ id }) => id))].slice(0, THUMBNAILS));
    for (const { id, image, button } of shown) {
      if (pictures?.[id]) image.src = pictures[id];
      else {
        image.hidden = true;
        Object.assign(button, { disabled: true, title: "This case is not among those that the page offers" });
      }
    }
  }
}

/**
 * A table of the methods, and one under its own heading of those whose networks were shown masks.
 * @param {ResultRow[]} rows
 * @param {string} label
 * @returns {HTMLElement[]}
 */
function tablesOf(rows, label) {
  const head = ["Method", "mean (95 % interval)", "SD", "median", "n", "undefined"];
  const [others, apart] = [false, true].map((masks) => rows.filter(({ shown_masks: shown }) => shown === masks));
  const beside = [make("h4", { text: APART }), table(head, apart.map(cellsOf), `${label}, ${APART}`)];
  return [table(head, others.map(cellsOf), label), ...(apart.length ? beside : [])];
}

/**
 * A row of the table.
 * @param {ResultRow} row
 * @returns {string[]}
 */
function cellsOf({ label, n, mean, low, high, sd, q50, undefined: missing, reasons }) {
  const said = n ? interval(mean, low, high) : "–";
  return [label, said, number(sd), number(q50), String(n), missing ? `${missing} (${reasons})` : "0"];
}

/**
 * What opens a case in Explore.
 * @param {string} id
 * @param {string} finding
 * @param {string} score
 */
function caseButton(id, finding, score) {
  const image = make("img", { alt: "", width: 118, height: 118 });
  const short = id.replace(/^patient(PHANTOM)?/, "").replace(/_view1_frontal$/, "");
  const words = [short.replace("_study1", ""), finding, score].filter(Boolean);
  const click = () => document.dispatchEvent(new CustomEvent("explorer:open", { detail: { case: id, finding } }));
  const button = make(
    "button",
    { type: "button", class: "plain", title: `Open ${id} in Explore`, on: { click } },
    image,
    ...words.map((text) => make("span", { text })),
  );
  return { image, button };
}
