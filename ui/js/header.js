// What the page says in words: which case, what was cut off, warnings and errors, which models are speaking.
import { make, withCode } from "./dom.js";

/** @import { CaseFacts, Speaker } from "./messages.d.ts" */

const HERE = "computed on this device";

export class Header {
  title = make("h2", { class: "case-id", text: "No case open" });
  badges = make("span", { class: "badges" });
  facts = make("p", { class: "facts" });
  reading = make("p", { class: "reading" });
  waiting = make("p", { class: "waiting", role: "status" });
  warnings = make("ul", { class: "warnings" });
  alert = make("div", { class: "alert", role: "alert" });
  element = make(
    "header",
    { class: "case" },
    this.alert,
    this.waiting,
    make("div", { class: "line" }, this.title, this.badges, this.facts),
    this.reading,
    this.warnings,
  );

  /** @param {CaseFacts} item */
  showCase(item) {
    this.title.textContent = this.title.title = item.title;
    this.badges.replaceChildren(
      make("span", { class: "badge", text: item.source_label }),
      ...(item.computed_on === "device" ? [make("span", { class: "badge here", text: HERE })] : []),
      ...(item.phantom ? [make("span", { class: "badge phantom", text: "PHANTOM: simulated, no patient" })] : []),
    );
    this.facts.textContent = this.facts.title = item.facts; // in a low window it may be cut off
    this.warnings.replaceChildren(...item.warnings.map((text) => make("li", { text })));
  }

  /**
   * The chosen finding, its label and whose weights speak of it; what they say follows (js/statement.js).
   * @param {string} finding
   * @param {string} label
   * @param {string[]} origins of weights
   */
  showReading(finding, label, origins) {
    this.reading.replaceChildren(
      make("strong", { text: finding }),
      make("span", { text: label }),
      ...origins.map((origin) => make("small", { class: `badge ${origin}`, text: `${origin} weights` })),
    );
  }

  /**
   * Say for whom or what a request waits; "" for none.
   * @param {string} text
   */
  showWaiting(text) {
    if (this.waiting.textContent !== text) this.waiting.textContent = text; // the same words are not read out again
  }

  /** @param {string} text */
  showError(text) {
    if (!text) {
      this.alert.replaceChildren();
      return;
    }
    const close = make("button", {
      type: "button",
      "aria-label": "Dismiss",
      text: "×",
      on: { click: () => this.showError("") },
    });
    this.alert.replaceChildren(make("span", { text }), close);
    this.alert.scrollIntoView({ block: "nearest" });
  }
}

/** The models: one row each, with whose weights they are and what their probabilities are of. */
export class ModelNotes {
  constructor() {
    this.list = make("dl");
    this.element = make(
      "section",
      { class: "models", "aria-label": "Models" },
      make("h2", { text: "Models" }),
      this.list,
    );
  }

  /** @param {Speaker[]} models */
  update(models) {
    this.list.replaceChildren(...models.flatMap((model) => noteOf(model)));
  }
}

const MASKS = "Trained on masks of findings, too: an upper comparator, and no rival of models that were not.";

/**
 * A model and what is said of it.
 * @param {Speaker} model
 * @returns {HTMLElement[]}
 */
function noteOf({ key, label, shown_masks: masks, origin, note, facts, provenance, head, teacher }) {
  const badge = make("span", { class: `badge ${origin}`, text: `${origin} weights` });
  return [
    make("dt", { "data-model": key }, make("span", { text: label }), badge),
    make(
      "dd",
      {},
      make("span", {}, ...withCode(note)),
      provenanceOf(provenance),
      masks ? make("span", { text: MASKS }) : null,
      head ? make("span", { text: head }) : null,
      teacher ? make("span", { text: `Taught by ${teacher.label}, weights ${teacher.weights.slice(0, 8)}.` }) : null,
      make("small", { text: facts }),
    ),
  ];
}

/**
 * @param {Record<string, string>} provenance words by heading
 * @returns {HTMLElement | null} null where nobody said any
 */
function provenanceOf(provenance) {
  const said = Object.entries(provenance).filter(([, words]) => words);
  /** @param {string[]} part */
  const line = ([name, words]) =>
    make("li", {}, make("b", { text: `${name}: ` }), make("span", {}, ...withCode(words)));
  return said.length ? make("ul", { class: "provenance" }, ...said.map(line)) : null;
}
