// What was read, kept for as long as this tab of the browser is open, so that a reload loses no reading and shows
// nothing that was hidden.

const KEY = "explorer:second read";

/** @returns {unknown} what was kept last, null where there is nothing or the browser keeps nothing */
export function keptInTab() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {unknown} value as JSON
 * @returns {boolean} whether the browser kept it
 */
export function keepInTab(value) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
