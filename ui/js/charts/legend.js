// A legend whose rows switch the lines of charts on and off.
import { sample } from "../benchmark/shapes.js";
import { make } from "../dom.js";
import { plain } from "./figures.js";

/** @import { Chart } from "./chart.js" */

/**
 * @param {{ label: string, look: number }[]} rows
 * @param {Chart[]} charts that it is of
 */
export function makeLegend(rows, charts) {
  const keys = rows.map((row) => keyOf(row, charts));
  return make("div", { class: "chart-legend", role: "group", "aria-label": "Lines shown" }, ...keys);
}

/**
 * @param {{ label: string, look: number }} row
 * @param {Chart[]} charts
 */
function keyOf({ label, look }, charts) {
  const name = plain(label);
  const toggle = () => charts.forEach((chart) => chart.toggle(name, box.checked));
  const box = make("input", { type: "checkbox", on: { change: toggle } });
  box.checked = !charts.some((chart) => chart.hidden.has(name));
  return make("label", {}, box, sample(look), make("span", { text: label }));
}
