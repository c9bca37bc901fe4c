// Controls for a method's typed parameters, built from what the server says of each field.
import { make } from "./dom.js";

/**
 * One field: `kind` is "number", "choice", "switch" or "text"; see ui/fields.py.
 * @typedef {{name: string, title: string, words: string, kind: string, default: unknown, optional: boolean,
 *   whole?: boolean, least?: number, most?: number, above?: number, below?: number, options?: unknown[]}} Field
 */

let made = 0;

/**
 * The limits of a field in words; empty where there are none.
 * @param {Field} field
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
  /** @param {Field} field */
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

  makeControl() {
    const { kind, whole, least, most, above, below, options, optional } = this.field;
    if (kind === "choice") {
      const choices = optional ? [null, ...options] : options;
      return make(
        "select",
        {},
        ...choices.map((value, i) =>
          make("option", { value: String(i), text: value === null ? "none" : String(value) }),
        ),
      );
    }
    if (kind === "switch") return make("input", { type: "checkbox" });
    if (kind === "number")
      return make("input", {
        type: "number",
        step: whole ? 1 : "any",
        min: least ?? above,
        max: most ?? below,
        autocomplete: "off",
      });
    return make("input", { type: "text", maxlength: most, autocomplete: "off", spellcheck: "false" });
  }

  get choices() {
    const { options, optional } = this.field;
    return optional ? [null, ...options] : options;
  }

  /** What stands in the control; a number that is none stays text, and the server says so. */
  get value() {
    const { kind, optional } = this.field;
    if (kind === "choice") return this.choices[Number(this.control.value)];
    if (kind === "switch") return this.control.checked;
    const text = this.control.value.trim();
    if (optional && text === "") return null;
    return kind === "number" && text !== "" ? Number(text) : text;
  }

  set value(value) {
    const { kind } = this.field;
    if (kind === "choice") this.control.value = String(Math.max(0, this.choices.indexOf(value)));
    else if (kind === "switch") this.control.checked = Boolean(value);
    else this.control.value = value === null || value === undefined ? "" : String(value);
  }
}
