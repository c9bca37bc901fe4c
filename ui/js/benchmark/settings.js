// The bar above the table: cohort, metric, alignment, edge rule, thresholds.
import { known, make, makeSelect } from "../dom.js";
import { STEPS } from "./packed.js";
import { TruthChoice } from "./readers.js";
import { FLOORS, MARKING_KEYS, MARKINGS, METRIC_KEYS, METRICS } from "./words.js";

/**
 * @import { CohortName } from "../messages.d.ts"
 * @import { Edges, Marking, MarkingKind, Metric, PackedAbout } from "../types.d.ts"
 */

const OF_HITS = "Where a map is largest does not depend on a threshold: choose an mIoU to see thresholds at work.";
const BY_FINDING = "Thresholds were chosen by finding: the buttons set all findings again.";
/** @type {MarkingKind[]} */
const TUNED = ["halving", "grid", "cutoffs"];

/**
 * What the bar tells.
 * @typedef {object} SettingsListeners
 * @property {(key: string) => void} cohort
 * @property {(metric: Metric) => void} metric
 * @property {(alignment: string) => void} alignment
 * @property {(readers: string) => void} readers what is true where several people read
 * @property {(kind: MarkingKind) => void} marking of all findings
 * @property {(step: number) => void} slide the threshold of all findings
 * @property {(shown: boolean) => void} floors whether they are shown
 */

/**
 * What the bar shows.
 * @typedef {object} SettingsState
 * @property {string} key of the cohort
 * @property {string} alignment
 * @property {Metric} metric
 * @property {Marking[]} markings by finding
 * @property {boolean} tuned whether there are validation maps
 * @property {Edges} edges
 * @property {PackedAbout["readers"]} readers
 */

/**
 * A row of buttons of which one is pressed.
 * @template {string} T
 */
export class Choice {
  /**
   * @param {string} label
   * @param {[T, string, string][]} options value, label and title of each
   * @param {(value: T) => void} onChoose
   */
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

  /** @param {T | null} value */
  show(value) {
    for (const [key, button] of this.buttons) button.setAttribute("aria-pressed", String(key === value));
  }

  /**
   * Switch one option off, with the reason.
   * @param {T} value
   * @param {string} reason
   */
  disable(value, reason) {
    const button = known(this.buttons.get(value));
    button.disabled = Boolean(reason);
    if (reason) button.title = reason;
  }
}

/** @type {[string, string, string][]} */
const ALIGNMENTS = [
  ["paper", "Paper", "The map is stretched over the whole radiograph, as published"],
  ["aligned", "Aligned", "The map is put back where the model's square was cut out"],
];
/** @type {[string, string, string][]} */
const EDGES = [
  ["paper", "Paper", "Shifted maps are divided by all shifts, which weakens their edges, as published"],
  ["covered", "Covered", "Shifted maps are divided by the shifts that cover the pixel"],
];

export class SettingsBar {
  number = make("span", { class: "number" });
  hint = make("p", { class: "note", role: "status" });
  all = make("input", {
    type: "range",
    min: 0,
    max: STEPS - 1,
    step: 1,
    value: STEPS / 2,
    on: { input: () => this.on.slide(Number(this.all.value)) },
  });
  floors = make("input", { type: "checkbox", on: { change: () => this.on.floors(this.floors.checked) } });
  edges = new Choice("Edge rule", EDGES, () => {});
  metric = new Choice(
    "Score",
    METRIC_KEYS.map((key) => [key, METRICS[key].label, METRICS[key].long]),
    (metric) => this.on.metric(metric),
  );
  alignment = new Choice("Alignment", ALIGNMENTS, (alignment) => this.on.alignment(alignment));
  marking = new Choice(
    "Thresholds",
    MARKING_KEYS.map((key) => [key, MARKINGS[key].label, MARKINGS[key].long]),
    (kind) => this.on.marking(kind),
  );

  /**
   * @param {CohortName[]} cohorts
   * @param {SettingsListeners} on
   */
  constructor(cohorts, on) {
    this.on = on;
    this.cohort = makeSelect(
      "Cohort",
      cohorts.map(({ key, label }) => [key, label]),
      on.cohort,
    );
    this.truth = new TruthChoice(on.readers);
    const slider = make("label", { class: "field all" }, make("span", { text: "All findings" }), this.all, this.number);
    this.floors.checked = true;
    const floors = make(
      "label",
      { class: "field", title: FLOORS },
      this.floors,
      make("span", { text: "Floors and skill" }),
    );
    this.element = make(
      "div",
      { class: "panel settings" },
      make(
        "div",
        { class: "line" },
        this.cohort,
        this.truth.element,
        this.metric.element,
        this.alignment.element,
        this.edges.element,
      ),
      make("div", { class: "line" }, this.marking.element, slider, floors),
      this.hint,
    );
  }

  /** @param {SettingsState} state */
  show({ key, alignment, metric, markings, tuned, edges, readers }) {
    this.cohort.control.value = key;
    this.truth.show(readers);
    this.metric.show(metric);
    this.alignment.show(alignment);
    this.showEdges(edges);
    const untuned = tuned ? "" : "Needs validation maps, and this cohort was given none";
    for (const kind of TUNED) this.marking.disable(kind, untuned);
    this.showMarking(markings, metric);
  }

  /**
   * @param {Marking[]} markings
   * @param {Metric} metric
   */
  showMarking(markings, metric) {
    const [{ kind, step }] = markings;
    const alike = markings.every((marking) => marking.kind === kind);
    this.marking.show(alike ? kind : null);
    const one = step !== undefined && markings.every((marking) => marking.step === step);
    if (one) this.all.value = String(step);
    this.number.textContent = one ? (step / STEPS).toFixed(3) : "by finding";
    this.hint.textContent = metric === "hit" ? OF_HITS : alike ? `${MARKINGS[kind].long}.` : BY_FINDING;
  }

  /** @param {Edges} edges {rule, reason}: the rule the maps were made with, and why it cannot be changed. */
  showEdges({ rule, reason }) {
    this.edges.show(rule);
    for (const [value] of EDGES) this.edges.disable(value, value === rule ? "" : reason);
    this.edges.element.title = reason;
  }
}
