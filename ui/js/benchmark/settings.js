// The bar above the table: cohort, metric, alignment, edge rule, thresholds.
import { make, makeSelect } from "../dom.js";
import { STEPS } from "./packed.js";
import { MARKINGS, METRICS } from "./words.js";

/** A row of buttons of which one is pressed. @param options [[value, label, title]]. */
export class Choice {
  constructor(label, options, onChoose) {
    this.buttons = new Map(
      options.map(([value, text, title]) => [
        value,
        make("button", { type: "button", "aria-pressed": "false", title, text, on: { click: () => onChoose(value) } }),
      ]),
    );
    this.element = make(
      "div",
      { class: "choice", role: "group", "aria-label": label },
      make("span", { class: "label", text: label }),
      make("div", { class: "buttons" }, ...this.buttons.values()),
    );
  }

  show(value) {
    for (const [key, button] of this.buttons) button.setAttribute("aria-pressed", String(key === value));
  }

  /** Switch one option off, with the reason. */
  disable(value, reason) {
    const button = this.buttons.get(value);
    button.disabled = Boolean(reason);
    if (reason) button.title = reason;
  }
}

export class SettingsBar {
  /** @param on {cohort, metric, alignment, marking, slide}. */
  constructor(cohorts, on) {
    this.cohort = makeSelect(
      "Cohort",
      cohorts.map(({ key, label }) => [key, label]),
      on.cohort,
    );
    this.metric = new Choice(
      "Score",
      Object.entries(METRICS).map(([key, { label, long }]) => [key, label, long]),
      on.metric,
    );
    this.alignment = new Choice(
      "Alignment",
      [
        ["paper", "Paper", "The map is stretched over the whole radiograph, as published"],
        ["aligned", "Aligned", "The map is put back where the model's square was cut out"],
      ],
      on.alignment,
    );
    this.edges = new Choice(
      "Edge rule",
      [
        ["paper", "Paper", "Shifted maps are divided by all shifts, which weakens their edges, as published"],
        ["covered", "Covered", "Shifted maps are divided by the shifts that cover the pixel"],
      ],
      () => {},
    );
    this.marking = new Choice(
      "Thresholds",
      Object.entries(MARKINGS).map(([key, { label, long }]) => [key, label, long]),
      on.marking,
    );
    this.all = make("input", {
      type: "range",
      min: 0,
      max: STEPS - 1,
      step: 1,
      value: STEPS / 2,
      on: { input: () => on.slide(Number(this.all.value)) },
    });
    this.number = make("span", { class: "number" });
    const slider = make("label", { class: "field all" }, make("span", { text: "All findings" }), this.all, this.number);
    this.hint = make("p", { class: "note", role: "status" });
    this.element = make(
      "div",
      { class: "panel settings" },
      make("div", { class: "line" }, this.cohort, this.metric.element, this.alignment.element, this.edges.element),
      make("div", { class: "line" }, this.marking.element, slider),
      this.hint,
    );
  }

  show({ key, alignment, metric, markings, tuned, edges }) {
    this.cohort.control.value = key;
    this.metric.show(metric);
    this.alignment.show(alignment);
    this.showEdges(edges);
    for (const kind of ["halving", "grid", "cutoffs"])
      this.marking.disable(kind, tuned ? "" : "Needs validation maps, and this cohort was given none");
    this.showMarking(markings, metric);
  }

  showMarking(markings, metric) {
    const kinds = new Set(markings.map(({ kind }) => kind));
    this.marking.show(kinds.size === 1 ? markings[0].kind : null);
    const steps = new Set(markings.map((marking) => marking.step ?? -1));
    const one = steps.size === 1 && !steps.has(-1);
    if (one) this.all.value = markings[0].step;
    this.number.textContent = one ? (markings[0].step / STEPS).toFixed(3) : "by finding";
    const words =
      kinds.size === 1
        ? `${MARKINGS[markings[0].kind].long}.`
        : "Thresholds were chosen by finding: the buttons set all findings again.";
    this.hint.textContent =
      metric === "hit"
        ? "Where a map is largest does not depend on a threshold: choose an mIoU to see thresholds at work."
        : words;
  }

  /** @param edges {rule, reason}: the rule the maps were made with, and why it cannot be changed. */
  showEdges({ rule, reason }) {
    this.edges.show(rule);
    for (const value of ["paper", "covered"]) this.edges.disable(value, value === rule ? "" : reason);
    this.edges.element.title = reason;
  }
}
