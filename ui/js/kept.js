// How somebody likes to work, kept in this browser alone; nothing of a radiograph is.

const PREFIX = "explorer:";

/**
 * @param {string} name
 * @returns {unknown} the value that was kept last, null where there is none or the browser keeps nothing
 */
export function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {unknown} value as JSON
 */
export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // a private window: it holds until the page is closed
  }
}
