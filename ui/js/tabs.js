// The tabs of the page, by the words on them.

export const EXPLORE = "Explore";

/** @returns {HTMLElement[]} */
const tabs = () => [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[role="tab"]'))];

/**
 * The tab that is shown; "" where there are none.
 * @returns {string}
 */
export function shownTab() {
  return (
    tabs()
      .find((tab) => tab.getAttribute("aria-selected") === "true")
      ?.textContent.trim() ?? ""
  );
}

/** @param {string} name */
export function showTab(name) {
  tabs()
    .find((tab) => tab.textContent.trim() === name)
    ?.click();
}
