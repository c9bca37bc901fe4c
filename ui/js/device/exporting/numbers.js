// Exports for machines, JSON and CSV, with the same content, names and order as ui/exports/numbers.py.
import { fileStem } from "../../files/names.js";
import { LEVELS } from "../../maps.js";
import { area } from "../../scores.js";
import { SIZE } from "../../view.js";
import { numberOf } from "./laid.js";
import { runsOf, written } from "./runs.js";

/** @import { Report, ShownMap } from "./report.js" */

export const PROGRAM = "MedicalPatchNet Explorer";
export const WARNING = "Research tool. Not for diagnosis.";
const METRICS = /** @type {const} */ (["iou", "dice", "precision", "recall", "hit"]);
const COLUMNS = [
  ...["case", "method", "finding", "reference", "reference_form", "model", "weights_sha256", "label", "probability"],
  ...["logit", "threshold_share", "cut", "marked_pixels", "mask_pixels", ...METRICS, "reason", "assessment"],
  ...["assessment_reasons", "orientation", "withheld", "warning"],
];
const WITHHELD = "Not assessable, so logits and probabilities are left out; “Show anyway” on the page writes them.";
const ANYWAY = "Not assessable: logits and probabilities mean nothing, and stand here since “Show anyway” was chosen.";
const FORMULA = /^[=+\-@\t\r]/;

/** @typedef {string | number | null | undefined} Cell */

/**
 * Everything needed to make the same again, but for the maps.
 * @param {Report} report
 * @param {Date} date
 * @returns {Record<string, unknown>}
 */
export function factsOf(report, date) {
  const { state, opened } = report;
  const patchesTold = report.patchModel !== null && report.tells(report.patchModel);
  const [patches, kept] = patchesTold ? [report.patches, report.keptProbabilities] : [null, null];
  const item = report.case;
  const { source_label, phantom, facts, size, geometry, labels, warnings } = item;
  return {
    program: PROGRAM,
    warning: WARNING,
    date: `${date.toISOString().slice(0, 19)}+00:00`,
    case: {
      id: item.id ?? fileStem(item),
      title: item.title,
      ...{ source_label, phantom, facts, size, geometry, labels, warnings },
    },
    orientation: orientationOf(item.orientation, item.laid),
    models: opened.models.map(({ key, label, id, origin, weights_sha256, backend, precision }) => ({
      ...{ key, label, id, origin, weights_sha256, backend, precision },
    })),
    assessments: opened.content.assessments,
    statement: state.statement,
    settings: settingsOf(report),
    truth: report.truthFacts(state.finding),
    withheld: Object.fromEntries(
      Object.keys(report.probabilities)
        .map((key) => [key, withheldOf(report, key)])
        .filter(([, words]) => words),
    ),
    logits: mapped(report.probabilities, (_, key) => toldOf(report, key, opened.logits[key])),
    probabilities: mapped(report.probabilities, (values, key) => toldOf(report, key, values)),
    patch_model: report.patchModel,
    patch_logits: patches && patches.map((row) => row.map(numberOf)),
    probabilities_without_switched_off: kept && byFinding(report, kept),
    methods: Object.fromEntries(report.panes.map((pane) => [pane.name, methodOf(pane, report)])),
    regions: opened.content.regions,
    floors: Object.fromEntries(report.floors.map((one) => [one.name, { note: one.note, ...cutOf(one, report) }])),
    gaze: null,
    annotations: state.annotations.map(({ name, finding, polygons }, i) => {
      const mask = { size: [SIZE, SIZE], counts: written(runsOf(report.drawings[i].mask, SIZE, SIZE)) };
      return { name, finding, polygons, mask };
    }),
    agreement: report.agreements(),
  };
}

/**
 * @param {string} code mirrored first, then turned: see data_cache/orientation.py
 * @param {string} words
 */
function orientationOf(code, words) {
  return {
    code,
    flipped: code.includes("f"),
    quarter_turns_clockwise: Number(code[0] ?? 0),
    inverted: code.includes("i"),
    words,
  };
}

/**
 * The viewer's state in the order of ui/exports/request.py, but for drawings and the statement.
 * @param {Report} report
 */
function settingsOf({ state }) {
  const { finding, methods, threshold, threshold_mode, levels, limits, opacity, hide, palette, settings } = state;
  const { switched_off, patch_model, floors, truth, hidden_readers } = state;
  const { level, width, invert, offer } = state.window;
  const { reader, start, end, part } = state.gaze;
  return {
    ...{ finding, methods, threshold, threshold_mode, levels, limits, opacity, hide },
    window: { level, width, invert, offer },
    ...{ palette, switched_off, patch_model, floors, truth, hidden_readers },
    gaze: { reader, start, end, part },
    shown_anyway: state.shown_anyway,
    settings,
  };
}

/**
 * @param {ShownMap} pane
 * @param {Report} report
 */
function methodOf(pane, report) {
  const { method, model, parameters, shape } = /** @type {NonNullable<ShownMap["map"]>} */ (pane.map);
  return { method, model, parameters, shape, ...cutOf(pane, report) };
}

/**
 * @param {ShownMap} one
 * @param {Report} report
 */
function cutOf(one, report) {
  const references = [...report.references(report.state.finding)];
  return {
    level: one.level,
    cut: one.laid.cut(one.level),
    scores: Object.fromEntries(references.map(([name, mask]) => [name, one.scores(mask)])),
    undefined: Object.fromEntries(references.map(([name, mask]) => [name, one.laid.whyUndefined(one.level, mask)])),
  };
}

/**
 * @template V, W
 * @param {Record<string, V>} values
 * @param {(value: V, key: string) => W} made
 * @returns {Record<string, W>}
 */
function mapped(values, made) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, made(value, key)]));
}

/**
 * @param {Report} report
 * @param {ArrayLike<number | null>} values
 * @returns {Record<string, number | null>}
 */
function byFinding({ opened }, values) {
  return Object.fromEntries(opened.findings.map((finding, i) => [finding, numberOf(values[i])]));
}

/**
 * The same of a model; null where it cannot assess the image.
 * @param {Report} report
 * @param {string} key
 * @param {ArrayLike<number | null>} values
 */
function toldOf(report, key, values) {
  return report.tells(key) ? byFinding(report, values) : null;
}

/**
 * Why a model's numbers are left out, or that they stand there although they mean nothing; "" where they may.
 * @param {Report} report
 * @param {string} key
 * @returns {string}
 */
function withheldOf(report, key) {
  if (report.assessable(key)) return "";
  return report.tells(key) ? ANYWAY : WITHHELD;
}

/**
 * A row for each shown map, finding and reference; a finding without any has a row without scores.
 * @param {Report} report
 * @returns {string} with a byte order mark, as spreadsheets want it
 */
export function csvOf(report) {
  const { state, opened } = report;
  const rows = state.methods.flatMap((name) => opened.findings.flatMap((finding) => paneRows(report, name, finding)));
  const floors = Object.keys(state.floors).flatMap((name) =>
    opened.findings.flatMap((finding) => floorRows(report, name, finding)),
  );
  return `\ufeff${[COLUMNS, ...rows, ...floors].map((row) => `${row.map(cellOf).join(",")}\r\n`).join("")}`;
}

/**
 * @param {Report} report
 * @param {string} name
 * @param {string} finding
 * @returns {Cell[][]}
 */
function paneRows(report, name, finding) {
  const pane = report.pane(name, finding);
  const key = pane.map?.model ?? "";
  const at = report.opened.findings.indexOf(finding);
  const model = report.model(key);
  const told = report.tells(key);
  const said = told ? [report.probabilities[key]?.[at], numberOf(report.opened.logits[key]?.[at])] : [null, null];
  return scoredRows(report, pane, finding, [
    ...[model?.id, model?.weights_sha256, report.case.labels[finding]],
    ...said,
  ]);
}

/**
 * The same of a map that is of no model.
 * @param {Report} report
 * @param {string} name
 * @param {string} finding
 * @returns {Cell[][]}
 */
function floorRows(report, name, finding) {
  const floor = report.floor(name, finding);
  return floor ? scoredRows(report, floor, finding, ["", "", report.case.labels[finding], null, null]) : [];
}

/**
 * A row for each reference of a finding.
 * @param {Report} report
 * @param {ShownMap} shown
 * @param {string} finding
 * @param {Cell[]} known what there is to say of the model
 * @returns {Cell[][]}
 */
function scoredRows(report, shown, finding, known) {
  const { laid, level } = shown;
  const marked = area(laid.region(level));
  /** @type {[string, Uint8Array | null][]} */
  const references = [...report.references(finding)];
  const assessed = shown.map && report.opened.content.assessments[shown.map.model];
  const judged = assessed ? [assessed.state, assessed.reasons.map(({ key }) => key).join(" ")] : ["", ""];
  return (references.length ? references : [/** @type {[string, null]} */ (["", null])]).map(([name, mask]) => {
    const scores = mask && shown.scores(mask);
    const withheld = shown.map ? withheldOf(report, shown.map.model) : "";
    const form = name === report.truthName ? report.form(finding) : "";
    return [
      ...[report.case.title, shown.name, finding, name, form, ...known],
      ...[level / LEVELS, laid.cut(level), marked, mask && area(mask)],
      ...METRICS.map((metric) => scores && scores[metric]),
      ...[laid.whyUndefined(level, mask), ...judged, report.case.laid, withheld, WARNING],
    ];
  });
}

/**
 * A cell that no spreadsheet takes for a formula: names come from visitors.
 * @param {Cell} value
 * @returns {string}
 */
function cellOf(value) {
  if (value === null || value === undefined) return "";
  const plain = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
