// The numbers below a pane: one row for each mask that the map is compared with.
import { make, setText } from "./dom.js";
import { remember } from "./remember.js";

/**
 * @import { Reference } from "./scores.js"
 * @import { Scores } from "./types.d.ts"
 */

/** @type {[keyof Scores, string, string][]} */
const COLUMNS = [
  ["iou", "IoU", "Overlap divided by union"],
  ["dice", "Dice", "Twice the overlap, divided by the sum of both areas"],
  ["precision", "Prec.", "Precision: share of the marked region that lies inside the mask"],
  ["recall", "Recall", "Share of the mask that is marked"],
  ["hit", "Hit", "Whether the map's maximum lies inside the mask"],
];

/**
 * A score as text: a number, or whether there was a hit.
 * @param {number | boolean | null} score
 * @returns {string}
 */
function textOf(score) {
  if (typeof score === "boolean") return score ? "yes" : "no";
  return score === null || Number.isNaN(score) ? "–" : score.toFixed(2).replace(/^0/, "");
}

export class ScoreTable {
  /** @type {Map<string, ReturnType<ScoreTable["makeRow"]>>} */
  rows = new Map();
  body = make("tbody");

  /** @param {string} label */
  constructor(label) {
    const heads = COLUMNS.map(([, text, title]) => make("th", { scope: "col", text, title }));
    this.element = make(
      "table",
      { class: "scores", "aria-label": `Scores of ${label}` },
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          make("th", { scope: "col" }, make("span", { class: "sr-only", text: "Compared with" })),
          ...heads,
        ),
      ),
      this.body,
    );
  }

  /**
   * Show one more reference, or none of this key any more.
   * @param {string} key
   * @param {Reference | undefined} reference
   */
  set(key, reference) {
    if (!reference) {
      this.rows.get(key)?.element.remove();
      return void this.rows.delete(key);
    }
    const row = remember(this.rows, key, () => this.makeRow(key, reference));
    row.reference = reference;
    row.head.textContent = reference.label;
  }

  /**
   * @param {string} key
   * @param {Reference} reference
   */
  makeRow(key, reference) {
    const head = make("th", { scope: "row" });
    const cells = COLUMNS.map(() => make("td"));
    const none = make("td", { class: "none", colspan: COLUMNS.length, hidden: true });
    const element = make("tr", { "data-reference": key }, head, ...cells, none);
    this.body.append(element);
    return { head, cells, none, element, reference };
  }

  /**
   * Show the numbers of each row, or why there are none; nothing where no row has any, since the pane says why.
   * @param {Uint32Array} above numbers of pixels by level
   * @param {number} level
   * @param {string} blank why all is undefined, or "".
   */
  show(above, level, blank) {
    let any = false;
    for (const row of this.rows.values()) {
      const scores = blank ? null : row.reference.at(above, level);
      any ||= scores !== null;
      COLUMNS.forEach(([key], i) => {
        setText(row.cells[i], scores ? textOf(scores[key]) : "");
        row.cells[i].hidden = !scores;
      });
      row.none.hidden = scores !== null;
      setText(row.none, scores ? "" : blank || row.reference.reason || "no map yet");
    }
    this.element.hidden = !any;
  }
}
