// Where a score lies between not looking and a perfect map: skill = (score − best floor) / (ceiling − best floor).
// The same definitions as evaluation/skill.py.
import { METRICS } from "./words.js";

/**
 * @import { BoardMethod, Estimate, Metric, Skill } from "../types.d.ts"
 * @import { Board } from "./board.js"
 */

/** What a floor's name begins with in the files, see evaluation/floors. */
export const PREFIX = "Floor: ";
const KNOWS = "probability ("; // in the names of floors that know what a model says of the radiograph
const FINEST = 512; // cells along a side of the perfect map that is the ceiling
const ONE = new Float64Array([1]);

/** @param {BoardMethod} method */
const isFloor = (method) => method.kind === "floor";

/** @param {BoardMethod} method whether it marks maps: what floors are there to be compared with. */
const isMethod = (method) => method.marks;

/**
 * The number of the best floor of a row; null without one. Of the mean over findings, among the floors that have a
 * value in every finding in which any other row has one.
 * @param {Board} board
 * @param {number} row
 * @returns {number | null}
 */
export function bestFloor(board, row) {
  const { methods, estimates } = board;
  const mean = row === board.findings.length;
  const needed = mean ? board.findings.map((_, f) => methods.some((one, m) => !isFloor(one) && estimates[m][f].n)) : [];
  /** @param {number} m */
  const complete = (m) => needed.every((need, f) => !need || estimates[m][f].n);
  const known = [...methods.keys()].filter((m) => isFloor(methods[m]) && estimates[m][row].n && complete(m));
  return known.length ? known.reduce((a, b) => (estimates[b][row].value > estimates[a][row].value ? b : a)) : null;
}

/**
 * The number of the perfect map that is the ceiling; null for hits, whose ceiling is 1, and where there is none.
 * @param {Board} board
 * @returns {number | null}
 */
function ceilingOf({ methods, metric }) {
  const at = methods.findIndex(({ key }) => key === `ceiling:${FINEST}`);
  return metric === "hit" || at < 0 ? null : at;
}

/**
 * The skill of a method in a row, without its interval, which is more work; null where there is no floor, or where it
 * leaves no room below the ceiling.
 * @param {Board} board
 * @param {number} m
 * @param {number} row
 * @returns {{ value: number, floor: number } | null}
 */
export function skillValue(board, m, row) {
  const floor = bestFloor(board, row);
  const { estimates } = board;
  if (floor === null || !estimates[m][row].n) return null;
  const top = ceilingOf(board);
  const perfect = top === null ? 1 : estimates[top][row].value;
  const room = perfect - estimates[floor][row].value;
  if (!(room > 0)) return null;
  return { value: (estimates[m][row].value - estimates[floor][row].value) / room, floor };
}

/**
 * The same with its interval.
 * @param {Board} board
 * @param {number} m
 * @param {number} row
 * @returns {Skill | null}
 */
export function skillOf(board, m, row) {
  const found = skillValue(board, m, row);
  if (!found) return null;
  const { replicates, resampling, values, findings } = board;
  const top = ceilingOf(board);
  const ceilings = top === null ? ONE : replicates[top][row];
  const known = resampling.patients.known(...(row < findings.length ? [values[m][row]] : values[m]));
  const ratio = ratios(replicates[m][row], replicates[found.floor][row], ceilings);
  const [low, high] = resampling.interval(ratio, known);
  return { ...found, low, high };
}

/**
 * Resample by resample.
 * @param {Float64Array} scores
 * @param {Float64Array} floors
 * @param {Float64Array} ceilings one for all, or one a resample
 * @returns {Float64Array}
 */
function ratios(scores, floors, ceilings) {
  const last = ceilings.length - 1;
  return scores.map((score, b) => {
    const room = ceilings[Math.min(b, last)] - floors[b];
    return room > 0 ? (score - floors[b]) / room : NaN;
  });
}

/**
 * In plain words whether anything beats not looking, and by how much; "" without floors.
 * @param {Board} board
 * @returns {string}
 */
export function verdictOf(board) {
  const { methods, estimates, metric } = board;
  const marked = [...methods.keys()].filter((m) => isMethod(methods[m]));
  const mean = board.findings.length;
  const floor = bestFloor(board, mean);
  const scored = marked.filter((m) => estimates[m][mean].n);
  if (floor === null || !scored.length) return "";
  const [above, all] = counted(board, scored);
  const best = scored.reduce((a, b) => (estimates[b][mean].value > estimates[a][mean].value ? b : a));
  const distance = estimates[best][mean].value - estimates[floor][mean].value;
  const name = METRICS[metric].label;
  return `${sentence(board, best, floor, distance, name)} By finding, ${counts(above, all)}`;
}

/**
 * How far the methods lie above the best floor where they do, by finding, and in how many cases there are both.
 * @param {Board} board
 * @param {number[]} scored
 * @returns {[number[], number]}
 */
function counted(board, scored) {
  const { estimates, findings } = board;
  const all = findings.flatMap((_, f) => {
    const floor = bestFloor(board, f);
    if (floor === null) return [];
    return scored.filter((m) => estimates[m][f].n).map((m) => estimates[m][f].value - estimates[floor][f].value);
  });
  return [all.filter((distance) => distance > 0), all.length];
}

/**
 * @param {number[]} above
 * @param {number} all
 */
function counts(above, all) {
  if (!above.length) return `none of ${all} scores lies above its best floor.`;
  const mean = above.reduce((a, b) => a + b, 0) / above.length;
  const size = mean < 0.001 ? "less than 0.001" : mean.toFixed(3);
  return `${above.length} of ${all} scores lie above their best floor, by ${size} on average.`;
}

/**
 * @param {Board} board
 * @param {number} best
 * @param {number} floor
 * @param {number} distance
 * @param {string} name
 */
function sentence({ methods, estimates, findings }, best, floor, distance, name) {
  const mean = findings.length;
  const [mine, theirs] = [best, floor].map((m) => `${methods[m].label} (${estimates[m][mean].value.toFixed(3)})`);
  if (distance > 0) return `${name}: ${mine} lies ${distance.toFixed(3)} above the best floor, ${theirs}.`;
  const what = methods[floor].key.includes(KNOWS) ? "knowing whether, and not where" : "not looking at the radiograph";
  return `${name}: no method beats ${what}. The best, ${mine}, lies ${(-distance).toFixed(3)} below ${theirs}.`;
}
