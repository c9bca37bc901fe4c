// The tabs of the page, by the words on them.
import { targetOf } from "./dom.js";

export const EXPLORE = "Explore";

const TAB = '[role="tab"], .overflow-dropdown button'; // where there is little room, some stand in a menu

/** @returns {HTMLElement[]} */
const tabs = () => [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(TAB))];

/**
 * The tab that is shown; "" where there are none.
 * @returns {string}
 */
export function shownTab() {
  return (
    tabs()
      .find((tab) => tab.getAttribute("aria-selected") === "true" || tab.matches(".overflow-dropdown .selected"))
      ?.textContent.trim() ?? ""
  );
}

let led = false; // while a tab is shown that nobody clicked

/**
 * Show a tab, without telling `onTabs`.
 * @param {string} name
 */
export function showTab(name) {
  led = true;
  tabs()
    .find((tab) => tab.textContent.trim() === name)
    ?.click();
  led = false;
}

/**
 * Hear of every tab that a visitor goes to.
 * @param {(name: string) => void} listener
 */
export function onTabs(listener) {
  document.addEventListener("click", (event) => {
    const tab = led ? null : targetOf(event)?.closest(TAB);
    if (tab) listener(tab.textContent.trim());
  });
}
