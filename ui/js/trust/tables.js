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
 * A table whose rows begin with what they are about; it scrolls where there is little room.
 * @param {string[]} head
 * @param {string[][]} rows
 * @param {string} [label]
 * @returns {HTMLDivElement}
 */
export function table(head, rows, label = head[0]) {
  /** @param {string[]} texts */
  const cells = (texts) => texts.map((text, i) => make(i ? "td" : "th", { scope: i ? null : "row", text }));
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": label },
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells(row)))),
    ),
  );
}
