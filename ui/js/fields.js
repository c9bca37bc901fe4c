// Controls for a method's typed parameters, built from what the server says of each field.
import { make } from "./dom.js";

/** @import { ParameterField } from "./messages.d.ts" */

let made = 0;

/**
 * The limits of a field in words; empty where there are none.
 * @param {ParameterField} field
 * @returns {string}
 */
export function limitWords({ kind, least, most, above, below, whole }) {
  if (kind !== "number") return "";
  const low = least !== undefined ? `from ${least}` : above !== undefined ? `above ${above}` : "";
  const high = most !== undefined ? `to ${most}` : below !== undefined ? `below ${below}` : "";
  const limits = [low, high].filter(Boolean).join(" ");
  return limits && whole ? `whole, ${limits}` : limits;
}

/** One control with its label, its limits and its words. */
export class FieldControl {
  /** @param {ParameterField} field */
  constructor(field) {
    this.field = field;
    this.id = `parameter-${++made}`;
    this.control = this.makeControl();
    this.control.id = this.id;
    this.control.setAttribute("aria-describedby", `${this.id}-words`);
    const words = [limitWords(field), field.words].filter(Boolean).join(". ");
    this.element = make(
      "div",
      { class: "parameter", "data-field": field.name },
      make("label", { for: this.id, text: field.title }),
      this.control,
      make("p", { class: "parameter-words", id: `${this.id}-words`, text: words }),
    );
  }

  /** @returns {HTMLInputElement | HTMLSelectElement} */
  makeControl() {
    const { kind, whole, least, most, above, below } = this.field;
    if (kind === "choice") return this.makeChoice();
    if (kind === "switch") return make("input", { type: "checkbox" });
    if (kind === "text") {
      return make("input", { type: "text", maxlength: most, autocomplete: "off", spellcheck: "false" });
    }
    const [min, max] = [least ?? above, most ?? below];
    return make("input", { type: "number", step: whole ? 1 : "any", min, max, autocomplete: "off" });
  }

  /** @returns {HTMLSelectElement} */
  makeChoice() {
    const { empty = "none" } = this.field;
    const options = this.choices.map((value, i) =>
      make("option", { value: String(i), text: value === null || value === "" ? empty : String(value) }),
    );
    return make("select", {}, ...options);
  }

  /** @returns {unknown[]} */
  get choices() {
    const { options = [], optional } = this.field;
    return optional ? [null, ...options] : options;
  }

  /**
   * What stands in the control; a number that is none stays text, and the server says so.
   * @returns {unknown}
   */
  get value() {
    const { control } = this;
    if (control instanceof HTMLSelectElement) return this.choices[Number(control.value)];
    const { kind, optional } = this.field;
    if (kind === "switch") return control.checked;
    const text = control.value.trim();
    if (optional && text === "") return null;
    return kind === "number" && text !== "" ? Number(text) : text;
  }

  /** @param {unknown} value */
  set value(value) {
    const { control } = this;
    if (control instanceof HTMLSelectElement) control.value = String(Math.max(0, this.choices.indexOf(value)));
    else if (this.field.kind === "switch") control.checked = Boolean(value);
    else control.value = value === null || value === undefined ? "" : String(value);
  }
}
