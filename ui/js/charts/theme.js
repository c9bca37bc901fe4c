// The page's colours and letters for charts, and being told when they change.

/** @import { Words } from "./types.d.ts" */

const NAMES = ["text", "soft", "line", "panel", "accent", ...Array.from({ length: 8 }, (_, i) => `series-${i}`)];

/** @type {Words | null} */
let kept = null;
/** @type {Set<{ element: Element, restyle(): void }>} */
const charts = new Set();

/**
 * What the names in figures stand for now.
 * @param {Element} element
 * @returns {Words}
 */
export function palette(element) {
  if (kept) return kept;
  const style = getComputedStyle(element);
  /** @type {Words} */
  const found = { font: style.fontFamily };
  for (const name of NAMES) found[name] = style.getPropertyValue(`--mx-${name}`).trim();
  kept = found;
  return found;
}

/**
 * Have a chart drawn again whenever the page turns dark or light.
 * @param {{ element: Element, restyle(): void }} chart
 */
export function follow(chart) {
  charts.add(chart);
}

function changed() {
  kept = null;
  for (const chart of charts) {
    if (chart.element.isConnected) chart.restyle();
    else charts.delete(chart);
  }
}

new MutationObserver(changed).observe(document.body, { attributes: true, attributeFilter: ["class"] });
