// What a device answers where a question needs the server.
import { said } from "./sentences.js";

/** @import { Answer, CompareRequest, NearestRequest, OnDevice } from "../messages.d.ts" */

/**
 * @param {string} key of the open radiograph
 * @param {NearestRequest} asked
 * @returns {Partial<Answer>}
 */
export const noNearest = (key, { model, patch }) => ({
  nearest: { case: key, model, patch, problem: said("nearest"), near: [], facts: null },
});

/**
 * @param {string} key of the open radiograph
 * @param {CompareRequest} asked
 * @param {OnDevice[]} models
 * @returns {Partial<Answer>}
 */
export const noWays = (key, { finding }, models) => ({
  compared: {
    ...{ case: key, finding, state: "offered", words: "", share: 0, models: null },
    offers: models.map(({ speaker }) => ({
      ...{ key: speaker.key, label: speaker.label },
      ...{ chosen: false, passes: 0, seconds: 0, refused: said("ways") },
    })),
  },
});
