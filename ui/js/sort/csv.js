// The list as CSV, as it is shown.
import { reasonOf } from "./order.js";

/**
 * @import { ModelName } from "../messages.d.ts"
 * @import { Judged, Wish } from "./order.js"
 */

const FORMULA = /^[=+\-@\t\r]/;
const GROUP = { apart: "cannot be read or assessed", unsure: "not sure", sure: "sure" };

/**
 * A cell, quoted where it must be, and never a formula of a spreadsheet.
 * @param {string | number | null | undefined} value
 * @returns {string}
 */
function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(Number(value.toFixed(6)));
  const plain = FORMULA.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/**
 * A row for each image in the order shown, with every model's state and probabilities of the finding.
 * @param {Judged[]} judged
 * @param {ModelName[]} models
 * @param {Wish & { name: string, label(index: number): string }} about the order, the finding's name, images' names
 * @returns {string}
 */
export function csvOf(judged, models, { finding, by, sure, name, label }) {
  const own = models.flatMap(({ key }) => [`${key} state`, `${key} raw`, `${key} calibrated`]);
  const heads = ["place", "image", "finding", "group", "ordered by", "sure from", "value", ...own, "reason", "warning"];
  const rows = judged.map(({ row, group, p }, place) => {
    const said = models.flatMap(({ key }) => {
      const opinion = row.opinions?.[key];
      return [row.assessments?.[key]?.state ?? "", opinion?.raw[finding], opinion?.calibrated?.[finding]];
    });
    const order = [place + 1, label(row.index), name, GROUP[group], by || "mean of the models", sure, p];
    return [...order, ...said, reasonOf(row, models).replaceAll("`", ""), "Research use. Not for diagnosis."];
  });
  return [heads, ...rows].map((one) => `${one.map(cell).join(",")}\r\n`).join("");
}
