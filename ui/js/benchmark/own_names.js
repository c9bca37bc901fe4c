// What a visitor's own heat maps are called on this page. The server knows them by a number; their file's name, which
// may be a patient's, and a name that was typed stay in this browser.
import { brought } from "../files/brought.js";

const LONGEST = 40; // characters, for heads of columns

export class OwnNames {
  /** @type {Map<string, string>} */
  typed = new Map(); // by the server's name
  /** @type {Map<string, string>} */
  files = new Map();

  /**
   * What a method is called on the page: as somebody typed it, else by its file where these names are shown.
   * @param {string} name
   * @returns {string}
   */
  labelOf(name) {
    const file = brought.shown ? this.files.get(name)?.replace(/\.zip$/i, "") : "";
    return (this.typed.get(name) || file || name).slice(0, LONGEST);
  }

  /**
   * @param {string} name
   * @param {string} label empty: as before
   */
  call(name, label) {
    this.typed.set(name, label.trim().slice(0, LONGEST));
  }
}
