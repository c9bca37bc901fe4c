// What a device answers where a question needs the server.

/** @import { Answer, CompareRequest, NearestRequest, OnDevice } from "../messages.d.ts" */

export const FINER = "Finer maps take many more passes: they need the server.";
export const FILES = "Files of annotations are read by the server: draw here, or compute on the server.";
const INDEX = "What else looks like a patch is searched in an index of the server's: compute on the server.";
const WAYS = "many passes: on the server";

/**
 * @param {string} key of the open radiograph
 * @param {NearestRequest} asked
 * @returns {Partial<Answer>}
 */
export const noNearest = (key, { model, patch }) => ({
  nearest: { case: key, model, patch, problem: INDEX, near: [], facts: null },
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
      ...{ chosen: false, passes: 0, seconds: 0, refused: WAYS },
    })),
  },
});
