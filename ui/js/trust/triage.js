// Triage: many radiographs of a folder, sorted by calibrated probability, those without an answer apart.
import { sentenceOf } from "../assessment.js";
import { probabilityText } from "../findings.js";
import { make, makeSelect } from "../dom.js";

/** @import { Assessment, ModelName, TriageReport, TriageRow } from "../messages.d.ts" */

const MOST = 100; // files in one go
const WORDS =
  "Sorts a folder of radiographs by the calibrated probability of one finding. Where the model is not sure enough it " +
  "abstains; those images come first, because somebody has to look, after those that it cannot assess at all.";

/**
 * A row and the answer that it gets.
 * @typedef {TriageRow & { p: number | null, abstains: boolean, withheld: boolean, assessment?: Assessment }} Judged
 */

export class Triage {
  /** @type {File[]} */
  files = []; // that were chosen last
  left = 0; // files beyond those
  /** @type {TriageRow[]} */
  rows = [];
  input = make("input", {
    type: "file",
    multiple: true,
    class: "sr-only",
    on: { change: () => this.take(this.input.files) },
  });
  folder = make("input", {
    type: "file",
    webkitdirectory: true,
    class: "sr-only",
    on: { change: () => this.take(this.folder.files) },
  });
  tau = make("input", {
    type: "range",
    min: 0.5,
    max: 0.99,
    step: 0.01,
    value: 0.8,
    on: { input: () => this.show() },
  });
  tauText = make("span", { class: "number" });
  status = make("p", {
    class: "note",
    role: "status",
    text: "Nothing is open. Files stay in this visit's memory and are not kept.",
  });
  body = make("tbody");

  /**
   * @param {string[]} findings CheXpert's
   * @param {ModelName[]} models
   * @param {string} accept for the file field
   * @param {{ onFiles(files: File[]): void, onOpen(file: File): void }} listeners
   */
  constructor(findings, models, accept, { onFiles, onOpen }) {
    this.findings = findings;
    this.onFiles = onFiles;
    this.onOpen = onOpen;
    this.finding = makeSelect(
      "Finding",
      findings.map((name, i) => [String(i), name]),
      () => this.show(),
    );
    this.finding.control.value = String(findings.indexOf("Pleural Effusion"));
    this.model = makeSelect(
      "Model",
      models.map(({ key, label }) => [key, label]),
      () => this.show(),
    );
    this.input.accept = accept;
    this.element = make(
      "section",
      { class: "trust-card", "aria-label": "Triage" },
      make("h3", { text: "Triage: which images first?" }),
      make("p", { text: WORDS }),
      this.makeFields(),
      this.status,
      this.makeTable(),
    );
  }

  /** @returns {HTMLElement} */
  makeFields() {
    const words = make("span", { text: "Answer only when at least" });
    return make(
      "div",
      { class: "fields" },
      make("label", { class: "button" }, this.input, make("span", { text: "Choose images…" })),
      make("label", { class: "button" }, this.folder, make("span", { text: "Choose a folder…" })),
      this.finding,
      this.model,
      make("label", { class: "field slider" }, words, this.tau, this.tauText),
    );
  }

  /** @returns {HTMLElement} */
  makeTable() {
    const heads = ["", "Image", "Probability", "Answer", "Can it be read?", ""];
    const head = make("tr", {}, ...heads.map((text) => make("th", { scope: "col", text })));
    const table = make("table", { class: "triage" }, make("thead", {}, head), this.body);
    return make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Sorted images" }, table);
  }

  /** @param {FileList | null} list */
  take(list) {
    const all = [...(list ?? [])];
    for (const input of [this.input, this.folder]) input.value = "";
    if (!all.length) return;
    this.files = all.slice(0, MOST);
    this.rows = [];
    this.left = all.length - this.files.length;
    this.onFiles(this.files);
  }

  /** @param {string} text */
  say(text) {
    this.status.textContent = text;
  }

  /** @param {TriageReport} triage */
  update(triage) {
    this.rows = triage.rows;
    const more = this.left ? ` The first ${MOST} of ${MOST + this.left} were taken.` : "";
    this.say(`${triage.done} of ${triage.total} images read.${more}`);
    this.show();
  }

  show() {
    const tau = Number(this.tau.value);
    this.tauText.textContent = `${Math.round(100 * tau)} % sure`;
    const index = Number(this.finding.control.value);
    const model = this.model.control.value;
    const judged = this.rows.map((row) => {
      const assessment = row.assessments?.[model];
      const withheld = assessment?.state === "not_assessable";
      const opinion = withheld ? undefined : row.opinions?.[model];
      const p = (opinion?.calibrated ?? opinion?.raw)?.[index] ?? null; // null: not predicted
      return { ...row, assessment, withheld, p, abstains: p !== null && Math.max(p, 1 - p) < tau };
    });
    /** @param {Judged} row */
    const group = (row) => (row.error ? 3 : row.withheld ? 0 : row.abstains ? 1 : 2);
    judged.sort((a, b) => group(a) - group(b) || (b.p ?? 0) - (a.p ?? 0) || a.index - b.index);
    this.body.replaceChildren(...judged.map((row) => this.makeRow(row)));
  }

  /**
   * @param {Judged} row
   * @returns {HTMLTableRowElement}
   */
  makeRow({ index, name, thumbnail, error, p, abstains, withheld, assessment }) {
    const open = make("button", {
      type: "button",
      class: "open",
      text: "Open",
      "aria-label": `Open ${name} in Explore`,
      on: { click: () => this.onOpen(this.files[index]) },
    });
    const said = p === null ? "not predicted" : abstains ? "abstains" : p >= 0.5 ? "present" : "absent";
    const answer = error || withheld ? "–" : said;
    return make(
      "tr",
      { class: error ? "wrong" : abstains ? "abstains" : null },
      make("td", {}, thumbnail ? make("img", { src: thumbnail, alt: "", width: 44, height: 44 }) : null),
      make("th", { scope: "row", text: name }),
      make("td", { text: p === null ? "–" : probabilityText(p) }),
      make("td", {}, make("span", { class: `answer ${abstains ? "abstains" : ""}`, text: answer })),
      make("td", { text: error || (assessment ? sentenceOf(assessment) : "–") }),
      make("td", {}, error ? null : open),
    );
  }
}
