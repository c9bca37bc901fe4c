// How images are put in order: what cannot be read or assessed, what models are not sure of, and the rest.

/**
 * @import { ModelName, Reason, SortedImage } from "../messages.d.ts"
 */

/**
 * @typedef {object} Wish
 * @property {number} finding by its place
 * @property {string} by the key of the model that decides, or "" for the mean of those that can assess an image
 * @property {number} sure the least probability, of present or absent, with which a model is sure
 */
/** @typedef {"apart" | "unsure" | "sure"} Group */
/**
 * @typedef {object} Judged
 * @property {SortedImage} row
 * @property {Group} group
 * @property {number | null} p what decides; null where there is none
 * @property {Record<string, number | null>} cells each model's probability; null where it cannot assess or predict
 */

export const GROUPS = /** @type {Group[]} */ (["apart", "unsure", "sure"]);

/**
 * A model's probability of a finding, calibrated where that is known; null where it says nothing.
 * @param {SortedImage} row
 * @param {string} key
 * @param {number} finding
 * @returns {number | null}
 */
export function probabilityOf(row, key, finding) {
  const said = row.opinions?.[key];
  return (said?.calibrated ?? said?.raw)?.[finding] ?? null;
}

/**
 * Whether what stands of a model in a list is calibrated for a finding; that depends on the model, not on the image.
 * @param {SortedImage[]} rows
 * @param {string} key
 * @param {number} finding
 * @returns {boolean}
 */
export function isCalibrated(rows, key, finding) {
  return rows.some(({ opinions }) => typeof opinions?.[key]?.calibrated?.[finding] === "number");
}

/**
 * @param {SortedImage} row
 * @param {ModelName[]} models
 * @param {Wish} wish
 * @returns {Judged}
 */
export function judge(row, models, { finding, by, sure }) {
  const cells = Object.fromEntries(models.map(({ key }) => [key, probabilityOf(row, key, finding)]));
  const known = Object.values(cells).filter((value) => value !== null);
  const mean = known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
  const p = by ? (cells[by] ?? null) : mean;
  const group = p === null ? "apart" : Math.max(p, 1 - p) < sure ? "unsure" : "sure";
  return { row, group, p, cells };
}

/**
 * Images in the order of the list: groups one after the other, in each the most probable first, then as they came.
 * @param {SortedImage[]} rows
 * @param {ModelName[]} models
 * @param {Wish} wish
 * @returns {Judged[]}
 */
export function ordered(rows, models, wish) {
  const judged = rows.map((row) => judge(row, models, wish));
  /** @param {Judged} one */
  const rank = (one) => GROUPS.indexOf(one.group);
  /** @param {Judged} one */
  const unread = (one) => (one.row.error ? 0 : 1);
  return judged.sort(
    (a, b) => rank(a) - rank(b) || unread(a) - unread(b) || (b.p ?? 0) - (a.p ?? 0) || a.row.index - b.row.index,
  );
}

const DEMONSTRATION = "demo_weights"; // a reason that is true of most images of a list, in a long sentence
const BRIEF = "Demonstration weights.";

/**
 * What is said once of a list, since it is true of each image that demonstration weights cannot assess.
 * @param {SortedImage[]} rows
 * @returns {string}
 */
export function saidOnce(rows) {
  const reasons = rows.flatMap(({ assessments }) => Object.values(assessments ?? {}).flatMap((one) => one.reasons));
  const text = reasons.find(({ key }) => key === DEMONSTRATION)?.text ?? "";
  return text.replace("this image", "such an image");
}

/**
 * Why an image cannot be read as it is, in words; models of which the same is true are not named.
 * @param {SortedImage} row
 * @param {ModelName[]} models
 * @param {boolean} [brief] whether `saidOnce` stands beside it
 * @returns {string}
 */
export function reasonOf(row, models, brief = false) {
  if (row.error) return row.error;
  const said = models.flatMap(({ key, short }) => {
    const of = row.assessments?.[key]; // none of a model that does not speak where it was read
    return of ? [{ short, of }] : [];
  });
  /** @param {Reason} reason */
  const textOf = ({ key, text }) => (brief && key === DEMONSTRATION ? BRIEF : text);
  const words = said.map(({ of }) => [of.title, ...of.reasons.map(textOf)]);
  const [first] = words;
  if (!first) return "";
  if (words.every((one) => one.join(" ") === first.join(" "))) {
    return said[0].of.state === "readable" ? "" : `${first[0]}. ${first.slice(1).join(" ")}`;
  }
  const others = said.flatMap(({ short, of }, i) =>
    of.state !== "readable" ? [`${short}: ${words[i][0].toLowerCase()}. ${words[i].slice(1).join(" ")}`] : [],
  );
  return others.join(" ").trim();
}
