// What the checks of the open case's explanations found, a card for each check, and the words that belong to it.
import { make } from "../dom.js";
import { AnswerCharts } from "./answer_charts.js";
import { answersOf } from "./answers.js";

/**
 * @import { Looks } from "../looks.js"
 * @import { Check, Checked, MapPair, TrustConfig } from "../messages.d.ts"
 * @import { DrawnPair } from "../types.d.ts"
 */

export class Evidence {
  note = make("p", { class: "note", role: "status" });

  /**
   * @param {TrustConfig} config its checks are in the order shown
   * @param {Looks} looks gives each pair its look.
   */
  constructor({ checks, models, plotly, charts }, looks) {
    this.charts = new AnswerCharts(plotly, charts);
    this.models = models;
    this.looks = looks;
    this.cards = new Map(checks.map((check) => [check.key, this.makeCard(check)]));
    const cards = [...this.cards.values()].map(({ element }) => element);
    this.element = make("div", {}, this.note, make("div", { class: "cards" }, ...cards));
  }

  /** @param {Check} check */
  makeCard({ label, words, definition, paper, needs }) {
    const content = make("div", { class: "content" });
    const more = make(
      "details",
      {},
      make("summary", { text: "Definition" }),
      make("p", { class: "note", text: definition }),
      make("p", { class: "note", text: `Needs a model that gives ${needs}.` }),
      make("p", { class: "note", text: paper }),
    );
    const title = make("h3", { text: label });
    const card = { class: "trust-card", "aria-label": label };
    return { content, element: make("section", card, title, make("p", { text: words }), content, more) };
  }

  /**
   * @param {Checked | null} checked null where nothing was asked.
   * @param {MapPair[]} [pairs] that were chosen
   */
  update(checked, pairs = []) {
    const silent = checked?.not_predicted.join(", ");
    this.note.textContent = silent ? `Not predicted by ${silent}: there is nothing to check of these.` : "";
    const drawn = pairs.map((pair) => ({ ...pair, look: this.looks.of(pair.name) }));
    for (const [key, { content }] of this.cards) content.replaceChildren(...this.contentOf(key, checked, drawn));
  }

  /**
   * @param {string} key of a check
   * @param {Checked | null} checked
   * @param {DrawnPair[]} pairs
   * @returns {Element[]}
   */
  contentOf(key, checked, pairs) {
    const unfit = checked ? pairs.filter(({ checks }) => !checks.includes(key)) : [];
    const answers = checked && answersOf(key, checked, pairs, this.models, this.charts);
    if (!answers) {
      const none = pairs.length > 0 && unfit.length === pairs.length;
      return [
        make("p", {
          class: "note",
          text: none ? "This check is not possible for any of the chosen maps." : "Not run yet.",
        }),
      ];
    }
    if (!unfit.length) return answers;
    const text = `Not possible for: ${unfit.map(({ label }) => label).join(", ")}.`;
    return [...answers, make("p", { class: "note", text })];
  }
}
