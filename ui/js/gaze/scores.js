// A map against where somebody looked: the same as evaluation/gaze/scores.py, on the cells of the gaze map.
import { correlation, ranksOf } from "../ranks.js";
import { SIZE } from "../view.js";

/** @import { Place } from "../types.d.ts" */

const TINY = Number.EPSILON;

/** @typedef {{ ncc: number, kl: number, auc_judd: number, auc_region: number, iou_top: number }} GazeScores */
/** @type {GazeScores} */
export const NO_SCORES = { ncc: NaN, kl: NaN, auc_judd: NaN, auc_region: NaN, iou_top: NaN };

/**
 * A map of the view at the centres of a coarser grid's cells.
 * @param {Float32Array} map SIZE² values
 * @param {number} side
 * @returns {Float32Array}
 */
export function sampled(map, side) {
  const at = Int32Array.from({ length: side }, (_, i) => Math.floor(((i + 0.5) * SIZE) / side));
  const out = new Float32Array(side * side);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) out[y * side + x] = map[at[y] * SIZE + at[x]];
  return out;
}

/**
 * A map as a density: measured from its minimum, sum 1; null where it is constant.
 * @param {Float32Array} map
 * @returns {Float64Array | null}
 */
function densityOf(map) {
  const least = map.reduce((low, value) => Math.min(low, value), Infinity);
  const raised = Float64Array.from(map, (value) => value - least);
  const total = raised.reduce((sum, value) => sum + value, 0);
  return total > 0 ? raised.map((value) => value / total) : null;
}

/**
 * The smallest region above one threshold that holds at least a share of a density's mass.
 * @param {Float64Array} mass
 * @param {number} share
 * @returns {Uint8Array}
 */
function topMass(mass, share) {
  const ordered = mass.slice().sort().reverse();
  let [sum, last] = [0, 0];
  for (; last < ordered.length - 1; last++) {
    sum += ordered[last];
    if (sum >= share * (1 - 1e-12)) break;
  }
  return Uint8Array.from(mass, (value) => Number(value >= ordered[last]));
}

/**
 * Area under the ROC curve of cells in a region against all others; NaN where either is empty.
 * @param {Float64Array} ranks
 * @param {Uint8Array} region
 * @returns {number}
 */
function aucOf(ranks, region) {
  let [inside, sum] = [0, 0];
  for (let i = 0; i < ranks.length; i++) {
    if (!region[i]) continue;
    inside++;
    sum += ranks[i];
  }
  const outside = ranks.length - inside;
  return inside && outside ? (sum - (inside * (inside + 1)) / 2) / (inside * outside) : NaN;
}

/**
 * All scores of a map against a gaze map; NaN where undefined.
 * @param {Float32Array} map side² values
 * @param {Float32Array} gaze side² values, sum 1
 * @param {Place[]} points fixations in view coordinates
 * @param {number} share of the mass of both whose regions are compared
 * @returns {GazeScores}
 */
export function gazeScores(map, gaze, points, share) {
  const [mass, looked] = [densityOf(map), densityOf(gaze)];
  const ranks = ranksOf(map);
  if (!mass || !looked || !ranks) return NO_SCORES;
  const side = Math.sqrt(map.length);
  const fixated = new Uint8Array(map.length);
  for (const [x, y] of points) {
    /** @param {number} at */
    const cell = (at) => Math.min(side - 1, Math.floor((at * side) / SIZE));
    fixated[cell(y) * side + cell(x)] = 1;
  }
  const top = topMass(looked, share);
  const own = topMass(mass, share);
  const total = gaze.reduce((sum, value) => sum + value, 0);
  let [kl, both, either] = [0, 0, 0];
  for (let i = 0; i < map.length; i++) {
    const here = gaze[i] / total;
    kl += here * Math.log(TINY + here / (TINY + mass[i]));
    both += top[i] & own[i];
    either += top[i] | own[i];
  }
  const ncc = correlation(Float64Array.from(map), Float64Array.from(gaze));
  return { ncc, kl, auc_judd: aucOf(ranks, fixated), auc_region: aucOf(ranks, top), iou_top: both / either };
}
