// How rows, lines and dots of results look: a number that stays with a name, so that colours, dashes and marks do too.
export const COLOURS = 8; // see trust.css and benchmark.css

/** Where in a list of looks the i-th one stands: beyond the last colour they come again, with the next of the others. */
export const turned = (i, list) => list[(i + Math.floor(i / COLOURS)) % list.length];

export class Looks {
  constructor() {
    this.numbers = new Map();
  }

  /** The number of a name's look; a new name gets the next one. */
  of(name) {
    if (!this.numbers.has(name)) this.numbers.set(name, this.numbers.size);
    return this.numbers.get(name);
  }
}
