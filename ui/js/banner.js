// The banner above the panes: whether what the models say of the open case can be read, and why not.
import { isAssessable, verdictsOf } from "./assessment.js";
import { make, withCode } from "./dom.js";

/**
 * @import { Verdict } from "./assessment.js"
 * @import { CaseMessage, Reason } from "./messages.d.ts"
 */

export class Banner {
  list = make("div", { class: "verdicts" });
  button = make("button", { type: "button", class: "anyway", "aria-pressed": "false", hidden: true });
  /** On a phone. */
  why = make("button", { type: "button", class: "why", text: "Why?", on: { click: () => this.unfold() } });
  element = make(
    "section",
    { class: "assessment", "aria-label": "Assessment", hidden: true },
    this.list,
    this.why,
    this.button,
  );
  /** @type {(reason: Reason) => HTMLElement | null} */
  remedy = () => null; // the button that does something about a reason
  shown = ""; // what stands there, so that the same words are not read out again

  /** @param {() => void} onToggle */
  constructor(onToggle) {
    this.button.addEventListener("click", onToggle);
    this.unfold(false);
  }

  /** @param {boolean} [open] whether the reasons stand there where there is little room */
  unfold(open = !this.element.classList.contains("unfolded")) {
    this.element.classList.toggle("unfolded", open);
    this.why.setAttribute("aria-expanded", String(open));
  }

  /**
   * @param {CaseMessage} content
   * @param {boolean} insisted whether the visitor wants to see the numbers anyway
   */
  show(content, insisted) {
    const verdicts = verdictsOf(content.assessments, content.models);
    const all = content.models.length;
    this.button.hidden = content.models.every(({ key }) => isAssessable(content, key));
    this.button.setAttribute("aria-pressed", String(insisted));
    this.button.textContent = insisted ? "Hide the probabilities" : "Show anyway";
    const shown = JSON.stringify([verdicts, all]);
    if (shown === this.shown) return;
    this.shown = shown;
    this.element.hidden = !verdicts.length;
    this.element.dataset.state = verdicts[0]?.assessment.state ?? "readable";
    const part = (/** @type {Verdict} */ verdict) => partOf(verdict, verdict.models.length < all, this.remedy);
    this.list.replaceChildren(...verdicts.map(part));
  }
}

/**
 * What is true of some models, with the reasons.
 * @param {Verdict} verdict
 * @param {boolean} named whether it is not true of all models, so that they are named
 * @param {Banner["remedy"]} [remedy]
 * @returns {HTMLElement}
 */
export function partOf({ assessment, models }, named, remedy = () => null) {
  const title = named ? `${assessment.title} by ${models.join(" and ")}` : assessment.title;
  return make(
    "div",
    { class: `verdict ${assessment.state}`, role: "note" },
    make("strong", { text: title }),
    make("ul", {}, ...assessment.reasons.map((reason) => make("li", {}, ...withCode(reason.text), remedy(reason)))),
  );
}
