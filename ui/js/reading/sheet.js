// What a reader says of a case, finding by finding, and how it compares with models and label.
import { isList, isNumber, isObject } from "../dom.js";

/**
 * @typedef {"present" | "absent" | "unsure"} Answer
 *
 * What a model said of the case when the reading was recorded; `state` and `title` are of its assessment.
 * @typedef {object} Said
 * @property {string} key
 * @property {string} label
 * @property {(number | null)[]} values probabilities by finding, null where it does not predict one
 * @property {string} state
 * @property {string} title
 * @property {string} [why] the assessment's reasons, in words
 * @property {boolean} [anyway] whether the reader has its numbers shown although it cannot assess the case
 *
 * A case as one reader reads it; `answers` and `confidence` (1 to 5) are by finding, null where there is none.
 * @typedef {object} Sheet
 * @property {string} title
 * @property {(Answer | null)[]} answers
 * @property {(number | null)[]} confidence
 * @property {number} spent seconds so far, of all visits to the case
 * @property {number | null} seconds that it took; null until it is recorded
 * @property {boolean} blind whether nothing that was said of the case was shown before it was recorded
 * @property {Said[]} said
 * @property {(number | null)[]} labels
 */

export const CONFIDENCES = [1, 2, 3, 4, 5];
/** @type {Record<Answer, string>} */
export const ANSWERS = { present: "Present", absent: "Absent", unsure: "Not sure" };
export const NOT_ASSESSABLE = "not_assessable";
const WARNING = "Research tool. Not for diagnosis.";
export const MOST_TEXT = 300;
const [MOST_SHEETS, MOST_MODELS] = [5000, 100];
const PRESENT_FROM = 0.5;

/**
 * An empty sheet.
 * @param {string} title
 * @param {number} findings
 * @returns {Sheet}
 */
export function newSheet(title, findings) {
  const none = () => Array.from({ length: findings }, () => null);
  const unread = { answers: none(), confidence: none(), spent: 0, seconds: null, blind: true };
  return { title, ...unread, said: [], labels: none() };
}

/**
 * How many findings are answered.
 * @param {Sheet} sheet
 * @returns {number}
 */
export const answered = ({ answers }) => answers.filter(Boolean).length;

/**
 * How the reader's answer compares with another opinion, in words; empty where there is nothing to compare.
 * @param {Answer | null} answer
 * @param {boolean | null} present what the other says; null where it says nothing
 * @returns {string}
 */
export function agreement(answer, present) {
  if (answer === null || answer === "unsure" || present === null) return "";
  return (answer === "present") === present ? "agrees with you" : "differs from you";
}

/**
 * What a model's probability says of a finding.
 * @param {number | null} probability
 * @returns {boolean | null}
 */
export const saysPresent = (probability) => (probability === null ? null : probability >= PRESENT_FROM);

/**
 * What a label says.
 * @param {number | null} label
 * @returns {boolean | null}
 */
export const labelPresent = (label) => (label === null ? null : label === 1);

/**
 * One field of a CSV file: quoted where it has to be, and never a formula.
 * @param {string | number} value
 * @returns {string}
 */
function field(value) {
  const text = /^[=+\-@\t\r]/.test(String(value)) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * What a model says of a case as far as it may be told: nothing where it cannot assess it, unless that was asked for.
 * @param {Said} said
 * @returns {(number | null)[]}
 */
export function spokenOf({ values, state, anyway = false }) {
  return state === NOT_ASSESSABLE && !anyway ? values.map(() => null) : values;
}

/** @param {Said} said */
function assessmentWords({ title, why = "", anyway = false }) {
  return [`${title}${anyway ? ", shown anyway" : ""}`, why].filter(Boolean).join(": ");
}

/**
 * Recorded sheets as CSV: a line for each case and finding; what nobody said is empty. The columns of models are those
 * of all that spoke about any of the cases.
 * @param {Sheet[]} sheets
 * @param {string[]} findings
 * @returns {string}
 */
export function asCsv(sheets, findings) {
  const models = [...new Map(sheets.flatMap(({ said }) => said.map(({ key, label }) => [key, label])))];
  const columns = models.flatMap(([, label]) => [`${label}: probability`, `${label}: assessment`]);
  const head = ["case", "finding", "reader", "confidence", "seconds", "blind", ...columns, "label", "warning"];
  /**
   * @param {Sheet} sheet
   * @param {string} finding
   * @param {number} i
   */
  const row = ({ title, answers, confidence, seconds, blind, said, labels }, finding, i) => {
    const spoken = models.flatMap(([key]) => {
      const one = said.find((other) => other.key === key);
      return one ? [spokenOf(one)[i] ?? "", assessmentWords(one)] : ["", ""];
    });
    const label = { 0: "absent", 1: "present" }[String(labels[i])] ?? "";
    const how = [confidence[i] ?? "", (seconds ?? 0).toFixed(1), blind ? "yes" : "no"];
    return [title, finding, answers[i] ?? "", ...how, ...spoken, label, WARNING];
  };
  const recorded = sheets.filter(({ seconds }) => seconds !== null);
  const rows = recorded.flatMap((sheet) => findings.map((finding, i) => row(sheet, finding, i)));
  return [head, ...rows].map((cells) => `${cells.map(field).join(",")}\n`).join("");
}

/**
 * @param {unknown} text
 * @returns {text is string}
 */
const isText = (text) => typeof text === "string" && text.length <= MOST_TEXT;

/**
 * @param {unknown} list
 * @param {number} length
 * @param {(value: unknown) => boolean} known
 */
const isListOf = (list, length, known) =>
  isList(list) && list.length === length && list.every((value) => value === null || known(value));

/**
 * @param {unknown} said
 * @param {number} findings
 */
function isSaid(said, findings) {
  if (!isObject(said)) return false;
  const { key, label, values, state, title, why = "", anyway = false } = said;
  const probabilities = isListOf(values, findings, (p) => isNumber(p) && p >= 0 && p <= 1);
  return [key, label, state, title, why].every(isText) && probabilities && typeof anyway === "boolean";
}

/**
 * @param {unknown} sheet
 * @param {number} findings
 * @returns {sheet is Sheet}
 */
function isSheet(sheet, findings) {
  if (!isObject(sheet)) return false;
  const { title, answers, confidence, seconds, said, labels } = sheet;
  return (
    isText(title) &&
    isListOf(answers, findings, (answer) => typeof answer === "string" && Object.hasOwn(ANSWERS, answer)) &&
    isListOf(confidence, findings, (value) => CONFIDENCES.some((one) => one === value)) &&
    isListOf(labels, findings, (label) => label === 0 || label === 1) &&
    (seconds === null || (isNumber(seconds) && seconds >= 0)) &&
    isList(said) &&
    said.length <= MOST_MODELS &&
    said.every((one) => isSaid(one, findings))
  );
}

/**
 * Sheets by case out of a saved session; what is damaged is left out, and only what says so was read blind.
 * @param {unknown} state
 * @param {number} findings
 * @returns {[string, Sheet][]}
 */
export function readSheets(state, findings) {
  const all = isObject(state) ? Object.entries(state).slice(0, MOST_SHEETS) : [];
  return all.flatMap(([key, sheet]) => {
    if (!isSheet(sheet, findings)) return [];
    const spent = isNumber(sheet.spent) && sheet.spent >= 0 ? sheet.spent : 0;
    return [/** @type {const} */ ([key, { ...sheet, spent, blind: sheet.blind === true }])];
  });
}
