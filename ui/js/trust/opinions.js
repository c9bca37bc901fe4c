// The probability of the chosen finding as each model says it, calibrated, with its spread, and whether it abstains.
import { sentenceOf } from "../assessment.js";
import { probabilityText } from "../findings.js";
import { make, withCode } from "../dom.js";

/** @import { Assessment, Opinion, Selection } from "../messages.d.ts" */

const WORDS =
  "A calibrated probability of 70 % should be right in 7 of 10 such images. The spread shows how much it moves when " +
  "the image is shifted, brightened or darkened a little.";

/** @param {number} share */
const percent = (share) => `${Math.round(100 * share)} %`;

/**
 * What stands at τ in lists by rising threshold: the last one that is not above it.
 * @param {Selection} selection
 * @param {number} tau
 */
function at({ thresholds, coverage, risk }, tau) {
  const i = Math.max(
    0,
    thresholds.findLastIndex((threshold) => threshold <= tau + 1e-9),
  );
  return { coverage: coverage[i], risk: risk[i] };
}

/** What stands in place of an answer that would mean nothing: neither number nor answer; the image's card says why. */
function withheld() {
  return [
    make("p", { class: "p" }, make("span", { class: "answer withheld", text: "withheld" })),
    make("p", { class: "note", text: "Why: see “Can the models read this image?”" }),
  ];
}

export class Opinions {
  tau = 0.8; // from which probability on an answer is given
  /** @type {Opinion[]} */
  opinions = [];
  /** @type {Record<string, Assessment>} */
  assessments = {};
  finding = "";
  index = 0; // its place

  /**
   * @param {Record<string, Record<string, Selection>>} selective {model: {finding: {thresholds, coverage, risk, n}}} of
   *   the cohort that was checked; may be empty.
   * @param {string} cohort
   */
  constructor(selective, cohort) {
    this.selective = selective;
    this.cohort = cohort;
    this.slider = make("input", {
      type: "range",
      min: 0.5,
      max: 0.95,
      step: 0.05,
      value: this.tau,
      on: {
        input: () => {
          this.tau = Number(this.slider.value);
          this.show();
        },
      },
    });
    this.number = make("span", { class: "number" });
    const field = make(
      "label",
      { class: "field slider", title: "The model gives no answer where the larger of p and 1 − p is below this" },
      make("span", { text: "Answer only when at least" }),
      this.slider,
      this.number,
    );
    this.list = make("div", { class: "opinions" });
    this.element = make(
      "section",
      { class: "trust-card", "aria-label": "Probability" },
      make("h3", { text: "How sure is the model?" }),
      this.list,
      field,
      make("p", {
        class: "note",
        text: WORDS,
      }),
    );
  }

  /**
   * @param {Opinion[]} opinions [{key, label, origin, raw, calibrated, deviation, note, reasons}], 14 numbers each,
   *   null for findings not predicted.
   * @param {Record<string, Assessment>} assessments by model
   * @param {string} finding
   * @param {number} index
   */
  update(opinions, assessments, finding, index) {
    this.opinions = opinions;
    this.assessments = assessments;
    this.finding = finding;
    this.index = index;
    this.show();
  }

  show() {
    this.number.textContent = `${percent(this.tau)} sure`;
    this.list.replaceChildren(...this.opinions.map((opinion) => this.one(opinion)));
  }

  /**
   * @param {Opinion} opinion
   * @returns {HTMLDivElement}
   */
  one(opinion) {
    const { key, label, origin, raw, calibrated } = opinion;
    const p = calibrated?.[this.index] ?? raw[this.index];
    const badge = make("small", { class: `badge ${origin}`, text: `${origin} weights` });
    const who = make("p", { class: "who" }, make("strong", { text: label }), badge);
    return make("div", { class: "opinion", "data-model": key }, who, ...this.said(opinion, p));
  }

  /**
   * Nothing where the image is not assessable; with caution where it is so.
   * @param {Opinion} opinion
   * @param {number | null} p
   */
  said(opinion, p) {
    const assessment = this.assessments[opinion.key];
    if (assessment?.state === "not_assessable") return withheld();
    if (p === null || opinion.raw[this.index] === null) return this.silence();
    if (!assessment?.reasons.length) return this.answer(opinion, p, true);
    const usual = assessment.reasons.every(({ remedy }) => !remedy); // the cohort's images lie as they should
    return [make("p", { class: "note caution", text: sentenceOf(assessment) }), ...this.answer(opinion, p, usual)];
  }

  /** @returns {HTMLParagraphElement[]} */
  silence() {
    return [
      make("p", { class: "p", text: "not predicted" }),
      make("p", { class: "note", text: `This model does not predict ${this.finding}.` }),
    ];
  }

  /**
   * @param {Opinion} opinion
   * @param {number} p
   * @param {boolean} usual whether what a cohort says can be said of this image
   * @returns {(HTMLParagraphElement | null)[]}
   */
  answer({ key, calibrated, raw, deviation, note, reasons }, p, usual) {
    const sure = Math.max(p, 1 - p) >= this.tau;
    const answer = sure ? (p >= 0.5 ? "answers: present" : "answers: absent") : "abstains";
    const moved = deviation?.[this.index] ?? null;
    const spread = moved === null ? "" : ` ± ${moved.toFixed(2)}`;
    const cohort = usual && this.cohortWords(this.selective[key]?.[this.finding]);
    return [
      make(
        "p",
        { class: "p" },
        make("span", { class: "big", text: probabilityText(p) + spread }),
        make("span", { class: sure ? "answer" : "answer abstains", text: answer }),
      ),
      make("p", { class: "note" }, ...this.about(calibrated, raw, note, reasons?.[this.index])),
      cohort ? make("p", { class: "note", text: cohort }) : null,
    ];
  }

  /**
   * What the model would do on the cohort that was checked.
   * @param {Selection | undefined} selection
   * @returns {string}
   */
  cohortWords(selection) {
    if (!selection) return "";
    const { coverage, risk } = at(selection, this.tau);
    const would = `On ${this.cohort} it would then answer`;
    if (risk === null) return `${would} none of ${selection.n} images.`;
    return `${would} ${percent(coverage ?? 0)} of ${selection.n} images, ${percent(risk)} of them wrongly.`;
  }

  /**
   * Whether the probability is calibrated, and why it is not.
   * @param {(number | null)[] | null} calibrated
   * @param {(number | null)[]} raw
   * @param {string} note
   * @param {string | undefined} reason
   * @returns {(string | HTMLElement)[]}
   */
  about(calibrated, raw, note, reason) {
    if (!calibrated) return withCode(note);
    return [
      reason
        ? `Not calibrated: ${reason}.`
        : `calibrated for ${this.finding}; the model itself says ${probabilityText(raw[this.index])}`,
    ];
  }
}
