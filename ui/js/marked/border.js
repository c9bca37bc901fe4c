// The border of what lies above a threshold, as lines: closed rings in view coordinates, whatever the zoom. A slider
// that moves asks for it in every frame and pane, so that nothing is allocated on the way but the text.
import { TILE, tilesOf } from "../colour.js";

/** @import { Framed, Tiles } from "../types.d.ts" */

/** Units of the paths below for each pixel of the view. */
export const UNITS = 16;
const STRAIGHT = 1; // units that a point may lie beside the line between its neighbours and still be left out
const LONGEST = 12; // points in a row that may be left out
const CELL = 16; // pixels of a cell that one step may be taken for
const BESIDE = -2; // the level around the picture: below all
const NORTH = 3; // ways to walk, with what is marked on the right: east, south, west, north
const ACROSS = [1, 0, -1, 0];
const DOWN = [0, 1, 0, -1];

let round = 0;
let walked = new Uint32Array(0); // by pixel: the round in which the border on its left was walked along
let points = new Int32Array(1 << 12); // of the ring under way: x, y, …
let filled = 0;
let leftOut = 0; // points in a row

/**
 * What borders of a map are looked for in: its levels in a frame of one pixel that is never above a threshold. Where
 * values change evenly over large cells, every second or later pixel will do: between them the level is worked out.
 * @param {Uint16Array} levels size² of them
 * @param {number} size
 * @param {number} [cell] height of a cell in pixels, where values change evenly between their centres; else 0
 * @param {Tiles | null} [known] of these levels, where they are known already
 * @returns {Framed}
 */
export function framed(levels, size, cell = 0, known = null) {
  const step = Math.min(4, Math.max(1, Math.floor(cell / CELL)));
  const count = Math.ceil(size / step);
  const taken = step === 1 ? levels : new Uint16Array(count * count);
  if (step > 1) {
    for (let i = 0; i < taken.length; i++) taken[i] = levels[step * (Math.floor(i / count) * size + (i % count))];
  }
  const width = count + 2;
  const inside = new Int32Array(width * width).fill(BESIDE);
  for (let y = 0; y < count; y++) inside.set(taken.subarray(y * count, (y + 1) * count), (y + 1) * width + 1);
  const crossed = new Uint8Array(count);
  for (let y = 0; y < count; y++) crossed[y] = Number(y === 0 || differs(taken, (y - 1) * count, y * count, count));
  const tiles = (step === 1 && known) || tilesOf(taken, count);
  return { levels: inside, width, crossed, tiles, step, size, smooth: cell > 0 };
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
    const dx = x - fromX;
    const dy = y - fromY;
    const ex = points[filled - 2] - fromX;
    const ey = points[filled - 1] - fromY;
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
  let x = points[0];
  let y = points[1];
  let text = `M${x} ${y}l`;
  for (let i = 2; i < filled; i += 2) {
    text += `${points[i] - x} ${points[i + 1] - y} `;
    x = points[i];
    y = points[i + 1];
  }
  return `${text}z`;
}

/**
 * Walk once around what is marked, beginning on the left of one of its pixels.
 * @param {Framed} map
 * @param {number} level
 * @param {number} startX
 * @param {number} startY
 * @returns {string}
 */
function walk({ levels, width, step, size, smooth }, level, startX, startY) {
  // The two pixels ahead of a corner, from the one to its lower right: those beside the way on, if it is straight.
  const left = [-width, 0, -1, -width - 1];
  const right = [0, -1, -width - 1, -width];
  const start = (startY + 2) * width + startX + 1;
  let x = startX;
  let y = startY + 1;
  let at = start;
  let way = NORTH;
  let before = -1;
  filled = leftOut = 0;
  do {
    if (way === NORTH) walked[at + right[NORTH]] = round;
    const across = ACROSS[way]; // taking pairs apart would take most of the time here
    const down = DOWN[way];
    if (smooth) {
      const inside = levels[at + right[way]];
      const outside = levels[at + left[way]];
      // From the middle of the edge, half a pixel back to the inner pixel's centre, and out again; at the picture's
      // end as far as that.
      const ends = outside === BESIDE;
      const out = ends ? 0 : (inside - level) / (inside - outside) - 0.5;
      const placeX = step * (x + 0.5 * across + out * down - 0.5) + 0.5;
      const placeY = step * (y + 0.5 * down - out * across - 0.5) + 0.5;
      goTo(
        Math.round(UNITS * (ends && down ? (x === 0 ? 0 : size) : placeX)),
        Math.round(UNITS * (ends && across ? (y === 0 ? 0 : size) : placeY)),
      );
    } else if (way !== before) goTo(UNITS * x, UNITS * y);
    before = way;
    x += across;
    y += down;
    at += across + down * width;
    if (levels[at + left[way]] > level) way = (way + 3) & 3;
    else if (levels[at + right[way]] <= level) way = (way + 1) & 3;
  } while (at !== start || way !== NORTH);
  return ringPath();
}

/**
 * Closed rings around the pixels above a level, as SVG path data in `UNITS` a pixel; filled by the even-odd rule they
 * cover these pixels. Pixels that touch at a corner belong together. The line follows the pixels' edges, or the level
 * itself where values change evenly.
 * @param {Framed} map
 * @param {number} level
 * @returns {string}
 */
export function borderPath(map, level) {
  const { levels, width, crossed, tiles } = map;
  const { low, high, across } = tiles;
  const count = width - 2;
  if (walked.length < levels.length) walked = new Uint32Array(levels.length);
  round++;
  let path = "";
  const look = (/** @type {number} */ y, /** @type {number} */ from, /** @type {number} */ to) => {
    const row = (y + 1) * width + 1;
    for (let at = row + from; at < row + to; at++) {
      if (levels[at] > level && levels[at - 1] <= level && walked[at] !== round) {
        path += walk(map, level, at - row, y);
      }
    }
  };
  for (let tile = 0; tile < low.length; tile++) {
    const within = low[tile] <= level && high[tile] > level; // a border runs through it
    const left = (tile % across) * TILE;
    if (!within && left > 0) continue;
    const top = Math.floor(tile / across) * TILE;
    const bottom = Math.min(count, top + TILE);
    const from = left === 0 ? 0 : left + 1;
    const to = within ? Math.min(count, left + TILE + 1) : 1;
    for (let y = top; y < bottom; y++) if (crossed[y]) look(y, from, to);
  }
  return path;
}
