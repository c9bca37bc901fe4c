// What is said of a finding above the panes, in plain words: from numbers alone, nothing of the page in it.
import { probabilityText } from "../findings.js";

/**
 * What a model says. `says` is whether it calls the finding present.
 * @typedef {object} Opinion
 * @property {string} name
 * @property {number | null} probability null where it does not predict the finding
 * @property {number | null} calibrated null where nobody calibrated it
 * @property {boolean | null} says
 * @property {boolean} assessable
 *
 * Evidence in a region, as evidenceIn gives it.
 * @typedef {{ where: string, share: number, area: number }} Part
 *
 * The evidence of a model of patches for the finding; `without` is the probability without the border.
 * @typedef {{ name: string, parts: Part[], without: number | null }} Evidence
 *
 * How a map fits what was drawn; `hit` is null and `iou` NaN where undefined; `says` as in Opinion.
 * @typedef {{ name: string, model: string, hit: boolean | null, iou: number, says: boolean | null }} Fit
 *
 * @typedef {object} Facts
 * @property {Opinion[]} opinions
 * @property {Evidence | null} evidence null where no model of patches may be spoken of
 * @property {Fit[]} fits
 * @property {string} drawn what maps are compared with; empty where there is nothing
 * @property {string} missing why there is nothing
 */

/** @param {number} share */
const percent = (share) => `${Math.round(100 * share)} %`;

/**
 * @param {string[]} parts
 * @returns {string}
 */
export const listed = (parts) =>
  parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;

/**
 * @param {Opinion} opinion
 * @returns {string}
 */
function opinionWords({ name, probability, calibrated, says, assessable }) {
  if (!assessable) return `${name} cannot assess this image`;
  if (probability === null) return `${name} does not predict it`;
  const after = calibrated === null ? "" : ` (calibrated ${probabilityText(calibrated)})`;
  return `${name} says ${says ? "present" : "absent"}, ${probabilityText(probability)}${after}`;
}

/**
 * @param {Evidence} evidence
 * @returns {string}
 */
function evidenceWords({ name, parts, without }) {
  const left = without === null ? "" : `without the border it says ${probabilityText(without)}`;
  if (!parts.length || Number.isNaN(parts[0].share)) {
    return [`No patch of ${name} supports it`, left].filter(Boolean).join("; ");
  }
  const [first, ...rest] = parts;
  const shares = [
    `${percent(first.share)} lies ${first.where} (${percent(first.area)} of the image)`,
    ...rest.map(({ where, share, area }) => `${percent(share)} ${where} (${percent(area)} of the image)`),
  ];
  return [`Of ${name}'s evidence for it, ${listed(shares)}`, left].filter(Boolean).join("; ");
}

/**
 * @param {Fit} fit
 * @returns {string}
 */
function fitWords({ name, model, hit, iou, says }) {
  const overlap = Number.isNaN(iou) ? "" : ` (IoU ${iou.toFixed(2)} at this threshold)`;
  if (hit === null) return `${name} marks nothing`;
  const denied = hit && says === false ? `, but ${model} says absent` : "";
  return `${name} ${hit ? "hits" : "misses"} it${overlap}${denied}`;
}

/**
 * What is said of a finding, sentence by sentence.
 * @param {Facts} facts
 * @returns {string[]}
 */
export function statement({ opinions, evidence, fits, drawn, missing }) {
  if (!opinions.length) return [];
  if (!opinions.some(({ assessable }) => assessable)) return ["No model can assess this image."];
  const said = [opinions.map(opinionWords).join("; ")];
  if (evidence) said.push(evidenceWords(evidence));
  const compared = fits.length ? `Compared with ${drawn}: ${fits.map(fitWords).join("; ")}` : "";
  if (drawn ? compared : missing) said.push(drawn ? compared : missing);
  return said.map((sentence) => `${sentence[0].toUpperCase()}${sentence.slice(1)}.`);
}

/**
 * Said beside a hit of a map whose model denies the finding; empty everywhere else.
 * @param {boolean | null} hit
 * @param {boolean | null} says
 * @returns {string}
 */
export const denialWords = (hit, says) => (hit && says === false ? "hit, but the model says absent" : "");
