// How long cases were read: all visits to a case count together, while the mode is on and the case not recorded.

/** @import { Sheet } from "./sheet.js" */

export class Stopwatch {
  /** @type {Sheet | null} */
  sheet = null; // whose time runs
  since = 0;

  /** @param {() => number} now in milliseconds */
  constructor(now = () => performance.now()) {
    this.now = now;
  }

  /** @param {Sheet | null} sheet whose time runs from now on; what ran until now is added to the one before */
  follow(sheet) {
    const now = this.now();
    if (this.sheet) this.sheet.spent += (now - this.since) / 1000;
    Object.assign(this, { sheet, since: now });
  }
}
