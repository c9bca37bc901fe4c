// Sentences with places for what was found, as Python's `format` fills them.
import { fixed } from "../reading/numbers.js";

/**
 * @param {string} sentence with places such as {whose}, {images:,}, {likeness:.2f} and {field:.0%}
 * @param {Record<string, string | number>} found
 * @returns {string}
 * @throws Error where a place has a form that is not known, or nothing for it was found.
 */
export function filled(sentence, found) {
  return sentence.replace(/\{(\w+)(?::([^}]*))?\}/g, (place, name, form) => {
    const value = found[name];
    if (value === undefined) throw new Error(`Expected something for ${place}, found nothing.`);
    return written(value, form ?? "");
  });
}

/**
 * @param {string | number} value
 * @param {string} form
 * @returns {string}
 */
function written(value, form) {
  if (form === "") return String(value);
  const number = Number(value);
  if (form === ",") return number.toLocaleString("en-US");
  const digits = /^\.(\d)([f%])$/.exec(form);
  if (!digits) throw new Error(`Expected a form as ",", ".2f" or ".0%", found ${form}.`);
  const percent = digits[2] === "%";
  return fixed(percent ? 100 * number : number, Number(digits[1])) + (percent ? "%" : "");
}
