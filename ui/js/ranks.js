// Rank correlation of maps, by counting instead of sorting.
import { LEVELS, range, toLevels } from "./maps.js";

/**
 * Ranks of whole numbers in 0 … LEVELS, from 1 on; equal values share the mean of their ranks.
 * @param {Uint16Array} levels
 * @returns {Float64Array}
 */
export function averageRanks(levels) {
  const counts = new Uint32Array(LEVELS + 1);
  for (let i = 0; i < levels.length; i++) counts[levels[i]]++;
  const rank = new Float64Array(LEVELS + 1);
  let before = 0;
  for (let level = 0; level <= LEVELS; level++) {
    rank[level] = before + (counts[level] + 1) / 2;
    before += counts[level];
  }
  return Float64Array.from(levels, (level) => rank[level]);
}

/**
 * Pearson's correlation; NaN when either side is constant.
 * @param {Float64Array} a
 * @param {Float64Array} b
 * @returns {number}
 */
export function correlation(a, b) {
  /** @param {Float64Array} values */
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middleA, middleB] = [mean(a), mean(b)];
  let [both, spreadA, spreadB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] - middleA, b[i] - middleB];
    both += x * y;
    spreadA += x * x;
    spreadB += y * y;
  }
  return spreadA > 0 && spreadB > 0 ? both / Math.sqrt(spreadA * spreadB) : NaN;
}

/**
 * Ranks of a signed map, told apart at LEVELS steps of its range; null for a map of one value.
 * @param {Float32Array} map
 * @returns {Float64Array | null}
 */
export function ranksOf(map) {
  const [low, high] = range(map);
  return high > low ? averageRanks(toLevels(map, low, high)) : null;
}
