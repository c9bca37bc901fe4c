// Where a score lies between not looking and a perfect map: skill = (score − best floor) / (ceiling − best floor).
// The same definitions as evaluation/skill.py.
import { comparable, isFloor, isRanked, lackedBy, ownParts, replicatesOf, sharedParts, valueOf } from "./comparable.js";
import { KNOWS } from "./methods.js";
import { METRICS } from "./words.js";

/**
 * @import { Skill } from "../types.d.ts"
 * @import { Board } from "./board.js"
 * @import { Part } from "./comparable.js"
 */

/** What a floor's name begins with in the files, see evaluation/floors. */
export const PREFIX = "Floor: ";
const FINEST = 512; // cells along a side of the perfect map that is the ceiling
const EQUAL = 1e-12; // a mean of equal numbers may differ in its last digit
const ONE = new Float64Array([1]);

/**
 * The number of the best floor of a row, on all cases; null without one.
 * @param {Board} board
 * @param {number} row
 * @returns {number | null}
 */
export function bestFloor(board, row) {
  const findings = row < board.findings.length ? [row] : comparable(board).kept;
  return bestOn(
    board,
    row,
    findings.map((f) => ({ f, out: null })),
  );
}

/**
 * The number of the best floor of a row on some cases and, of the mean, findings; null without one.
 * @param {Board} board
 * @param {number} row
 * @param {Part[]} parts
 * @returns {number | null}
 */
function bestOn(board, row, parts) {
  const { methods } = board;
  const floors =
    row < board.findings.length ? [...methods.keys()].filter((m) => isFloor(methods[m])) : comparable(board).floors;
  const known = floors.map((m) => ({ m, value: valueOf(board, m, parts) })).filter(({ value }) => !Number.isNaN(value));
  return known.length ? known.reduce((a, b) => (b.value > a.value ? b : a)).m : null;
}

/**
 * Where the ceiling stands among the methods; null where it is 1: of hits, and of maps that cover the whole radiograph
 * (own ones, people's masks), of which a perfect one loses nothing.
 * @param {Board} board
 * @param {number} m
 * @returns {number | null}
 */
function ceilingOf({ methods, metric }, m) {
  const at = methods.findIndex(({ key }) => key === `ceiling:${FINEST}`);
  const whole = methods[m].kind === "own" || methods[m].kind === "human";
  return metric === "hit" || whole || at < 0 ? null : at;
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
  const parts = ownParts(board, m, row);
  const floor = bestOn(board, row, parts);
  const value = valueOf(board, m, parts);
  if (floor === null || Number.isNaN(value)) return null;
  const top = ceilingOf(board, m);
  const least = valueOf(board, floor, parts);
  const room = (top === null ? 1 : valueOf(board, top, parts)) - least;
  return room > 0 ? { value: (value - least) / room, floor } : null;
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
  const { resampling, values } = board;
  const parts = ownParts(board, m, row);
  const top = ceilingOf(board, m);
  const ceilings = top === null ? ONE : replicatesOf(board, top, parts);
  const known = resampling.patients.known(...parts.map(({ f }) => values[m][f]));
  const ratio = ratios(replicatesOf(board, m, parts), replicatesOf(board, found.floor, parts), ceilings);
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
  const { methods, metric, findings } = board;
  const mean = findings.length;
  const parts = sharedParts(board, mean);
  const floor = parts.length ? bestOn(board, mean, parts) : null;
  const marked = [...methods.keys()].filter((m) => isRanked(methods[m]));
  const means = marked.map((m) => ({ m, value: valueOf(board, m, parts), lacked: lackedBy(board, m) }));
  const scored = means.filter(({ value }) => !Number.isNaN(value));
  if (floor === null || !scored.length) return "";
  const better = scored.toSorted((a, b) => b.value - a.value || a.lacked - b.lacked);
  const said = sentence(board, better[0], { m: floor, value: valueOf(board, floor, parts) }, METRICS[metric].label);
  const [above, all] = counted(board, marked);
  const kept = parts.map(({ f }) => f);
  const left = comparable(board).scored.filter((f) => !kept.includes(f));
  const over = left.length
    ? ` The mean leaves out ${left.map((f) => findings[f]).join(", ")}: not all have a value.`
    : "";
  const lacking = means.filter(({ lacked }) => lacked).map(({ m, lacked }) => `${methods[m].label} of ${lacked}`);
  const on = lacking.length
    ? ` This compares the maps that all methods have; without map and value are ${lacking.join(", ")}.`
    : "";
  return `${said}${over} By finding, ${counts(above, all)}${on}`;
}

/**
 * How far the methods lie above the best floor where they do, by finding, and in how many cases there are both.
 * @param {Board} board
 * @param {number[]} marked
 * @returns {[number[], number]}
 */
function counted(board, marked) {
  const all = [...board.findings.keys()].flatMap((f) => {
    const parts = sharedParts(board, f);
    const floor = bestOn(board, f, parts);
    if (floor === null) return [];
    const least = valueOf(board, floor, parts);
    return marked.map((m) => valueOf(board, m, parts) - least).filter((distance) => !Number.isNaN(distance));
  });
  return [all.filter((distance) => distance > EQUAL), all.length];
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
 * @param {{ m: number, value: number }} best
 * @param {{ m: number, value: number }} floor
 * @param {string} name
 */
function sentence({ methods }, best, floor, name) {
  const [mine, theirs] = [best, floor].map(({ m, value }) => `${methods[m].label} (${value.toFixed(3)})`);
  const distance = best.value - floor.value;
  if (distance > EQUAL) return `${name}: ${mine} lies ${distance.toFixed(3)} above the best floor, ${theirs}.`;
  const what = methods[floor.m].key.includes(KNOWS)
    ? "knowing whether, and not where"
    : "not looking at the radiograph";
  const place = distance < -EQUAL ? `lies ${(-distance).toFixed(3)} below` : "is as good as";
  return `${name}: no method beats ${what}. The best, ${mine}, ${place} ${theirs}.`;
}
