// Which methods the charts show, and how each is drawn there.
import { make, makeSvg } from "../dom.js";
import { sample } from "./shapes.js";

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
    const picture = method.marks ? sample(method.look) : flat();
    return make("label", { class: "key" }, control, picture, make("span", { text: method.label }));
  });
}

/**
 * The line of a score that no threshold changes.
 * @returns {SVGSVGElement}
 */
function flat() {
  const line = makeSvg("path", { d: "M1 7H33", class: "ceiling" });
  return makeSvg("svg", { viewBox: "0 0 34 14", class: "sample", "aria-hidden": "true" }, line);
}
