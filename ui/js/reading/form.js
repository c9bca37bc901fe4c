// The form of a second read: before it is recorded the questions, afterwards three kinds of columns side by side.
import { make } from "../dom.js";
import { probabilityText } from "../findings.js";
import { agreement, answered, ANSWERS, CONFIDENCES, labelPresent, NOT_ASSESSABLE, saysPresent } from "./sheet.js";

/** @import { Answer, Said, Sheet } from "./sheet.js" */

const FIRST =
  "Labels, maps and what the models say are hidden until you record your reading. Leave open what you do not want to " +
  "answer; a second click takes an answer back. Readings stay in this tab until it is closed; nothing is sent.";
const SEEN = "You have seen what models or labels say of this case: recorded as not blind.";
const HAD_SEEN = "Recorded as not blind: you had seen what models or labels say of this case.";
const AFTER = "What you recorded, what each model says and the label; a probability from 0.5 on counts as present.";
const LABEL_WORDS = { 0: "absent", 1: "present" };

/** The answers that may be given, as one choice that can be taken back. */
class Choice {
  /**
   * @param {string} name of the group
   * @param {[string, string, string][]} options value, text and accessible name of each
   * @param {(value: string | null) => void} onPick
   */
  constructor(name, options, onPick) {
    this.value = /** @type {string | null} */ (null);
    this.inputs = options.map(([value, , label]) => {
      const click = () => {
        this.set(this.value === value ? null : value);
        onPick(this.value);
      };
      return make("input", { type: "radio", name, value, "aria-label": label, on: { click } });
    });
    const parts = options.map(([, text], i) => make("label", {}, this.inputs[i], make("span", { text })));
    this.element = make("span", { class: "choice" }, ...parts);
  }

  /** @param {string | null} value */
  set(value) {
    this.value = value;
    for (const input of this.inputs) input.checked = input.value === value;
  }
}

export class ReadingForm {
  /** @type {Sheet | null} */
  sheet = null;
  title = make("h2", { tabindex: "-1" });
  note = make("p", { class: "note" });
  seen = make("p", { class: "note seen", hidden: true });
  head = make("tr");
  body = make("tbody");
  count = make("span", { class: "note", role: "status" });

  /**
   * @param {string[]} findings
   * @param {{ onChange(): void, onFinding(index: number): void, onRecord(): void, onDownload(): void }} listeners
   */
  constructor(findings, { onChange, onFinding, onRecord, onDownload }) {
    this.findings = findings;
    this.onChange = onChange;
    this.rows = findings.map((finding, i) => this.makeRow(finding, i, onFinding));
    const record = "Record and show what the models say";
    this.record = make("button", { type: "button", class: "primary", text: record, on: { click: onRecord } });
    const save = "Download all readings (CSV)";
    this.download = make("button", { type: "button", text: save, hidden: true, on: { click: onDownload } });
    this.element = make(
      "section",
      { class: "second-read", "aria-label": "Second read", hidden: true },
      this.title,
      this.seen,
      this.note,
      make("div", { class: "scroll" }, make("table", {}, make("thead", {}, this.head), this.body)),
      make("p", { class: "actions" }, this.record, this.download, this.count),
    );
  }

  /**
   * @param {string} finding
   * @param {number} i
   * @param {(index: number) => void} onFinding
   */
  makeRow(finding, i, onFinding) {
    const answers = /** @type {[string, string, string][]} */ (
      Object.entries(ANSWERS).map(([value, text]) => [value, text, `${finding}: ${text}`])
    );
    const levels = /** @type {[string, string, string][]} */ (
      CONFIDENCES.map((level) => [String(level), String(level), `${finding}: confidence ${level} of 5`])
    );
    const answer = new Choice(`second-read-${i}`, answers, (value) => this.change("answers", i, value));
    const confidence = new Choice(`second-read-confidence-${i}`, levels, (value) =>
      this.change("confidence", i, value === null ? null : Number(value)),
    );
    const name = make("button", {
      type: "button",
      class: "plain",
      text: finding,
      title: `Draw for ${finding}`,
      on: { click: () => onFinding(i) },
    });
    const element = make(
      "tr",
      {},
      make("th", { scope: "row" }, name),
      make("td", {}, answer.element),
      make("td", {}, confidence.element),
    );
    return { answer, confidence, element };
  }

  /**
   * @param {"answers" | "confidence"} what
   * @param {number} i
   * @param {string | number | null} value
   */
  change(what, i, value) {
    if (!this.sheet) return;
    if (what === "answers") this.sheet.answers[i] = /** @type {Answer | null} */ (value);
    else this.sheet.confidence[i] = /** @type {number | null} */ (value);
    this.sayCount();
    this.onChange();
  }

  /**
   * @param {Sheet} sheet of the open case
   * @param {boolean} more whether any reading is recorded, so that there is something to download
   */
  show(sheet, more) {
    const done = sheet.seconds !== null;
    this.sheet = sheet;
    this.title.textContent = done ? "Your reading, the models and the label" : "Your reading first";
    this.note.textContent = done ? AFTER : FIRST;
    this.seen.textContent = done ? HAD_SEEN : SEEN;
    this.seen.hidden = sheet.blind;
    this.record.hidden = done;
    this.download.hidden = !more;
    if (done) this.showResult(sheet);
    else this.showQuestions(sheet);
    this.sayCount();
  }

  sayCount() {
    if (!this.sheet) return;
    const { seconds } = this.sheet;
    const n = answered(this.sheet);
    this.record.disabled = n === 0;
    const took = seconds === null ? "" : `, recorded after ${Math.round(seconds)} s`;
    this.count.textContent = `${n} of ${this.findings.length} answered${took}`;
  }

  /** @param {Sheet} sheet */
  showQuestions(sheet) {
    this.setHead(["Finding", "Your answer", "How sure, 1 to 5 (optional)"]);
    this.rows.forEach(({ answer, confidence }, i) => {
      answer.set(sheet.answers[i]);
      confidence.set(sheet.confidence[i] === null ? null : String(sheet.confidence[i]));
    });
    const elements = this.rows.map(({ element }) => element);
    if (this.body.firstElementChild !== elements[0]) this.body.replaceChildren(...elements);
  }

  /** @param {Sheet} sheet */
  showResult({ answers, confidence, said, labels }) {
    this.setHead(["Finding", "You", ...said.map(({ label }) => label), "Label"]);
    const rows = this.findings.map((finding, i) => {
      const sure = confidence[i] === null ? "" : `sure: ${confidence[i]} of 5`;
      const answer = answers[i];
      const own = cell(answer === null ? "not answered" : ANSWERS[answer].toLowerCase(), sure);
      const label = labels[i];
      const there = label === null ? "no label" : LABEL_WORDS[/** @type {0 | 1} */ (label)];
      return make(
        "tr",
        {},
        make("th", { scope: "row", text: finding }),
        own,
        ...said.map((one) => modelCell(one, i, answer)),
        cell(there, agreement(answer, labelPresent(label))),
      );
    });
    this.body.replaceChildren(...rows);
  }

  /** @param {string[]} heads */
  setHead(heads) {
    this.head.replaceChildren(...heads.map((text) => make("th", { scope: "col", text })));
  }
}

/**
 * @param {string} text
 * @param {string} words that compare it
 * @returns {HTMLElement}
 */
function cell(text, words) {
  const mark = words.startsWith("differs") ? "differs" : words.startsWith("agrees") ? "agrees" : "";
  return make("td", { class: mark || null }, make("span", { text }), words ? make("small", { text: words }) : null);
}

/**
 * What a model says of a finding; of a case that it cannot assess, no verdict.
 * @param {Said} said
 * @param {number} i
 * @param {Answer | null} answer
 * @returns {HTMLElement}
 */
function modelCell({ values, state, title }, i, answer) {
  if (state === NOT_ASSESSABLE) return cell(title.toLowerCase(), "");
  const present = saysPresent(values[i]);
  const says = present === null ? "" : present ? "present " : "absent ";
  return cell(says + probabilityText(values[i]), agreement(answer, present));
}
