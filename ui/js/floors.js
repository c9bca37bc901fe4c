// Maps that never look at the image, as panes: no methods of a model, but what any method has to beat.
/**
 * @import { Method, Model } from "./messages.d.ts"
 * @import { Pair } from "./types.d.ts"
 */

const NOBODY = "no model"; // key of what a floor is a map of

/** @type {Model} */
const NO_MODEL = { key: NOBODY, label: "no model", short: "floor", shown_masks: false, capabilities: [] };
export const WITHOUT = "never looks at the image"; // what every floor has in common
const PRIOR_WORDS =
  "Made without a method or a model: the mean of the masks that were drawn on other radiographs (the tuning set), " +
  "the same for every image. It is scored like a map and shows how far one gets without looking: a map that does " +
  "not beat it has not located the finding of this radiograph.";

/** @type {Method[]} */
export const FLOORS = [
  {
    key: "prior",
    label: "Location prior (floor)",
    model: NOBODY,
    needs: { key: "", words: "" },
    unit: null,
    interpolation: "bilinear",
    sign: "positive",
    floor: "minimum",
    palette: "strength",
    kind: "",
    words: PRIOR_WORDS,
    equals: [],
    parameters: [],
    refines: null,
    cost: "",
  },
];

/**
 * The floor of a name; null where there is none.
 * @param {string} name
 * @returns {Pair | null}
 */
export function floorOf(name) {
  const method = FLOORS.find(({ key }) => key === name);
  return method ? { name, method, model: NO_MODEL } : null;
}

/**
 * Whether a pane shows a floor.
 * @param {{ model: { key: string } }} pane
 * @returns {boolean}
 */
export const isFloor = ({ model }) => model.key === NOBODY;
