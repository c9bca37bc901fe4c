// The numbers below a pane: one row for each mask that the map is compared with.
import { make } from "./dom.js";

const COLUMNS = [
  ["iou", "IoU", "Overlap divided by union"],
  ["dice", "Dice", "Twice the overlap, divided by the sum of both areas"],
  ["precision", "Prec.", "Precision: share of the marked region that lies inside the mask"],
  ["recall", "Recall", "Share of the mask that is marked"],
  ["hit", "Hit", "Whether the map's maximum lies inside the mask"],
];
const HIT = { true: "yes", false: "no", null: "–" };
const number = (value) => (Number.isNaN(value) ? "–" : value.toFixed(2).replace(/^0/, ""));

export class ScoreTable {
  constructor(label) {
    this.rows = new Map();
    this.body = make("tbody");
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

  /** Show one more reference, or none of this key any more. */
  set(key, reference) {
    if (!reference) {
      this.rows.get(key)?.element.remove();
      return void this.rows.delete(key);
    }
    if (!this.rows.has(key)) this.rows.set(key, this.makeRow(key));
    const row = this.rows.get(key);
    row.reference = reference;
    row.head.textContent = reference.label;
  }

  makeRow(key) {
    const head = make("th", { scope: "row" });
    const cells = COLUMNS.map(() => make("td"));
    const element = make("tr", { "data-reference": key }, head, ...cells);
    this.body.append(element);
    return { head, cells, element };
  }

  /** @param above numbers of pixels by level; @param blank why all is undefined, or "". */
  show(above, level, blank) {
    for (const { reference, cells, element } of this.rows.values()) {
      const scores = blank ? null : reference.at(above, level);
      const why = blank || reference.reason || (scores ? "" : "no map yet");
      COLUMNS.forEach(([key], i) => {
        const text = scores ? (key === "hit" ? HIT[scores.hit] : number(scores[key])) : "–";
        if (cells[i].textContent !== text) cells[i].textContent = text;
      });
      element.title = scores ? "" : why;
    }
  }
}
