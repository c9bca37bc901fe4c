// How each row of results looks: a number that stays with its name, so that colours, dashes and marks do too.
import { DASHES, SHAPES } from "./shapes.js";

export const COLOURS = 8; // see benchmark.css

/** The class of the colour of the i-th look. */
export const colour = (i) => `m${i % COLOURS}`;

/** Beyond the eighth look colours come again, with the next dash and the next mark. */
export const dash = (i) => DASHES[(i + Math.floor(i / COLOURS)) % DASHES.length];
export const shape = (i) => SHAPES[(i + Math.floor(i / COLOURS)) % SHAPES.length];

export class Looks {
  /** @param order names whose looks are the first ones. */
  constructor(order) {
    this.numbers = new Map(order.map((name, i) => [name, i]));
  }

  /** The number of a name's look; a new name gets the next one. */
  of(name) {
    if (!this.numbers.has(name)) this.numbers.set(name, this.numbers.size);
    return this.numbers.get(name);
  }
}
