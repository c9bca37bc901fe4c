// What one patch adds to each of the 14 findings: sorted bars around zero, in words too.
import { make, signed } from "../dom.js";

/** @param {number} value */
const WORDS = (value) => (value > 0 ? "supports" : value < 0 ? "opposes" : "neutral");

/** @typedef {{ element: HTMLElement, bar: HTMLElement, value: HTMLElement, words: HTMLElement }} Row */

export class ContributionBars {
  /** @type {number[]} */
  order = []; // of the findings, as shown

  /**
   * @param {string[]} findings
   * @param {(finding: number) => void} onChoose called with the index of a finding whose name is clicked
   */
  constructor(findings, onChoose) {
    this.findings = findings;
    this.title = make("h3", { text: "" });
    this.says = make("p", { class: "note" });
    this.body = make("tbody");
    this.rows = findings.map((finding, i) => {
      const bar = make("i", { "aria-hidden": "true" });
      const value = make("td", { class: "value" });
      const words = make("td", { class: "words" });
      const name = make("button", { type: "button", text: finding, tabindex: "-1", on: { click: () => onChoose(i) } });
      const element = make(
        "tr",
        {},
        make("th", { scope: "row" }, name),
        make("td", { class: "track", "aria-hidden": "true" }, bar),
        value,
        words,
      );
      return { element, bar, value, words };
    });
    this.body.append(...this.rows.map((row) => row.element));
    this.table = make(
      "table",
      {},
      make("caption", { class: "sr-only", text: "What this patch adds to the image logit of each finding" }),
      this.body,
    );
    this.element = make("div", { class: "contributions" }, this.title, this.says, this.table);
  }

  /**
   * @param {string} title where the patch is
   * @param {string} says what the numbers are
   * @param {Float64Array | null} values one a finding, or null for none
   * @param {number} chosen
   */
  show(title, says, values, chosen) {
    this.title.textContent = title;
    this.says.textContent = says;
    this.table.hidden = values === null;
    if (values === null) return;
    const predicted = [...values.keys()].filter((i) => !Number.isNaN(values[i])); // by the model
    const end = Math.max(...predicted.map((i) => Math.abs(values[i]))) || 1;
    const order = [
      ...predicted.sort((a, b) => values[b] - values[a] || a - b),
      ...[...values.keys()].filter((i) => Number.isNaN(values[i])),
    ];
    this.rows.forEach((row, i) => this.showRow(row, values[i], end, i === chosen));
    const same = this.order.length > 0 && order.every((finding, i) => finding === this.order[i]);
    if (!same) this.body.append(...order.map((i) => this.rows[i].element));
    this.order = order;
  }

  /**
   * @param {Row} row
   * @param {number} number
   * @param {number} end
   * @param {boolean} chosen
   */
  showRow({ element, bar, value, words }, number, end, chosen) {
    element.hidden = Number.isNaN(number);
    if (element.hidden) return;
    const share = (50 * Math.abs(number)) / end;
    bar.style.left = `${number < 0 ? 50 - share : 50}%`;
    bar.style.width = `${share}%`;
    element.className = `${WORDS(number)}${chosen ? " chosen" : ""}`;
    value.textContent = signed(number, 3);
    words.textContent = WORDS(number);
  }
}
