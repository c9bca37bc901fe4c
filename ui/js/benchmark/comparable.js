// What may be compared with what: cases of which both have a map, and findings in which all have a value. The same
// definitions as evaluation/comparable.py.
import { meanOf, meanOver } from "./resampling.js";

/**
 * @import { Board } from "./board.js"
 */

/**
 * A finding, and which cases of it are left out (1), if any are.
 * @typedef {{ f: number, out: Uint8Array | null }} Part
 */

/** @param {{ kind: string }} method */
export const isFloor = (method) => method.kind === "floor";

/**
 * Whether a method's maps are compared with others': not those of networks that were shown masks, which are in no rank,
 * difference or test.
 * @param {{ marks: boolean, kind: string }} method
 */
export const isRanked = (method) => method.marks && method.kind !== "comparator";

/**
 * Which findings the mean is compared over, and which methods and floors have a say in that: those with a value in at
 * least half of the findings that methods have.
 * @param {Board} board
 */
export function comparable(board) {
  const { estimates, findings } = board;
  const places = [...board.methods.keys()];
  const marked = places.filter((m) => isRanked(board.methods[m]));
  /** @param {number} m @param {number} f */
  const known = (m, f) => estimates[m][f].n > 0;
  const scored = [...findings.keys()].filter((f) => marked.some((m) => known(m, f)));
  /** @param {number} m */
  const able = (m) => {
    const found = scored.filter((f) => known(m, f)).length;
    return found > 0 && 2 * found >= scored.length;
  };
  const methods = marked.filter(able);
  const floors = places.filter((m) => isFloor(board.methods[m]) && able(m));
  const kept = scored.filter((f) => [...methods, ...floors].every((m) => known(m, f)));
  return { scored, kept, methods, floors };
}

/**
 * How many findings a method's own mean is over, and how many any has a value in: means over fewer are not comparable.
 * @param {Board} board
 * @param {number} m
 * @returns {{ own: number, all: number }}
 */
export function findingsOfMean({ estimates, findings }, m) {
  const known = [...findings.keys()].filter((f) => estimates.some((rows) => rows[f].n > 0));
  return { own: known.filter((f) => estimates[m][f].n > 0).length, all: known.length };
}

/**
 * The cases of which a method has no usable map, and so no value; null without any.
 * @param {Board} board
 * @param {number} m
 * @param {number} f
 * @returns {Uint8Array | null}
 */
function without(board, m, f) {
  const method = board.methods[m];
  const lacking = method.marks ? method.lacking(f) : null;
  if (!lacking) return null;
  const values = board.values[m][f];
  const out = lacking.map((lacks, c) => (lacks && Number.isNaN(values[c]) ? 1 : 0));
  return out.includes(1) ? out : null;
}

/**
 * What a method is compared with floors and ceiling on: its own cases, and of the mean the findings of all.
 * @param {Board} board
 * @param {number} m
 * @param {number} row
 * @returns {Part[]}
 */
export function ownParts(board, m, row) {
  const findings = row < board.findings.length ? [row] : comparable(board).kept;
  const known = findings.filter((f) => board.estimates[m][f].n > 0);
  return known.map((f) => ({ f, out: without(board, m, f) }));
}

/**
 * What methods are compared with each other on: the cases, and of the mean the findings, of all.
 * @param {Board} board
 * @param {number} row
 * @returns {Part[]}
 */
export function sharedParts(board, row) {
  const { kept, methods, floors } = comparable(board);
  const parts = (row < board.findings.length ? [row] : kept).map((f) => {
    const outs = methods.filter((m) => board.estimates[m][f].n).map((m) => without(board, m, f));
    const some = outs.filter((out) => out !== null);
    const out = some.length ? some[0].map((_, c) => (some.some((one) => one[c]) ? 1 : 0)) : null;
    return { f, out };
  });
  if (row < board.findings.length) return parts;
  return parts.filter((part) => [...methods, ...floors].every((m) => !Number.isNaN(valueOf(board, m, [part]))));
}

/**
 * The mean of a method over parts; NaN where it lacks one.
 * @param {Board} board
 * @param {number} m
 * @param {Part[]} parts
 * @returns {number}
 */
export function valueOf(board, m, parts) {
  const means = parts.map(({ f, out }) => (out ? meanOf(kept(board, m, f, out))[0] : board.estimates[m][f].value));
  return means.some(Number.isNaN) ? NaN : meanOf(means)[0];
}

/**
 * The same in each resample.
 * @param {Board} board
 * @param {number} m
 * @param {Part[]} parts at least one
 * @returns {Float64Array}
 */
export function replicatesOf(board, m, parts) {
  const found = parts.map(({ f, out }) => {
    if (!out) return board.replicates[m][f];
    const values = kept(board, m, f, out);
    const replicates = new Float64Array(board.resampling.size);
    return board.resample(values, board.resampling.numbers(values), replicates);
  });
  return found.length > 1 ? meanOver(found, found.length) : found[0];
}

/**
 * @param {Board} board
 * @param {number} m
 * @param {number} f
 * @param {Uint8Array} out
 * @returns {Float64Array}
 */
function kept(board, m, f, out) {
  return board.values[m][f].map((value, c) => (out[c] ? NaN : value));
}

/**
 * How many cases × findings a method has no value of in a metric for want of a map, where the finding is scored.
 * @param {Board} board
 * @param {number} m
 * @returns {number}
 */
export function lackedBy(board, m) {
  const { kept: findings } = comparable(board);
  const floors = [...board.methods.keys()].filter((k) => isFloor(board.methods[k]));
  /** @param {number} f @param {number} c */
  const scored = (f, c) => floors.some((k) => !Number.isNaN(board.values[k][f][c]));
  let count = 0;
  for (const f of findings) {
    const out = without(board, m, f);
    if (out) out.forEach((one, c) => (count += one && scored(f, c) ? 1 : 0));
  }
  return count;
}
