// A second read: the models' opinion stays hidden until the reader has recorded an own one; then both are shown.
import { probabilityText } from "./findings.js";
import { make } from "./dom.js";

/** @import { Viewer } from "../viewer.js" */

const ANSWERS = [
  ["present", "Present"],
  ["absent", "Absent"],
  ["unsure", "Not sure"],
];

const WORDS =
  "The models' probabilities and maps stay hidden until you record an own opinion of this radiograph. Readings stay " +
  "in this visit; nothing is sent.";

/**
 * How an answer compares with a probability, in a word.
 * @param {string} answer
 * @param {number | null} probability
 * @returns {string}
 */
export function agreement(answer, probability) {
  if (answer === "unsure" || probability === null) return "–";
  return (answer === "present") === probability >= 0.5 ? "agrees" : "differs";
}

/**
 * Answers as CSV: one line for each case and finding; text is quoted where it has to be.
 * @param {Reading[]} records
 * @param {string[]} findings
 * @returns {string}
 */
export function recordsAsCsv(records, findings) {
  /** @param {string} text */
  const quote = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = records.flatMap(({ title, answers, seconds, opinions }) =>
    findings.map((finding, i) =>
      [title, finding, answers[i], seconds.toFixed(1), ...opinions.map(({ values }) => values[i] ?? "")]
        .map((value) => quote(String(value)))
        .join(","),
    ),
  );
  const models = records[0]?.opinions.map(({ label }) => quote(label)) ?? [];
  return `${[["case", "finding", "reader", "seconds", ...models].join(","), ...lines].join("\n")}\n`;
}

/**
 * What a reader recorded of a case, and what the models said.
 * @typedef {object} Reading
 * @property {string} title
 * @property {string[]} answers
 * @property {number} seconds
 * @property {{ label: string, values: (number | null)[] }[]} opinions
 */

export class SecondRead {
  /** @type {Map<string, Reading>} */
  records = new Map(); // by case
  on = false;
  started = 0; // when the case was opened

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    const { findings } = viewer.config;
    this.button = viewer.tools.add("Reading", {
      icon: "eye-off",
      label: "Second read",
      text: "Second read",
      help: "hide the models' opinion until you have recorded your own",
      pressed: false,
      onClick: () => this.toggle(),
    });
    this.rows = findings.map((finding) => this.makeRow(finding));
    this.save = make("button", {
      type: "button",
      class: "primary",
      text: "Record my reading and show the models'",
      on: { click: () => this.record() },
    });
    this.export = make("button", {
      type: "button",
      text: "Download all readings (CSV)",
      hidden: true,
      on: { click: () => this.download() },
    });
    this.body = make("tbody", {}, ...this.rows.map(({ element }) => element));
    this.head = make("tr");
    this.form = make(
      "section",
      { class: "second-read", "aria-label": "Second read", hidden: true },
      make("h2", { text: "Your reading first" }),
      make("p", {
        class: "note",
        text: WORDS,
      }),
      make("table", {}, make("thead", {}, this.head), this.body),
      make("p", { class: "actions" }, this.save, this.export),
    );
    viewer.below.prepend(this.form);
  }

  /** @param {string} finding */
  makeRow(finding) {
    const name = `second-read-${finding}`;
    const inputs = ANSWERS.map(([value, text]) =>
      make("input", { type: "radio", name, value, "aria-label": `${finding}: ${text}` }),
    );
    inputs[1].checked = true;
    const result = make("td", { class: "result" });
    return {
      inputs,
      result,
      element: make(
        "tr",
        {},
        make("th", { scope: "row", text: finding }),
        ...inputs.map((input) => make("td", {}, input)),
        result,
      ),
    };
  }

  toggle() {
    this.on = !this.on;
    this.button.setAttribute("aria-pressed", String(this.on));
    this.show();
  }

  onCase() {
    this.started = performance.now();
    for (const { inputs } of this.rows) inputs[1].checked = true;
    this.show();
  }

  onContent() {
    this.show();
  }

  /** @returns {Reading | undefined} */
  get recorded() {
    return this.records.get(this.viewer.content.case?.key ?? "");
  }

  show() {
    const { element, content } = this.viewer;
    const recorded = this.recorded;
    const hidden = this.on && !recorded;
    element.classList.toggle("unread", hidden);
    document.documentElement.classList.toggle("second-read-hides", hidden);
    this.form.hidden = !this.on || !content.case;
    this.save.hidden = Boolean(recorded);
    this.export.hidden = this.records.size === 0;
    const heads = [
      "Finding",
      ...ANSWERS.map(([, text]) => text),
      recorded ? recorded.opinions.map(({ label }) => label).join(" · ") : "",
    ];
    this.head.replaceChildren(...heads.map((text) => make("th", { scope: "col", text })));
    this.rows.forEach(({ inputs, result }, i) => {
      for (const input of inputs) {
        input.disabled = Boolean(recorded);
        if (recorded) input.checked = input.value === recorded.answers[i];
      }
      const said = recorded?.opinions.map(({ values }) => comparisonOf(recorded.answers[i], values[i])) ?? [];
      result.replaceChildren(...said);
    });
  }

  record() {
    const { content, config } = this.viewer;
    if (!content.case || config.models.some(({ key }) => !content.probabilities[key])) return;
    const { case: item, probabilities } = content;
    this.records.set(item.key, {
      title: item.title,
      seconds: (performance.now() - this.started) / 1000,
      answers: this.rows.map(({ inputs }) => inputs.find((input) => input.checked)?.value ?? "unsure"),
      opinions: config.models.map(({ key, label }) => ({ label, values: probabilities[key] })),
    });
    this.show();
  }

  download() {
    const text = recordsAsCsv([...this.records.values()], this.viewer.config.findings);
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    make("a", { href: url, download: "readings.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }
}

/**
 * What a model says, and how the reader's answer compares with it.
 * @param {string} answer
 * @param {number | null} probability
 * @returns {HTMLSpanElement}
 */
function comparisonOf(answer, probability) {
  const words = agreement(answer, probability);
  const said = make("span", { text: probabilityText(probability) });
  return make("span", { class: words }, said, make("small", { text: ` ${words}` }));
}
