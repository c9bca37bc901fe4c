// Whether a cohort's probabilities can be believed: reliability, abstaining, calibration and sensitivity of a finding.
import { Chart } from "../charts/chart.js";
import { makeLegend } from "../charts/legend.js";
import { make, makeSelect } from "../dom.js";
import { lineFigure } from "./figures.js";
import { number, table } from "./tables.js";

/**
 * @import { Series } from "../charts/types.d.ts"
 * @import { CalibrationRow, CohortModel, LineParts, ReliabilityCurve } from "../messages.d.ts"
 * @import { Selection, SensitivityRow } from "../messages.d.ts"
 */

const RELIABILITY = "Reliability: on the dashed line the probability is right; bars are 95 % intervals.";
const NO_RELIABILITY = "Reliability: no image with a known answer.";
const NO_RISK = "Abstaining: no image with a known answer.";

/**
 * @param {number | null} value
 * @param {number | null} low
 * @param {number | null} high
 * @returns {string}
 */
export function interval(value, low, high) {
  return `${number(value)} (${number(low)} to ${number(high)})`;
}

export class Probabilities {
  curves = make("div", { class: "pair" });
  tables = make("div", { class: "content" });

  /**
   * @param {CohortModel[]} models at least one
   * @param {string[]} findings
   * @param {string} plotly address of the library
   * @param {LineParts} parts of charts: see evaluation/trust/figures.py
   */
  constructor(models, findings, plotly, parts) {
    this.models = models;
    this.chartParts = parts;
    this.reliability = new Chart(plotly);
    this.risk = new Chart(plotly);
    this.model = makeSelect(
      "Model",
      models.map(({ key, label }) => [key, label]),
      () => this.show(),
    );
    this.finding = makeSelect(
      "Finding",
      findings.map((name) => [name, name]),
      () => this.show(),
    );
    this.finding.control.value = "Pleural Effusion";
    this.parts = [
      make("h3", { text: "Can the probabilities be believed?" }),
      make("div", { class: "fields" }, this.model, this.finding),
      this.curves,
      this.tables,
    ];
    this.show();
  }

  show() {
    const chosen = this.models.find(({ key }) => key === this.model.control.value) ?? this.models[0];
    const { reliability, selective, calibration, sensitivity } = chosen;
    const finding = this.finding.control.value;
    const whose = `${finding}, ${chosen.label}`;
    this.curves.replaceChildren(
      this.reliabilityOf(reliability[finding], `Reliability of ${whose}`),
      this.riskOf(selective[finding], `Risk and coverage of ${whose}`),
    );
    const mine = calibration.filter((row) => row.finding === finding || row.finding === "Mean");
    const point = sensitivity.find((row) => row.finding === finding);
    this.tables.replaceChildren(
      mine.length ? calibrationTable(mine) : make("div"),
      make("p", { class: "note", text: point ? sensitivityWords(point) : "" }),
    );
  }

  /**
   * @param {Record<string, ReliabilityCurve> | undefined} curve by "before" and "after"
   * @param {string} title
   * @returns {HTMLElement}
   */
  reliabilityOf(curve, title) {
    const series = [reliabilityLine("as said", 0, curve?.before), reliabilityLine("calibrated", 1, curve?.after)];
    const axes = { x: "said", y: "share that had it", diagonal: true };
    this.reliability.show(() => lineFigure(this.chartParts, series, axes), { title, empty: NO_RELIABILITY });
    return figureOf(this.reliability, RELIABILITY, makeLegend(series, [this.reliability]));
  }

  /**
   * @param {Selection | undefined} selection
   * @param {string} title
   * @returns {HTMLElement}
   */
  riskOf(selection, title) {
    const { n = 0, risk: all = [], coverage = [] } = selection ?? {};
    const known = all.flatMap((risk, i) => (risk === null ? [] : [{ risk, at: coverage[i] ?? 0 }])).reverse();
    const [xs, ys] = [known.map(({ at }) => at), known.map(({ risk }) => risk)];
    const range = [0, Math.max(0.1, Math.ceil(10 * Math.max(0, ...ys)) / 10)];
    const series = [{ label: "wrong", look: 0, xs, ys, points: true }];
    const axes = { x: "answered", y: "wrong", range };
    this.risk.show(() => lineFigure(this.chartParts, series, axes), { title, empty: NO_RISK });
    const words = `Abstaining: of the ${n} images, how many are answered, and how many of those wrongly.`;
    return figureOf(this.risk, words);
  }
}

/**
 * A line of the reliability's chart.
 * @param {string} label
 * @param {number} look
 * @param {ReliabilityCurve | undefined} curve
 * @returns {Series}
 */
function reliabilityLine(label, look, curve) {
  const { predicted = [], observed = [], low, high } = curve ?? {};
  return { label, look, xs: predicted, ys: observed, low, high, points: true };
}

/**
 * A chart with what is said below it.
 * @param {Chart} chart
 * @param {string} words
 * @param {...Element} further
 * @returns {HTMLElement}
 */
function figureOf(chart, words, ...further) {
  chart.element.classList.add("room");
  return make("figure", {}, chart.element, ...further, make("figcaption", { text: words }));
}

/**
 * @param {CalibrationRow[]} rows
 * @returns {HTMLDivElement}
 */
function calibrationTable(rows) {
  const head = ["Calibration", "", "ECE (95 % interval)", "Brier score", "log loss", "n", "present"];
  const cells = rows.map((row) => [
    row.finding,
    row.when === "after" ? "calibrated" : "as said",
    interval(row.ece, row.ece_low, row.ece_high),
    number(row.brier),
    number(row.nll),
    String(row.n),
    String(row.n_positive || "–"),
  ]);
  return table(head, cells);
}

/**
 * @param {SensitivityRow} row
 * @returns {string}
 */
function sensitivityWords(row) {
  if (row.reason) return `Sensitivity at a specificity of 0.90: undefined, ${row.reason}.`;
  const reached = interval(row.sensitivity, row.sensitivity_low, row.sensitivity_high);
  const images = `${row.n_positive} images with and ${row.n_negative} without the finding`;
  return `Sensitivity at a specificity of ${number(row.asked_specificity, 2)}: ${reached}, ${images}.`;
}
