// What is seen of the gaze on a radiograph, whose and when: the same as ui/gaze/chosen.py, which makes the exports.
import { SIZE } from "../view.js";

/**
 * @import { GazeSource, GazeState } from "../messages.d.ts"
 * @import { Place, TypedArray } from "../types.d.ts"
 */

/**
 * One reading: what is said of it, and its numbers, fixations in rows of FIELDS or finished maps one after the other.
 * @typedef {{ source: GazeSource, data: TypedArray }} Reading
 */
/**
 * The fixations of a window of time: what the map is made of.
 * @typedef {{ count: number, first: number, last: number, points: Place[] }} Looked
 */
/**
 * What is seen: a map of CELLS² values of sum 1, null where nobody looked; fixations in the view; whose, and when.
 * @typedef {{ values: Float32Array | null, points: Place[], who: string, window: string }} Seen
 */

export const CELLS = 256; // along each side of a map, as ui/gaze/viewed.py has it
export const FIELDS = 10; // x, y, start, end, deviation x and y, shown x0, y0, x1, y1
/** @type {GazeState} */
export const WHOLE = { reader: null, start: null, end: null, part: "" };

/**
 * Each cell's density along one axis, 0 outside what was shown.
 * @param {number} place
 * @param {number} deviation
 * @param {number} low
 * @param {number} high
 * @param {number} step pixels a cell
 * @param {Float64Array} into
 */
function profile(place, deviation, low, high, step, into) {
  for (let i = 0; i < CELLS; i++) {
    const centre = (i + 0.5) * step;
    const away = (centre - place) / deviation;
    into[i] = centre >= low && centre < high ? Math.exp(-0.5 * away * away) / deviation : 0;
  }
}

/**
 * A Gaussian for each fixation between two times, weighted by how long it lasted then, or each the same.
 * @param {Reading} reading
 * @param {GazeState} window
 * @returns {{ map: Float32Array | null, looked: Looked }}
 */
export function fixationMap({ source: { weigh, side }, data }, { start, end }) {
  const [from, to] = [start ?? -Infinity, end ?? Infinity];
  const sums = new Float64Array(CELLS * CELLS);
  const [across, down] = [new Float64Array(CELLS), new Float64Array(CELLS)];
  /** @type {Looked} */
  const looked = { count: 0, first: Infinity, last: -Infinity, points: [] };
  for (let at = 0; at < data.length; at += FIELDS) {
    const [x, y, begins, ends, wide, tall, x0, y0, x1, y1] = data.subarray(at, at + FIELDS);
    const whole = start === null && end === null;
    if (!whole && !(begins < to && ends > from)) continue;
    const [first, last] = [Math.max(begins, from), Math.min(ends, to)];
    looked.count++;
    looked.first = Math.min(looked.first, first);
    looked.last = Math.max(looked.last, last);
    if (x >= 0 && y >= 0 && x < side && y < side) looked.points.push([(x * SIZE) / side, (y * SIZE) / side]);
    const weight = weigh === "count" ? 1 : last - first;
    profile(x, wide, x0, x1, side / CELLS, across);
    profile(y, tall, y0, y1, side / CELLS, down);
    for (let row = 0; row < CELLS; row++) {
      const here = weight * down[row];
      if (!here) continue;
      for (let column = 0; column < CELLS; column++) sums[row * CELLS + column] += here * across[column];
    }
  }
  const total = sums.reduce((sum, value) => sum + value, 0);
  return { map: total > 0 ? Float32Array.from(sums, (value) => value / total) : null, looked };
}

/**
 * The mean of maps; null of none.
 * @param {Float32Array[]} maps
 * @returns {Float32Array | null}
 */
function mean(maps) {
  if (maps.length < 2) return maps[0] ?? null;
  const sums = new Float64Array(CELLS * CELLS);
  for (const map of maps) for (let i = 0; i < sums.length; i++) sums[i] += map[i];
  return Float32Array.from(sums, (value) => value / maps.length);
}

/**
 * The finished map of a part, or the mean of all.
 * @param {Reading} reading
 * @param {string} wanted
 * @returns {Float32Array | null}
 */
function partMap({ source: { parts }, data }, wanted) {
  const places = [...parts.keys()].filter((i) => !wanted || parts[i] === wanted);
  return mean(places.map((i) => Float32Array.from(data.subarray(i * CELLS ** 2, (i + 1) * CELLS ** 2))));
}

/**
 * Whose gaze it is.
 * @param {Reading[]} chosen
 * @returns {string}
 */
export function whose(chosen) {
  if (chosen.length !== 1) return `mean of ${chosen.length} readings`;
  const [{ source }] = chosen;
  return `${source.origin} ${source.name}`.trim();
}

/**
 * A number of things.
 * @param {number} count
 * @param {string} word
 */
const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

/**
 * A window of time, of which at least one end is given.
 * @param {number | null} start
 * @param {number | null} end
 * @returns {string}
 */
function between(start, end) {
  const [from, to] = [start, end].map((value) => value?.toFixed(1));
  if (from === undefined) return `up to ${to} s`;
  return to === undefined ? `from ${from} s on` : `${from} to ${to} s`;
}

/**
 * Which part of the readings it is, in words.
 * @param {Reading[]} chosen
 * @param {GazeState} choice
 * @param {Looked[]} looks
 * @returns {string}
 */
function windowWords(chosen, { start, end, part }, looks) {
  if (!looks.length) {
    const parts = new Set(chosen.flatMap(({ source }) => source.parts));
    if (!parts.size) return "nothing that can be shown";
    return part || `mean of ${counted(parts.size, "part")}`;
  }
  const count = looks.reduce((sum, looked) => sum + looked.count, 0);
  const inside = looks.reduce((sum, { points }) => sum + points.length, 0);
  const whole = start === null && end === null;
  const phrases = chosen.length === 1 ? chosen[0].source.phrases : [];
  const said = phrases.find((phrase) => phrase.start === start && phrase.end === end);
  let words = whole ? `whole reading${looks.length === 1 ? "" : "s"}` : between(start, end);
  if (!whole && said) words += `, “${said.text}”`;
  words += `, ${counted(count, "fixation")}`;
  if (whole && looks.length === 1 && count) words += ` in ${(looks[0].last - looks[0].first).toFixed(1)} s`;
  return words + (inside < count ? `, ${(count - inside).toLocaleString("en")} of them outside the view` : "");
}

/**
 * The map of what is chosen: the mean of the readers' maps, of which each has the sum 1.
 * @param {Reading[]} readings
 * @param {GazeState} choice
 * @returns {Seen}
 */
export function seen(readings, choice) {
  const chosen = choice.reader === null ? readings : readings.slice(choice.reader, choice.reader + 1);
  /** @type {Float32Array[]} */
  const maps = [];
  /** @type {Looked[]} */
  const looks = [];
  for (const reading of chosen) {
    const made = reading.source.weigh === null ? null : fixationMap(reading, choice);
    const map = made ? made.map : partMap(reading, choice.part);
    if (made) looks.push(made.looked);
    if (map) maps.push(map);
  }
  const points = looks.flatMap((looked) => looked.points);
  return { values: mean(maps), points, who: whose(chosen), window: windowWords(chosen, choice, looks) };
}
