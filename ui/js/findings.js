// The probabilities of all findings for every model, with their mean and disagreement: sorted bars that are a real
// table.
import { make, rovingFocus } from "./dom.js";
import { together } from "./opinions.js";

/**
 * @import { Model } from "./messages.d.ts"
 * @import { Attributes } from "./types.d.ts"
 */

/** @type {Record<string, string[]>} */
const LABELS = { 1: ["present", "●", "labelled present"], 0: ["absent", "○", "labelled absent"] };
const UNKNOWN = ["unknown", "·", "no label"];
const ORDER = "order";
const [MEAN, APART] = ["@mean", "@apart"]; // no model has such a key
/** @type {Record<string, [string, string]>} */
const TOGETHER = {
  [MEAN]: ["Mean", "Mean of the probabilities, over the models that predict the finding"],
  [APART]: ["Range", "How far apart: largest minus smallest probability, over the models that predict the finding"],
};
export const MANY = 3; // models from which on their columns hold numbers alone
export const UNPREDICTED = "not predicted";

/**
 * Order of the findings: by one column, highest first and undefined ones last, or by place in CheXpert's list.
 * @param {string[]} findings
 * @param {{[key: string]: (number | null)[]} | null} columns
 * @param {string} by
 * @returns {number[]}
 */
export function sortedFindings(findings, columns, by) {
  const order = findings.map((finding, i) => i);
  const values = columns?.[by];
  if (values) order.sort((a, b) => (values[b] ?? -1) - (values[a] ?? -1) || a - b);
  return order;
}

/**
 * A probability as text: two decimals, and never certainty: a sigmoid gives 0 or 1 only by rounding.
 * @param {number | null} p null where the model does not predict the finding
 * @returns {string}
 */
export function probabilityText(p) {
  if (p === null) return UNPREDICTED;
  if (p < 0.005) return "<0.01";
  if (p > 0.995) return ">0.99";
  return p.toFixed(2);
}

/**
 * How a probability changed, as a mark and in words; changes that two decimals do not show are none.
 * @param {number | null} before
 * @param {number} after
 * @returns {[string, string]}
 */
export function changeOf(before, after) {
  if (before === null) return ["", UNPREDICTED];
  if (Number.isNaN(after)) return ["", "undefined"];
  if (Math.abs(after - before) < 0.005) return ["=", "unchanged"];
  return after > before ? ["▲", "higher"] : ["▼", "lower"];
}

/**
 * What is added to the name of a model that stands apart.
 * @param {Pick<Model, "shown_masks">} model
 * @returns {string}
 */
export const shownMasks = ({ shown_masks: masks }) => (masks ? " (shown masks)" : "");

/** @typedef {{ bar: HTMLElement | null, value: HTMLElement, now: HTMLElement | null, cell: HTMLElement }} Cell */

/** The table of probabilities. */
export class FindingTable {
  /** @type {Record<string, (number | null)[]> | null} */
  probabilities = null;
  /** @type {Record<string, (number | null)[]> | null} */
  columns = null; // the same, with what the models say together
  /** @type {string | null} */
  revised = null; // the model that is shown without some patches
  body = make("tbody");
  note = make("p", { class: "note", text: `n/p: ${UNPREDICTED} by this model`, hidden: true });
  silence = make("p", { class: "note", hidden: true }); // why there are no numbers

  /**
   * @param {string[]} findings
   * @param {Model[]} models one column each
   * @param {(index: number) => void} onChoose
   */
  constructor(findings, models, onChoose) {
    this.findings = findings;
    this.models = models;
    this.onChoose = onChoose;
    this.by = models[0].key;
    this.equals = models.filter(({ shown_masks: masks }) => !masks); // who may be spoken of together
    const sums = this.equals.length > 1 ? Object.keys(TOGETHER) : [];
    this.keys = [...models.map(({ key }) => key), ...sums];
    this.rows = findings.map((finding, i) => this.makeRow(finding, i));
    this.body.append(...this.rows.map((row) => row.element));
    this.heads = [
      this.makeHead(ORDER, "Finding", "CheXpert's order"),
      ...models.map((model) => this.makeHead(model.key, model.short, `Sort by ${model.label}${shownMasks(model)}`)),
      ...sums.map((key) => this.makeHead(key, TOGETHER[key][0], `${TOGETHER[key][1]}. ${this.without()}Sort by it`)),
    ];
    this.table = make(
      "table",
      { class: models.length < MANY ? "findings" : "findings many" },
      make("caption", { class: "sr-only", text: "Probability of each finding by model; choose a finding by its name" }),
      make("thead", {}, make("tr", {}, ...this.heads.map((head) => head.cell))),
      this.body,
    );
    const apart = make("p", { class: "note apart", text: this.without(), hidden: !sums.length || !this.without() });
    this.element = make("div", {}, this.table, this.silence, this.note, apart);
    rovingFocus(this.body, "button", true);
    this.sort();
  }

  /** @returns {string} whom Mean and Range leave out, and why */
  without() {
    const apart = this.models.filter(({ shown_masks: masks }) => masks).map(({ short }) => short);
    return apart.length ? `Mean and Range are without ${apart.join(" and ")}, shown masks in training. ` : "";
  }

  /**
   * @param {string} key
   * @param {string} text
   * @param {string} title
   */
  makeHead(key, text, title) {
    const button = make(
      "button",
      {
        type: "button",
        title,
        on: {
          click: () => {
            this.by = key;
            this.sort();
          },
        },
      },
      make("span", { text }),
    );
    return { key, cell: make("th", { scope: "col", ...this.marksOf(key) }, button) };
  }

  /**
   * What tells the columns apart for the style sheets.
   * @param {string} key
   * @returns {Attributes}
   */
  marksOf(key) {
    if (key === ORDER) return { class: "order" };
    return key in TOGETHER ? { class: "sum" } : { class: "model", "data-model": key };
  }

  /**
   * @param {string} finding
   * @param {number} i
   */
  makeRow(finding, i) {
    const mark = make("span", { class: "label" });
    const button = make(
      "button",
      { type: "button", "aria-pressed": "false" },
      mark,
      make("span", { class: "name", text: finding }),
    );
    const cells = Object.fromEntries(this.keys.map((key) => [key, this.makeCell(key)]));
    const element = make(
      "tr",
      { "data-finding": finding, on: { click: () => this.onChoose(i) } },
      make("th", { scope: "row" }, button),
      ...this.keys.map((key) => cells[key].cell),
    );
    return { element, button, mark, cells };
  }

  /**
   * @param {string} key
   * @returns {Cell}
   */
  makeCell(key) {
    const value = make("span", { class: "value" });
    if (key in TOGETHER) return { bar: null, value, now: null, cell: make("td", this.marksOf(key), value) };
    const bar = make("span", { class: "bar", "aria-hidden": "true" });
    const now = make("span", { class: "now" });
    return { bar, value, now, cell: make("td", this.marksOf(key), make("span", { class: "track" }, bar), value, now) };
  }

  /**
   * @param {Record<string, (number | null)[]>} probabilities 14 numbers a model, null for not predicted
   * @param {Record<string, number | null>} labels
   * @param {string} [why] models have no numbers here that could have; their columns are left out
   */
  update(probabilities, labels, why = "") {
    this.probabilities = probabilities;
    const spoken = this.models.map(({ key }) => probabilities[key]).filter((values) => values !== undefined);
    const compared = this.equals.map(({ key }) => probabilities[key]).filter((values) => values !== undefined);
    const sums = compared.length > 1 && compared.length === this.equals.length ? together(compared) : null;
    const columns = { ...probabilities, ...(sums ? { [MEAN]: sums.mean, [APART]: sums.apart } : {}) };
    this.columns = columns;
    this.rows.forEach((row, i) => {
      this.sayLabel(row, this.findings[i], labels[this.findings[i]]);
      for (const key of this.keys) this.fill(row.cells[key], key, columns[key]?.[i]);
    });
    this.leaveOut(why ? this.keys.filter((key) => !columns[key]) : []);
    this.silence.textContent = why;
    this.silence.hidden = !why;
    this.note.hidden = !spoken.some((values) => values.includes(null));
    this.sort();
  }

  /**
   * Show all columns but some.
   * @param {string[]} keys
   */
  leaveOut(keys) {
    for (const { key, cell } of this.heads) cell.hidden = keys.includes(key);
    for (const { cells } of this.rows) for (const key of this.keys) cells[key].cell.hidden = keys.includes(key);
  }

  /**
   * Grey the columns of models whose numbers mean nothing for the open case, and of what is made of them.
   * @param {string[]} keys
   */
  grey(keys) {
    const grey = new Set(keys.length ? [...keys, MEAN, APART] : []);
    for (const { key, cell } of this.heads) cell.classList.toggle("meaningless", grey.has(key));
    for (const { cells } of this.rows) {
      for (const key of this.keys) cells[key].cell.classList.toggle("meaningless", grey.has(key));
    }
  }

  /**
   * @param {{ mark: HTMLElement, button: HTMLElement }} row
   * @param {string} finding
   * @param {number | null} label
   */
  sayLabel({ mark, button }, finding, label) {
    const [kind, sign, words] = LABELS[String(label)] ?? UNKNOWN;
    mark.className = `label ${kind}`;
    mark.textContent = sign;
    mark.title = words;
    button.setAttribute("aria-label", `${finding}, ${words}`);
  }

  /**
   * @param {Cell} cell
   * @param {string} key
   * @param {number | null | undefined} p null where undefined, undefined while nobody has spoken
   */
  fill({ bar, value, cell }, key, p) {
    const missing = p === null && !(key in TOGETHER);
    if (bar) bar.style.width = p ? `${100 * p}%` : "0";
    cell.classList.toggle("unpredicted", missing);
    cell.title = missing ? UNPREDICTED : p === null ? "fewer than two models predict it" : "";
    if (missing) {
      value.replaceChildren(
        make("span", { "aria-hidden": "true", text: "n/p" }),
        make("span", { class: "sr-only", text: UNPREDICTED }),
      );
    } else {
      value.textContent = p === undefined ? "" : p === null ? "–" : key === APART ? p.toFixed(2) : probabilityText(p);
    }
  }

  /**
   * Show what a patch model says without some patches beside what it said of the whole image.
   * @param {string} model its key
   * @param {Float64Array | null} probabilities one a finding, NaN where undefined, or null for none
   */
  revise(model, probabilities) {
    if (probabilities === null && this.revised === null) return;
    if (this.revised !== null && (this.revised !== model || probabilities === null)) {
      this.showRevision(this.revised, null);
    }
    this.revised = probabilities === null ? null : model;
    if (probabilities !== null) this.showRevision(model, probabilities);
    this.table.classList.toggle("revised", probabilities !== null);
    for (const { cell, key } of this.heads) cell.classList.toggle("revised", key === this.revised);
  }

  /**
   * @param {string} model
   * @param {Float64Array | null} probabilities
   */
  showRevision(model, probabilities) {
    const before = this.probabilities?.[model];
    this.rows.forEach(({ cells }, i) => {
      const { bar, now, cell } = cells[model];
      const p = probabilities?.[i] ?? before?.[i];
      cell.classList.toggle("revised", probabilities !== null);
      if (p === undefined || !bar || !now) return;
      bar.style.width = `${100 * (p || 0)}%`;
      const [mark, words] = probabilities ? changeOf(before?.[i] ?? null, Number(p)) : ["", ""];
      const said = probabilities && words !== UNPREDICTED;
      now.textContent = said ? `${Number.isNaN(p) ? "–" : probabilityText(p)} ${mark}` : "";
      now.title = words;
      now.dataset.change = words;
    });
  }

  sort() {
    const order = sortedFindings(this.findings, this.columns, this.by);
    const focused = document.activeElement;
    this.body.append(...order.map((i) => this.rows[i].element));
    if (focused instanceof HTMLElement && this.body.contains(focused)) focused.focus();
    for (const { key, cell } of this.heads) {
      cell.setAttribute("aria-sort", key !== this.by ? "none" : key === ORDER ? "ascending" : "descending");
    }
  }

  /**
   * The finding that should be looked at first: the most probable one by the first model, "No Finding" left out.
   * @returns {number}
   */
  get leading() {
    const order = sortedFindings(this.findings, this.columns, this.models[0].key);
    return order.find((i) => this.findings[i] !== "No Finding") ?? 0;
  }

  /** @param {number} index */
  choose(index) {
    this.rows.forEach(({ element, button }, i) => {
      element.classList.toggle("chosen", i === index);
      button.setAttribute("aria-pressed", String(i === index));
      button.tabIndex = i === index ? 0 : -1;
    });
  }
}
