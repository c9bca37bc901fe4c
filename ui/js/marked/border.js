// The border of what lies above a threshold, as lines: closed rings in view coordinates, whatever the zoom. A slider
// that moves asks for it in every frame and pane, so that nothing is allocated on the way but the text.
import { TILE } from "../colour.js";

/** @import { Framed, Tiles } from "../types.d.ts" */

/** Units of the paths below for each pixel of the view. */
export const UNITS = 16;
const STRAIGHT = 1; // units that a point may lie beside the line between its neighbours and still be left out
const LONGEST = 12; // points in a row that may be left out
const BESIDE = -2; // the level around the picture: below all
const EAST = 0; // ways to walk, with what is marked on the right; then south, west and north
const ACROSS = [1, 0, -1, 0];
const DOWN = [0, 1, 0, -1];

let round = 0;
let walked = new Uint32Array(0); // by pixel: the round in which the border above it was walked along
let points = new Int32Array(1 << 12); // of the ring under way: x, y, …
let filled = 0;
let leftOut = 0; // points in a row

/**
 * A map's levels with a frame of one pixel that is never above a threshold, and its rows that differ from those
 * above: a map of large cells has few.
 * @param {Uint16Array} levels size² of them
 * @param {number} size
 * @returns {Framed}
 */
export function framed(levels, size) {
  const width = size + 2;
  const inside = new Int32Array(width * width).fill(BESIDE);
  for (let y = 0; y < size; y++) inside.set(levels.subarray(y * size, (y + 1) * size), (y + 1) * width + 1);
  const changes = new Uint8Array(size);
  for (let y = 0; y < size; y++) changes[y] = Number(y === 0 || differs(levels, (y - 1) * size, y * size, size));
  return { levels: inside, width, changes };
}

/**
 * @param {Uint16Array} values
 * @param {number} one where a row begins
 * @param {number} other
 * @param {number} length
 * @returns {boolean}
 */
function differs(values, one, other, length) {
  for (let i = 0; i < length; i++) if (values[one + i] !== values[other + i]) return true;
  return false;
}

/**
 * Go on to a point, in units; the one before is left out where it lies on the way.
 * @param {number} x
 * @param {number} y
 */
function goTo(x, y) {
  if (filled >= 4 && leftOut < LONGEST) {
    const fromX = points[filled - 4];
    const fromY = points[filled - 3];
    const [dx, dy] = [x - fromX, y - fromY];
    const [ex, ey] = [points[filled - 2] - fromX, points[filled - 1] - fromY];
    const beside = ex * dy - ey * dx;
    if (ex * dx + ey * dy >= 0 && beside * beside <= STRAIGHT * STRAIGHT * (dx * dx + dy * dy)) {
      leftOut++;
      points[filled - 2] = x;
      points[filled - 1] = y;
      return;
    }
  }
  leftOut = 0;
  if (filled + 2 > points.length) {
    const more = new Int32Array(2 * points.length);
    more.set(points);
    points = more;
  }
  points[filled++] = x;
  points[filled++] = y;
}

/**
 * The ring under way as path data: its start, and the steps from there.
 * @returns {string}
 */
function ringPath() {
  let [x, y] = points;
  let text = `M${x} ${y}l`;
  for (let i = 2; i < filled; i += 2) {
    text += `${points[i] - x} ${points[i + 1] - y} `;
    x = points[i];
    y = points[i + 1];
  }
  return `${text}z`;
}

/**
 * Walk once around what is marked, beginning above one of its pixels.
 * @param {Framed} map
 * @param {number} level
 * @param {number} startX
 * @param {number} startY
 * @param {boolean} smooth
 * @returns {string}
 */
function walk({ levels, width }, level, startX, startY, smooth) {
  // The two pixels ahead of a corner, from the one to its lower right: those beside the way on, if it is straight.
  const left = [-width, 0, -1, -width - 1];
  const right = [0, -1, -width - 1, -width];
  const start = (startY + 1) * width + startX + 1;
  let [x, y, at, way, before] = [startX, startY, start, EAST, -1];
  filled = leftOut = 0;
  do {
    if (way === EAST) walked[at] = round;
    const [across, down] = [ACROSS[way], DOWN[way]];
    if (smooth) {
      const inside = levels[at + right[way]];
      const outside = levels[at + left[way]];
      const share = outside === BESIDE ? 0.5 : (inside - level) / (inside - outside);
      // From the middle of the edge, half a pixel back to the inner pixel's centre, and out again.
      const out = share - 0.5;
      const middleX = x + 0.5 * across + out * down;
      const middleY = y + 0.5 * down - out * across;
      goTo(Math.round(UNITS * middleX), Math.round(UNITS * middleY));
    } else if (way !== before) goTo(UNITS * x, UNITS * y);
    before = way;
    x += across;
    y += down;
    at += across + down * width;
    if (levels[at + left[way]] > level) way = (way + 3) & 3;
    else if (levels[at + right[way]] <= level) way = (way + 1) & 3;
  } while (at !== start || way !== EAST);
  return ringPath();
}

/**
 * Closed rings around the pixels above a level, as SVG path data in `UNITS` a pixel; filled by the even-odd rule they
 * cover these pixels. Pixels that touch at a corner belong together.
 * @param {Framed} map
 * @param {number} level
 * @param {Tiles} tiles of the levels
 * @param {boolean} smooth whether values change evenly between the pixels' centres, so that the line runs where the
 *   level is; else it follows the pixels' edges
 * @returns {string}
 */
export function borderPath(map, level, { low, high, across }, smooth) {
  const { levels, width, changes } = map;
  const size = width - 2;
  if (walked.length !== levels.length) walked = new Uint32Array(levels.length);
  round++;
  let path = "";
  const look = (/** @type {number} */ y, /** @type {number} */ from, /** @type {number} */ to) => {
    const row = (y + 1) * width + 1;
    for (let at = row + from; at < row + to; at++) {
      if (levels[at] > level && levels[at - width] <= level && walked[at] !== round) {
        path += walk(map, level, at - row, y, smooth);
      }
    }
  };
  look(0, 0, size);
  for (let tile = 0; tile < low.length; tile++) {
    if (low[tile] > level || high[tile] <= level) continue; // no border runs through it
    const top = Math.floor(tile / across) * TILE;
    const left = (tile % across) * TILE;
    const bottom = Math.min(size - 1, top + TILE);
    for (let y = top + 1; y <= bottom; y++) if (changes[y]) look(y, left, Math.min(size, left + TILE));
  }
  return path;
}
