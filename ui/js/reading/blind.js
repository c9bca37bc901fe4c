// What a reader may know of a case before the own reading is recorded: the radiograph, and nothing that anybody said.
//
// Everything on the page is drawn from the message about the open case. So that nothing has to be hidden, and nothing
// can be forgotten, the page is given this message instead: each field stands here by name, and a field that is added
// to the message is missing here until somebody has thought about it (the type checker says so).

/**
 * @import { CaseFacts, CaseMessage } from "../messages.d.ts"
 * @import { Arrays } from "../types.d.ts"
 */

/**
 * A case without labels, marks, and words about either.
 * @param {CaseFacts} item
 * @returns {CaseFacts}
 */
function blindCase(item) {
  const { key, id, orientation, laid, title, source_label, phantom, facts, crop, size, geometry, computed_on } = item;
  const bare = { key, id, orientation, laid, title, source_label, phantom, facts, crop, size, geometry, computed_on };
  const nobody = { labels: {}, drawn: [], readers: [], forms: {}, outlines: {}, human_outlines: {}, human_points: {} };
  return { ...bare, ...nobody, outline_is: "", mask_notes: {}, warnings: [], dicom_results: false };
}

/**
 * The message about a case without anything that models or people said of it.
 * @param {CaseMessage} content
 * @returns {CaseMessage}
 */
export function blindContent({ protocol, serial, turn, busy, case: item, film, image, waiting, long, models }) {
  return {
    ...{ protocol, serial, turn, busy, film, image, waiting, long, models },
    case: blindCase(item),
    ...{ masks: null, human: null, layers: null, maps: {}, floors: {}, gaze: [], patches: {} },
    ...{ assessments: {}, calibrated: {}, probabilities: {}, progress: null, prices: {}, regions: {} },
  };
}

/**
 * The arrays that belong to it.
 * @param {Arrays} arrays
 * @returns {Arrays}
 */
export function blindArrays({ film, filmValues, filmTables, image }) {
  return {
    film,
    filmValues,
    filmTables,
    image,
    masks: undefined,
    human: undefined,
    layers: undefined,
    maps: {},
    patches: {},
    gaze: [],
  };
}
