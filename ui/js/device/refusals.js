// What a device answers where a question needs the server.

/** @import { Answer, CompareRequest, NearestRequest, OnDevice } from "../messages.d.ts" */

export const FINER = "Finer maps take many more passes: they need the server.";
export const FILES =
  "Files of annotations are read by the server, and files stay on this device: draw here, or compute on the server. " +
  "In the mode Draw a PNG is taken for one: leave the mode to open a radiograph.";
const INDEX = "What else looks like a patch is searched in an index of the server's: compute on the server.";
const WAYS = "many passes: on the server";

/** @type {[RegExp, string][]} */
const OFFERS = [
  [/compute on the server, or /, ""],
  [/,? or compute on the server/, ""],
  [/Files of annotations are read by the server, and files stay on this device:/, "This site reads no annotations:"],
  [/: (it speaks|they need) .*server.*$/, "."],
  [/( needs?) the server/, "$1 the program itself (python app.py)"],
];

/**
 * A sentence of this page's where there is no server that it could offer.
 * @param {string} sentence
 * @returns {string}
 */
export const withoutServer = (sentence) =>
  OFFERS.reduce((said, [offer, instead]) => said.replace(offer, instead), sentence);

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
