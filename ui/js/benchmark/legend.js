// Which methods the charts show, and how each is drawn there.
import { make, makeSvg } from "../dom.js";
import { colour, dash } from "./shapes.js";
import { marker } from "./svg.js";

/** @import { BoardMethod } from "../types.d.ts" */

/**
 * A switch for each method.
 * @param {BoardMethod[]} methods
 * @param {Set<string>} hidden keys of those that are not shown; changed
 * @param {() => void} onChange
 * @returns {HTMLLabelElement[]}
 */
export function legendOf(methods, hidden, onChange) {
  return methods.map((method) => {
    const control = make("input", { type: "checkbox" });
    control.checked = !hidden.has(method.key);
    control.addEventListener("change", () => {
      if (control.checked) hidden.delete(method.key);
      else hidden.add(method.key);
      onChange();
    });
    return make("label", { class: "key" }, control, sampleOf(method), make("span", { text: method.label }));
  });
}

/**
 * @param {BoardMethod} method
 * @returns {SVGSVGElement}
 */
function sampleOf({ marks, look }) {
  const sample = makeSvg("svg", { viewBox: "0 0 34 14", class: "sample", "aria-hidden": "true" });
  if (!marks) sample.append(makeSvg("path", { d: "M1 7H33", class: "ceiling" }));
  else {
    const line = { d: "M1 7H33", class: `line ${colour(look)}`, "stroke-dasharray": dash(look) };
    sample.append(makeSvg("path", line), marker(look, 17, 7, 4));
  }
  return sample;
}
