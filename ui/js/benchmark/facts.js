// What is to be said of the cohort that is shown: its cases, its weights, how its maps were made, what was left out.
import { isObject, make } from "../dom.js";
import { patientsOf } from "./patients.js";
import { truthWords } from "./readers.js";

/**
 * @import { ShownCohort } from "../messages.d.ts"
 * @import { Edges, PackedAbout } from "../types.d.ts"
 */

const SHORT = 8; // characters of a fingerprint
const PLAIN = "Both rules are the same on the plain grid, with which these maps were made";
const OTHER = "The cached maps were made with the other rule; give a cache made with this one";

/**
 * Weights that cached maps name: the model's key, whose they are in words, and their fingerprint.
 * @typedef {{ model: string, words: string, sha256: string }} Weights
 */

/**
 * The edge rule that the cached maps were made with, and why the other is not there.
 * @param {PackedAbout} about
 * @returns {Edges}
 */
export function edgesOf({ weights }) {
  /** @type {unknown[]} */
  const all = Object.values(weights).flatMap(({ parameters }) => parameters.map((text) => JSON.parse(text)));
  const parameters = all.filter(isObject).filter((one) => "edge" in one);
  const plain = parameters.every((one) => one.shift_steps === 1);
  return { rule: String(parameters[0]?.edge ?? "paper"), reason: plain ? PLAIN : OTHER };
}

/**
 * The weights that the cached maps name, each once.
 * @param {PackedAbout} about
 * @param {ShownCohort} cohort
 * @returns {Weights[]}
 */
function weightsOf({ weights }, { rows }) {
  const all = Object.entries(weights).flatMap(([name, { sha256 }]) => {
    const { label, model, model_label: words } = rows[name];
    return sha256.map((one) => ({ model, words: words || label, sha256: one }));
  });
  return [...new Map(all.map((one) => [`${one.words} ${one.sha256}`, one])).values()];
}

/**
 * Cases, masks and weights in a line.
 * @param {PackedAbout} about
 * @param {ShownCohort} cohort
 * @param {number} masks
 * @returns {string}
 */
export function factsOf(about, cohort, masks) {
  const patients = new Set(patientsOf(about.cases, about.patients)).size;
  const cached = weightsOf(about, cohort).map(({ words, sha256 }) => `${words} ${sha256.slice(0, SHORT)}`);
  const kind = about.phantom ? "simulated, no patients: " : "";
  const who = `${patients} ${about.phantom ? "simulated patients" : "patients"}`;
  const cases = `${kind}${about.cases.length} cases of ${who}, ${masks} masks`;
  const truth = about.readers ? ` Truth: ${truthWords(about.readers.chosen)}.` : "";
  return `${about.label}: ${cases}.${truth} Weights ${cached.join(", ")}.`;
}

/**
 * What a dataset says of its marks: what labels were taken for, what was left out.
 * @param {PackedAbout} about
 * @returns {Element[]}
 */
export function saidOf({ truth }) {
  if (!truth.length) return [];
  const list = make("ul", {}, ...truth.map((text) => make("li", { text })));
  return [make("details", { class: "said" }, make("summary", { text: "What the dataset says of its marks" }), list)];
}

/**
 * What a reader must know: maps that were made with other weights than those in use, and what could not be used.
 * @param {PackedAbout} about
 * @param {ShownCohort} cohort
 * @returns {string[]}
 */
export function warningsOf(about, cohort) {
  const active = cohort.active ?? {};
  const others = weightsOf(about, cohort).filter(({ model, sha256 }) => active[model] && active[model] !== sha256);
  const sentences = others.map(({ model, words, sha256 }) => {
    const mine = `(${sha256.slice(0, SHORT)})`;
    const used = `(${active[model].slice(0, SHORT)})`;
    const made = `These maps were made with other weights of ${words} ${mine} than those in use here ${used}`;
    return `${made}: Explore shows other maps than the ones scored here.`;
  });
  const { problems } = about;
  const first = problems[0]?.[2];
  return first ? [...sentences, `${problems.length} maps or masks could not be used; the first: ${first}`] : sentences;
}
