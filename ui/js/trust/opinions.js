// The probability of the chosen finding as each model says it, calibrated, with its spread, and whether it abstains.
import { probabilityText } from "../findings.js";
import { make, withCode } from "../dom.js";

const percent = (share) => `${Math.round(100 * share)} %`;

/** What stands at τ in lists by rising threshold: the last one that is not above it. */
function at({ thresholds, coverage, risk }, tau) {
  const i = Math.max(
    0,
    thresholds.findLastIndex((threshold) => threshold <= tau + 1e-9),
  );
  return { coverage: coverage[i], risk: risk[i] };
}

export class Opinions {
  /** @param selective {model: {finding: {thresholds, coverage, risk, n}}} of the cohort that was checked; may be empty. */
  constructor(selective, cohort) {
    Object.assign(this, { selective, cohort });
    this.tau = 0.8;
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
        text: "A calibrated probability of 70 % should be right in 7 of 10 such images. The spread shows how much it moves when the image is shifted, brightened or darkened a little.",
      }),
    );
  }

  /** @param opinions [{key, label, origin, raw, calibrated, deviation, note, reasons}], 14 numbers each, null for findings not predicted. */
  update(opinions, finding, index) {
    Object.assign(this, { opinions, finding, index });
    this.show();
  }

  show() {
    this.number.textContent = `${percent(this.tau)} sure`;
    this.list.replaceChildren(...(this.opinions ?? []).map((opinion) => this.one(opinion)));
  }

  one({ key, label, origin, raw, calibrated, deviation, note, reasons }) {
    const box = (...parts) =>
      make(
        "div",
        { class: "opinion", "data-model": key },
        make(
          "p",
          { class: "who" },
          make("strong", { text: label }),
          make("small", { class: `badge ${origin}`, text: `${origin} weights` }),
        ),
        ...parts,
      );
    if (raw[this.index] === null)
      return box(
        make("p", { class: "p", text: "not predicted" }),
        make("p", { class: "note", text: `This model says nothing about ${this.finding}.` }),
      );
    const p = calibrated?.[this.index] ?? raw[this.index];
    const sure = Math.max(p, 1 - p) >= this.tau;
    const answer = sure ? (p >= 0.5 ? "answers: present" : "answers: absent") : "abstains";
    const spread = deviation ? ` ± ${deviation[this.index].toFixed(2)}` : "";
    const selection = this.selective[key]?.[this.finding];
    const chosen = selection && at(selection, this.tau);
    const cohort =
      chosen &&
      (chosen.risk === null
        ? `On ${this.cohort} it would then answer none of ${selection.n} images.`
        : `On ${this.cohort} it would then answer ${percent(chosen.coverage)} of ${selection.n} images, ${percent(chosen.risk)} of them wrongly.`);
    return box(
      make(
        "p",
        { class: "p" },
        make("span", { class: "big", text: probabilityText(p) + spread }),
        make("span", { class: sure ? "answer" : "answer abstains", text: answer }),
      ),
      make("p", { class: "note" }, ...this.about(calibrated, raw, note, reasons?.[this.index])),
      cohort ? make("p", { class: "note", text: cohort }) : null,
    );
  }

  /** Whether the probability is calibrated, and why it is not. */
  about(calibrated, raw, note, reason) {
    if (!calibrated) return withCode(note);
    return [
      reason
        ? `Not calibrated: ${reason}.`
        : `calibrated for ${this.finding}; the model itself says ${probabilityText(raw[this.index])}`,
    ];
  }
}
