// What the page says in words: which case, what was cut off, warnings and errors, which models are speaking.
import { make, withCode } from "./dom.js";

export class Header {
  constructor() {
    this.title = make("h2", { class: "case-id", text: "No case open" });
    this.badges = make("span", { class: "badges" });
    this.facts = make("p", { class: "facts" });
    this.reading = make("p", { class: "reading" });
    this.caution = make("p", { class: "caution", role: "note" });
    this.waiting = make("p", { class: "waiting", role: "status" });
    this.warnings = make("ul", { class: "warnings" });
    this.alert = make("div", { class: "alert", role: "alert" });
    this.element = make(
      "header",
      { class: "case" },
      this.alert,
      this.waiting,
      make("div", { class: "line" }, this.title, this.badges, this.facts),
      this.reading,
      this.caution,
      this.warnings,
    );
  }

  showCase(item) {
    this.title.textContent = item.title;
    this.badges.replaceChildren(
      make("span", { class: "badge", text: item.source_label }),
      ...(item.phantom ? [make("span", { class: "badge phantom", text: "PHANTOM: simulated, no patient" })] : []),
    );
    this.facts.textContent = item.facts;
    this.warnings.replaceChildren(...item.warnings.map((text) => make("li", { text })));
  }

  showCaution(text) {
    this.caution.replaceChildren(...withCode(text));
  }

  /** One line on the chosen finding: what each model says, with whose weights, and the label. */
  showReading(finding, opinions, label) {
    const says = ({ label: model, probability, origin }) =>
      make(
        "span",
        { text: `${model} ${probability} ` },
        make("small", { class: `badge ${origin}`, text: `${origin} weights` }),
      );
    this.reading.replaceChildren(
      make("strong", { text: finding }),
      ...opinions.map(says),
      make("span", { text: label }),
    );
  }

  /** Say for whom or what a request waits; "" for none. */
  showWaiting(text) {
    if (this.waiting.textContent !== text) this.waiting.textContent = text; // the same words are not read out again
  }

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
  }
}

/** Which models are speaking: one row each, with whose weights they are and what their probabilities are of. */
export class ModelNotes {
  constructor() {
    this.list = make("dl");
    this.element = make(
      "section",
      { class: "models", "aria-label": "Models" },
      make("h2", { text: "Who is speaking" }),
      this.list,
    );
  }

  /** @param {object[]} models as the server describes them: {key, label, origin, note, facts, provenance, head} */
  update(models) {
    this.list.replaceChildren(
      ...models.flatMap(({ key, label, origin, note, facts, provenance, head }) => {
        const said = Object.entries(provenance).filter(([, words]) => words);
        const whose = said.length
          ? make(
              "ul",
              { class: "provenance" },
              ...said.map(([name, words]) =>
                make("li", {}, make("b", { text: `${name}: ` }), make("span", {}, ...withCode(words))),
              ),
            )
          : null;
        return [
          make(
            "dt",
            { "data-model": key },
            make("span", { text: label }),
            make("span", { class: `badge ${origin}`, text: `${origin} weights` }),
          ),
          make(
            "dd",
            {},
            make("span", {}, ...withCode(note)),
            whose,
            head ? make("span", { text: head }) : null,
            make("small", { text: facts }),
          ),
        ];
      }),
    );
  }
}
