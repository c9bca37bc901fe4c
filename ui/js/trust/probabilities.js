// Whether a cohort's probabilities can be believed: reliability, abstaining, calibration and sensitivity of a finding.
import { make, makeSelect } from "../dom.js";
import { isNumber, lineChart } from "./charts.js";
import { number, table } from "./tables.js";

/** @import { CalibrationRow, CohortModel, ReliabilityCurve, Selection, SensitivityRow } from "../messages.d.ts" */

const RELIABILITY =
  "Reliability: on the dashed line the probability is right. Solid: as the model says it; broken: calibrated.";

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
   */
  constructor(models, findings) {
    this.models = models;
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
    const pictures = [reliabilityFigure(finding, reliability[finding]), riskFigure(finding, selective[finding])];
    this.curves.replaceChildren(...pictures.filter((picture) => picture !== null));
    const mine = calibration.filter((row) => row.finding === finding || row.finding === "Mean");
    const point = sensitivity.find((row) => row.finding === finding);
    this.tables.replaceChildren(
      mine.length ? calibrationTable(mine) : make("div"),
      make("p", { class: "note", text: point ? sensitivityWords(point) : "" }),
    );
  }
}

/**
 * @param {string} finding
 * @param {Record<string, ReliabilityCurve> | undefined} curve by "before" and "after"
 * @returns {HTMLElement | null}
 */
function reliabilityFigure(finding, curve) {
  if (!curve) return null;
  const series = ["before", "after"].map((when, look) => {
    const { predicted = [], observed = [] } = curve[when] ?? {};
    return { look, xs: predicted, ys: observed, points: true };
  });
  const labels = { xLabel: "said", yLabel: "share that had it", title: `Reliability of ${finding}` };
  const chart = lineChart({ series, diagonal: true, ...labels });
  return make("figure", {}, chart, make("figcaption", { text: RELIABILITY }));
}

/**
 * @param {string} finding
 * @param {Selection | undefined} selection
 * @returns {HTMLElement | null}
 */
function riskFigure(finding, selection) {
  if (!selection) return null;
  const known = selection.risk.flatMap((risk, i) => (risk === null ? [] : [{ risk, at: selection.coverage[i] ?? 0 }]));
  known.reverse();
  const ys = known.map(({ risk }) => risk);
  const chart = lineChart({
    series: [{ look: 0, xs: known.map(({ at }) => at), ys, points: true }],
    range: [0, Math.max(0.1, Math.ceil(10 * Math.max(...ys)) / 10)],
    xLabel: "answered",
    yLabel: "wrong",
    title: `Risk and coverage of ${finding}`,
  });
  const words = `Abstaining: of the ${selection.n} images, how many are answered, and how many of those wrongly.`;
  return make("figure", {}, chart, make("figcaption", { text: words }));
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
    String(isNumber(row.n_positive) && row.n_positive ? row.n_positive : "–"),
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
