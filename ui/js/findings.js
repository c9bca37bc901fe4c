// The probabilities of all findings for both models: a sorted bar chart that is a real table.
import { make, rovingFocus } from "./dom.js";

const LABELS = { 1: ["present", "●", "labelled present"], 0: ["absent", "○", "labelled absent"] };
const UNKNOWN = ["unknown", "·", "no label"];

/** Order of the findings: by a model's probability, highest first, or by place in CheXpert's list. */
export function sortedFindings(findings, probabilities, by) {
  const order = findings.map((finding, i) => i);
  const values = probabilities?.[by];
  if (values) order.sort((a, b) => values[b] - values[a] || a - b);
  return order;
}

/** A probability as text: two decimals, and never certainty: a sigmoid gives 0 or 1 only by rounding. */
export function probabilityText(p) {
  if (p < 0.005) return "<0.01";
  if (p > 0.995) return ">0.99";
  return p.toFixed(2);
}

/** How a probability changed, as a mark and in words; changes that two decimals do not show are none. */
export function changeOf(before, after) {
  if (Number.isNaN(after)) return ["", "undefined"];
  if (Math.abs(after - before) < 0.005) return ["=", "unchanged"];
  return after > before ? ["▲", "higher"] : ["▼", "lower"];
}

export class FindingTable {
  constructor(findings, models, onChoose) {
    this.findings = findings;
    this.models = models;
    this.onChoose = onChoose;
    this.by = models[0].kind;
    this.probabilities = null;
    this.body = make("tbody");
    this.rows = findings.map((finding, i) => this.makeRow(finding, i));
    this.body.append(...this.rows.map((row) => row.element));
    this.heads = [["order", "Finding"], ...models.map((model) => [model.kind, model.short])].map(([key, text]) => this.makeHead(key, text));
    this.element = make("table", { class: "findings" },
      make("caption", { class: "sr-only", text: "Probability of each finding by model; choose a finding by its name" }),
      make("thead", {}, make("tr", {}, ...this.heads.map((head) => head.cell))), this.body);
    rovingFocus(this.body, "button", true);
    this.revised = null;
    this.sort();
  }

  makeHead(key, text) {
    const button = make("button", { type: "button", text, title: key === "order" ? "CheXpert's order" : `Sort by ${text}`, on: { click: () => { this.by = key; this.sort(); } } });
    return { key, button, cell: make("th", { scope: "col", class: key }, button) };
  }

  makeRow(finding, i) {
    const mark = make("span", { class: "label" });
    const button = make("button", { type: "button", "aria-pressed": "false" }, mark, make("span", { class: "name", text: finding }));
    const cells = this.models.map((model, m) => {
      const bar = make("span", { class: "bar", "aria-hidden": "true" });
      const value = make("span", { class: "value", text: "–" });
      const now = m === 0 ? make("span", { class: "now" }) : null;
      return { bar, value, now, cell: make("td", { class: model.kind }, make("span", { class: "track" }, bar), value, now) };
    });
    const element = make("tr", { "data-finding": finding, on: { click: () => this.onChoose(i) } },
      make("th", { scope: "row" }, button), ...cells.map((cell) => cell.cell));
    return { element, button, mark, cells };
  }

  /** @param probabilities {model kind: 14 numbers or null}; @param labels {finding: 1, 0 or null} */
  update(probabilities, labels) {
    this.probabilities = probabilities;
    this.rows.forEach((row, i) => {
      const [kind, sign, words] = LABELS[labels?.[this.findings[i]]] ?? UNKNOWN;
      row.mark.className = `label ${kind}`;
      row.mark.textContent = sign;
      row.mark.title = words;
      row.button.setAttribute("aria-label", `${this.findings[i]}, ${words}`);
      row.cells.forEach(({ bar, value }, m) => {
        const p = probabilities?.[this.models[m].kind]?.[i];
        bar.style.width = p === undefined ? "0" : `${100 * p}%`;
        value.textContent = p === undefined ? "–" : probabilityText(p);
      });
    });
    this.sort();
  }

  /**
   * Show what the first model says without some patches beside what it said of the whole image.
   * @param probabilities one a finding, NaN where undefined, or null for none
   */
  revise(probabilities) {
    if (probabilities === null && this.revised === null) return;
    this.revised = probabilities;
    this.element.classList.toggle("revised", probabilities !== null);
    const before = this.probabilities?.[this.models[0].kind];
    this.rows.forEach(({ cells: [{ bar, now }] }, i) => {
      const p = probabilities?.[i] ?? before?.[i];
      if (p === undefined) return;
      bar.style.width = `${100 * (p || 0)}%`;
      const [mark, words] = probabilities ? changeOf(before[i], p) : ["", ""];
      now.textContent = probabilities ? `${Number.isNaN(p) ? "–" : probabilityText(p)} ${mark}` : "";
      now.title = words;
      now.dataset.change = words;
    });
  }

  sort() {
    const order = sortedFindings(this.findings, this.probabilities, this.by);
    const focused = document.activeElement;
    this.body.append(...order.map((i) => this.rows[i].element));
    if (this.body.contains(focused)) focused.focus();
    for (const { key, cell } of this.heads) {
      cell.setAttribute("aria-sort", key !== this.by ? "none" : key === "order" ? "ascending" : "descending");
    }
  }

  /** The finding that should be looked at first: the most probable one by the first model, "No Finding" left out. */
  get leading() {
    const order = sortedFindings(this.findings, this.probabilities, this.models[0].kind);
    return order.find((i) => this.findings[i] !== "No Finding");
  }

  choose(index) {
    this.rows.forEach(({ element, button }, i) => {
      element.classList.toggle("chosen", i === index);
      button.setAttribute("aria-pressed", String(i === index));
      button.tabIndex = i === index ? 0 : -1;
    });
  }
}
