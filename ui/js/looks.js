// How rows, lines and dots of results look: a number that stays with a name, so that colours, dashes and marks do too.
import { remember } from "./remember.js";

export const COLOURS = 8; // see trust.css and benchmark.css

/**
 * Where in a list of looks the i-th one stands: beyond the last colour they come again, with the next of the others.
 * @template T
 * @param {number} i
 * @param {T[]} list
 * @returns {T}
 */
export const turned = (i, list) => list[(i + Math.floor(i / COLOURS)) % list.length];

export class Looks {
  /** @type {Map<string, number>} */
  numbers = new Map();

  /**
   * The number of a name's look; a new name gets the next one.
   * @param {string} name
   * @returns {number}
   */
  of(name) {
    return remember(this.numbers, name, () => this.numbers.size);
  }
}
