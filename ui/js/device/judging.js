// What is said of one of many radiographs: whether it can be read, and the logits of each model that can assess it.
// Nothing of it stays open.
import { assessmentsOf, filmOf } from "./assessing/assess.js";
import { isMarked } from "./assessing/marked.js";
import { bytesOf, VIEW } from "./radiograph.js";
import { preprocess, readRadiograph } from "./reading/index.js";

/**
 * @import { AssessingTables } from "./assessing/types.d.ts"
 * @import { Network } from "./network.js"
 * @import { JudgedFile, ManyFile } from "./types.d.ts"
 */

/**
 * @param {ManyFile} file
 * @param {Map<string, Network>} networks by the models' keys
 * @param {AssessingTables} tables
 * @returns {Promise<JudgedFile>}
 * @throws Refusal where it cannot be read.
 */
export async function judged({ bytes, name }, networks, tables) {
  const radiograph = await readRadiograph(bytes, name);
  const models = [...networks.values()].map(({ facts }) => facts);
  const assessments = assessmentsOf(filmOf(radiograph, isMarked(bytes), tables), models, tables);
  const sides = new Set([...networks.values()].map(({ side }) => side)).add(VIEW);
  const images = new Map([...sides].map((side) => [side, preprocess(radiograph, side).image]));
  const imageOf = (/** @type {number} */ side) => /** @type {Float32Array<ArrayBuffer>} */ (images.get(side));
  /** @type {JudgedFile["logits"]} */
  const logits = {};
  for (const [key, network] of networks) {
    if (assessments[key].state === "not_assessable") continue;
    logits[key] = network.predicted((await network.look(imageOf(network.side))).logits);
  }
  return { assessments, logits, image: bytesOf(imageOf(VIEW)) };
}
