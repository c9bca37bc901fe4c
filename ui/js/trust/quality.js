// Whether what the models say of the open case can be read, and the measures of the image beside the usual ones.
import { verdictsOf } from "../assessment.js";
import { partOf } from "../banner.js";
import { make } from "../dom.js";

/** @import { Assessed, Measure } from "../messages.d.ts" */

const READABLE = "Can be read: nothing unusual about the image was found.";

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
    this.says = make("div", { class: "verdicts", role: "status" });
    this.note = make("p", { class: "note" });
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
    this.details = make("details", {}, make("summary", { text: "Measures" }), this.note, this.table);
    this.element = make(
      "section",
      { class: "trust-card", "aria-label": "Assessment" },
      make("h3", { text: "Can the models read this image?" }),
      this.says,
      this.details,
    );
  }

  /**
   * The same verdicts as above the panes; with the measures it says whose the usual ones are, or that nobody knows.
   * @param {Assessed | null} assessed
   */
  update(assessed) {
    const models = assessed?.opinions ?? [];
    const verdicts = verdictsOf(assessed?.assessments ?? {}, models);
    const parts = verdicts.map((verdict) => partOf(verdict, verdict.models.length < models.length));
    if (!parts.length && models.length) parts.push(make("p", { class: "fine", text: READABLE }));
    this.says.replaceChildren(...parts);
    const quality = assessed?.quality ?? null;
    this.details.hidden = !assessed;
    this.table.hidden = !quality;
    this.note.textContent = quality
      ? `“Usual” means ${quality.whose} (${quality.data}).`
      : (assessed?.quality_note ?? "").replaceAll("`", "");
    this.body.replaceChildren(...(quality?.rows ?? []).map(row));
  }
}
