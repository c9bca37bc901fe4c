// One method's maps of one image from what a model on a device gave, with the numbers and the words of the server.
import { eigenCam, eigenGradCam } from "./eigen.js";
import { known } from "./findings.js";
import { attentionMap, fromLeast, segmentationMap } from "./given.js";
import { METHODS, whyServer, whyServerWith } from "./methods.js";
import { rawMap, scaledMap } from "./patches.js";
import { ablationCam, elementWise, finerCam, gradCam, gradCamPlusPlus, layerCam, pooledOf } from "./pooled.js";

/**
 * @import { Values } from "../../types.d.ts"
 * @import { Explained, Made, Outputs } from "./types.d.ts"
 */

const SCALED = "No unit; scaled to its own strongest value.";
const NO_UNIT = "no unit, scaled to its own strongest value.";
const DRAWN = "Drawn from its own smallest value to its largest.";

/**
 * How a method's maps come about, and what is said below them.
 * @typedef {object} Way
 * @property {(outputs: Outputs, parameters: Values) => Made} make
 * @property {(made: Made, parameters: Values, outputs: Outputs) => string} remark
 * @property {(made: Made) => Float32Array} [shown] what is drawn and scored, where that is not the maps themselves
 */

/** @type {Record<string, Way>} */
const WAYS = {
  raw: { make: rawMap, remark: patchRemark },
  scaled: { make: scaledMap, remark: patchRemark },
  gradcam: {
    make: (outputs) => gradCam(pooledOf(outputs)),
    remark: () => `${SCALED} The published picture leaves what opposes out.`,
  },
  "gradcam++": { make: (outputs) => gradCamPlusPlus(pooledOf(outputs)), remark: () => SCALED },
  layercam: { make: (outputs) => layerCam(pooledOf(outputs)), remark: () => SCALED },
  "gradcam-elementwise": { make: (outputs) => elementWise(pooledOf(outputs)), remark: () => SCALED },
  eigencam: {
    make: (outputs, { sign }) => eigenCam(pooledOf(outputs), outputs.logits.length, String(sign)),
    remark: (_, { sign }) =>
      `Does not depend on the finding; ${
        sign === "svd" ? "its sign is arbitrary, kept as published" : "positive where activation is larger"
      }.`,
  },
  eigengradcam: {
    make: (outputs, { sign }) => eigenGradCam(pooledOf(outputs), String(sign)),
    remark: (_, { sign }) =>
      `No unit; ${sign === "svd" ? "its sign is arbitrary" : "positive where contributions add up to more"}.`,
  },
  ablationcam: { make: (outputs) => ablationCam(pooledOf(outputs), outputs.logits), remark: turnedRemark },
  finercam: {
    make: (outputs, { against, strength }) => finerCam(pooledOf(outputs), outputs, String(against), Number(strength)),
    remark: (_, { against }) => `Less what supports ${against || "the finding with the nearest logit"}; ${NO_UNIT}`,
  },
  attention: {
    make: attentionMap,
    remark: () => `No unit; the model gives values from 0 to 1. ${DRAWN}`,
    shown: fromLeast,
  },
  segmentation: {
    make: (outputs, { side }) => segmentationMap(outputs, Number(side)),
    remark: () =>
      "The network was shown masks when it was trained: an upper comparator, and no rival of those that were not.",
  },
};

/**
 * Explain an image by one method.
 * @param {string} key of the method in the registry
 * @param {Outputs} outputs of the model
 * @param {Values} [given] parameters that shall not have their defaults
 * @returns {Explained}
 * @throws Error with one sentence: a device cannot do this, or what the model gave is not what the method needs.
 */
export function explain(key, outputs, given = {}) {
  const way = WAYS[key];
  if (!way) throw new Error(whyServer({ key, label: key, kind: "" }, []));
  const parameters = parametersOf(key, outputs, given);
  const problem = whyServerWith(key, parameters);
  if (problem) throw new Error(problem);
  const made = way.make(outputs, parameters);
  const note = [way.remark(made, parameters, outputs), made.note].filter(Boolean).join(" ");
  const shown = predictedOnly(way.shown?.(made) ?? made.maps, outputs.logits);
  const maps = way.shown ? predictedOnly(made.maps, outputs.logits) : shown;
  return { maps, shown, shape: [outputs.logits.length, made.height, made.width], note, parameters: told(parameters) };
}

/**
 * All parameters of a method; the finding that another is compared with by its own name.
 * @param {string} key
 * @param {Outputs} outputs
 * @param {Values} given
 * @returns {Values}
 * @throws Error with one sentence, where one does not fit.
 */
function parametersOf(key, { findings, logits, id }, given) {
  const { defaults } = METHODS[key];
  for (const name of Object.keys(given)) {
    if (!(name in defaults)) {
      const found = `found ${typeof given[name] === "string" ? `'${given[name]}'` : given[name]}.`;
      throw new Error(`Wrong parameter '${name}' of ${key}: extra inputs are not permitted, ${found}`);
    }
  }
  const parameters = { ...defaults, ...given };
  if (!parameters.against) return parameters;
  const place = known(String(parameters.against), findings);
  if (place < 0) {
    const expected = `expected one of ${findings.join(", ")} (or Airspace Opacity for Lung Opacity).`;
    throw new Error(`Wrong parameter 'against' of ${key}: unknown finding '${parameters.against}': ${expected}`);
  }
  if (Number.isNaN(logits[place])) {
    const found = `found ${findings[place]}, which it does not; name another or leave it empty.`;
    throw new Error(`Expected a finding that ${id} predicts to compare with, ${found}`);
  }
  return { ...parameters, against: findings[place] };
}

/**
 * Parameters as they are stored: Grad-CAM's formula is named where it is another alone.
 * @param {Values} parameters
 * @returns {Values}
 */
function told({ formula, ...others }) {
  return formula === undefined || formula === "gradcam" ? others : { ...others, formula };
}

/**
 * Maps with NaN for the findings that the model does not predict, whatever the method made of them.
 * @param {Float32Array} maps
 * @param {Float32Array} logits
 * @returns {Float32Array}
 */
function predictedOnly(maps, logits) {
  const cells = maps.length / logits.length;
  logits.forEach((logit, i) => Number.isNaN(logit) && maps.fill(NaN, i * cells, (i + 1) * cells));
  return maps;
}

/** @param {Made} made */
function patchRemark({ height, width }) {
  return `In logits; ${width}×${height} cells, one scale for all maps in logits.`;
}

/**
 * @param {Made} _made
 * @param {Values} _parameters
 * @param {Outputs} outputs
 */
function turnedRemark(_made, _parameters, { logits }) {
  const turned = logits.filter((logit) => logit < 0).length;
  return turned ? `${SCALED} Signs are reversed for the ${turned} findings whose logit is negative.` : SCALED;
}
