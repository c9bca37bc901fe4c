// Tables of numbers.
import { make } from "../dom.js";

/**
 * @param {number | null | undefined} value
 * @param {number} [digits]
 * @returns {string}
 */
export function number(value, digits = 3) {
  return value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−");
}

/**
 * Which columns of a table say something in some row; the first says what the rows are about.
 * @param {string[][]} rows
 * @param {number} width
 * @returns {number[]}
 */
export function saidColumns(rows, width) {
  const all = Array.from({ length: width }, (_, i) => i);
  return all.filter((i) => i === 0 || rows.some((row) => row[i] && row[i] !== "–"));
}

/**
 * A table whose rows begin with what they are about; it scrolls where there is little room. Columns in which no row
 * says anything are left out; where none is left, a sentence stands there.
 * @param {string[]} head
 * @param {string[][]} rows
 * @param {string} [label]
 * @returns {HTMLDivElement}
 */
export function table(head, rows, label = head[0]) {
  const said = saidColumns(rows, head.length);
  if (said.length < 2) {
    return make("div", {}, make("p", { class: "note", text: `${label}: nothing could be measured.` }));
  }
  /** @param {string[]} texts */
  const cells = (texts) => said.map((i) => make(i ? "td" : "th", { scope: i ? null : "row", text: texts[i] }));
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": label },
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ...said.map((i) => make("th", { scope: "col", text: head[i] })))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells(row)))),
    ),
  );
}
