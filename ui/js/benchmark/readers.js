// What is true where several people read the radiographs, and how one of them does against the others.
import { make, makeSelect } from "../dom.js";

/** @import { PackedAbout } from "../types.d.ts" */

/** The name of that row, as evaluation/readers has it. */
export const HUMAN_CEILING = "Human ceiling";
/** What is true where nobody chose. */
export const UNION = "union";
/** @type {Record<string, string>} */
const WAYS = {
  union: "Union of the readers",
  majority: "Majority of the readers",
  fusion: "Fused boxes of the readers",
};
const HINT = "What the maps are scored against: all that anybody marked, what more than half marked, or one reader";

/**
 * @param {string} readers
 * @returns {string}
 */
export const truthName = (readers) => WAYS[readers] ?? `Reader ${readers}`;

/**
 * The same within a sentence; a reader's own name stays as it is.
 * @param {string} readers
 * @returns {string}
 */
export const truthWords = (readers) => WAYS[readers]?.toLowerCase() ?? `reader ${readers}`;

/**
 * What the row of one reader is, in a few words.
 * @param {string} readers
 * @returns {string}
 */
export const oneReader = (readers) => (readers in WAYS ? "one reader against the others" : `others against ${readers}`);

/**
 * What must be said of that row.
 * @param {PackedAbout} about
 * @returns {string}
 */
export function noteOn({ people, readers }) {
  if (!readers || !people.includes(HUMAN_CEILING)) return "";
  const whom = readers.chosen in WAYS ? `the ${readers.chosen} of the others` : `reader ${readers.chosen}`;
  const how = `each reader's marks, and the middle of the largest of them as a point, against ${whom}`;
  const truth = "Nobody is compared with oneself, so that the truth is not quite that of the methods.";
  return ` ${HUMAN_CEILING}: ${how}, as a mean over a case's readers. ${truth}`;
}

/** The choice of what is true; nothing where one person read each image. */
export class TruthChoice {
  element = make("div", { hidden: true });

  /** @param {(readers: string) => void} onChoose */
  constructor(onChoose) {
    this.onChoose = onChoose;
  }

  /** @param {PackedAbout["readers"]} readers */
  show(readers) {
    this.element.hidden = readers === null;
    this.element.replaceChildren();
    if (!readers) return;
    const { format } = new Intl.NumberFormat("en");
    const names = readers.names.toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
    /** @type {[string, string][]} */
    const options = [
      ...readers.ways.map((way) => /** @type {[string, string]} */ ([way, truthName(way)])),
      ...names.map(([name, n]) => /** @type {[string, string]} */ ([name, `${truthName(name)} (${format(n)} cases)`])),
    ];
    const field = makeSelect("Truth", options, this.onChoose);
    field.title = HINT;
    field.control.value = readers.chosen;
    this.element.replaceChildren(field);
  }
}
