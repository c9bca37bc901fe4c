// Whether what a model says of the open case can be read: the server's verdict, and what follows from it on the page.

/**
 * @import { Assessment } from "./messages.d.ts"
 * @import { Content } from "./types.d.ts"
 */

const NOT_ASSESSABLE = "not_assessable";
/** @type {Assessment["state"][]} */
const FROM_BEST = ["readable", "caution", NOT_ASSESSABLE];

/**
 * What is said of a model reading the open case; null until the models are loaded.
 * @param {Content} content
 * @param {string} modelKey
 * @returns {Assessment | null}
 */
export function assessmentOf(content, modelKey) {
  return content.assessments?.[modelKey] ?? null;
}

/**
 * Whether numbers and verdicts of a model may be shown: not while the open case is not assessable for it, unless the
 * visitor wants to see them anyway, for this case alone.
 * @param {{ content: Content, insisted: Set<string> }} viewer
 * @param {string} modelKey
 * @returns {boolean}
 */
export function mayShow({ content, insisted }, modelKey) {
  return isAssessable(content, modelKey) || insisted.has(content.case?.key ?? "");
}

/**
 * Whether anything may be said about a model's output, whatever the visitor wants to see.
 * @param {Content} content
 * @param {string} modelKey
 * @returns {boolean}
 */
export function isAssessable(content, modelKey) {
  return assessmentOf(content, modelKey)?.state !== NOT_ASSESSABLE;
}

/**
 * The probabilities that may be shown, by model.
 * @param {{ content: Content, insisted: Set<string> }} viewer
 * @returns {Record<string, (number | null)[]>}
 */
export function shownProbabilities(viewer) {
  const all = Object.entries(viewer.content.probabilities ?? {});
  return Object.fromEntries(all.filter(([key]) => mayShow(viewer, key)));
}

/**
 * Why probabilities that models gave are not shown; "" where all are.
 * @param {{ content: Content, insisted: Set<string>, blind: boolean }} viewer
 * @returns {string}
 */
export function silenceOf(viewer) {
  if (viewer.blind) return "What models say is shown once your reading is recorded.";
  const { models = [] } = viewer.content;
  const silent = models.filter(({ key }) => !mayShow(viewer, key));
  if (!silent.length) return "";
  const whose = silent.length < models.length ? silent.map(({ short }) => short).join(" and ") : "The models";
  return `${whose} cannot assess this image, so no probabilities stand here.`;
}

/**
 * A state that is not "Can be read", and why, in one line.
 * @param {Assessment} assessment
 * @returns {string}
 */
export function sentenceOf({ title, reasons }) {
  const words = reasons.map(({ text }) => text).join(" ");
  return (words ? `${title}: ${words}` : `${title}.`).replaceAll("`", "");
}

/**
 * One assessment and the models of which it is true.
 * @typedef {{ assessment: Assessment, models: string[] }} Verdict
 */

/**
 * The assessments of the open case that are not "Can be read", the worst first; models of which the same is true stand
 * together.
 * @param {Record<string, Assessment>} assessments
 * @param {{ key: string, label: string }[]} models
 * @returns {Verdict[]}
 */
export function verdictsOf(assessments, models) {
  /** @type {Map<string, Verdict>} */
  const found = new Map();
  for (const { key, label } of models) {
    const assessment = assessments[key];
    if (!assessment || assessment.state === "readable") continue;
    const same = JSON.stringify(assessment);
    found.set(same, { assessment, models: [...(found.get(same)?.models ?? []), label] });
  }
  /** @param {Verdict} verdict */
  const rank = ({ assessment }) => FROM_BEST.indexOf(assessment.state);
  return [...found.values()].sort((a, b) => rank(b) - rank(a));
}
