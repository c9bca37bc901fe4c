// Input quality: what is unusual about the radiograph, in sentences, and the measures behind them.
import { make } from "../dom.js";

/** @import { Measure, QualityReport } from "../messages.d.ts" */

/**
 * @param {Measure} measure
 * @returns {HTMLTableRowElement}
 */
function row({ measure, words, value, low, high, outside }) {
  const limits = [low, high].map((end) => end.toFixed(2)).join(" to ");
  return make(
    "tr",
    { class: outside ? "outside" : null },
    make("th", { scope: "row", text: measure, title: words }),
    make("td", { text: value.toFixed(2) }),
    make("td", { text: limits }),
    make("td", { text: outside ? "unusual" : "usual" }),
  );
}

export class Quality {
  constructor() {
    this.says = make("ul", { class: "warnings", role: "status" });
    this.fine = make("p", { class: "fine", hidden: true });
    this.body = make("tbody");
    this.table = make(
      "table",
      {},
      make(
        "thead",
        {},
        make("tr", {}, ...["Measure", "Here", "Usual", ""].map((text) => make("th", { scope: "col", text }))),
      ),
      this.body,
    );
    this.details = make("details", {}, make("summary", { text: "Measures" }), this.table);
    this.element = make(
      "section",
      { class: "trust-card", "aria-label": "Input quality" },
      make("h3", { text: "Is the image what the model knows?" }),
      this.says,
      this.fine,
      this.details,
    );
  }

  /**
   * @param {QualityReport | null} quality {whose, data, sentences, rows} or null with a `note` why there is none.
   * @param {string} note
   */
  update(quality, note) {
    this.says.replaceChildren(...(quality?.sentences ?? []).map((text) => make("li", { text })));
    this.fine.hidden = quality !== null && quality.sentences.length > 0;
    this.fine.textContent =
      quality === null ? note : `Nothing unusual, compared with ${quality.whose} (${quality.data}).`;
    this.details.hidden = quality === null;
    this.body.replaceChildren(...(quality?.rows ?? []).map(row));
  }
}
