// Outlines of masks along the edges of their pixels, from which the mask comes back: data_cache/annotations/tracing.py.

/** @import { Place } from "../../types.d.ts" */

/** @typedef {{ x: number, y: number, second: boolean, solid: boolean }} Corner where a border turns */
/** @typedef {{ points: Place[], hole: boolean }} Outline */

/**
 * Trace the borders of a mask; pixels that touch at a corner alone are apart. Corners follow each other in pairs along
 * each line of the pixel grid, one at either end of an edge.
 * @param {Uint8Array} mask row by row, 0 or 1
 * @param {number} height
 * @param {number} width
 * @returns {Outline[]} from the top down
 */
export function trace(mask, height, width) {
  const corners = cornersOf(mask, height, width);
  const across = partnersOf([...corners.keys()]);
  /** @param {Corner} corner */
  const later = ({ second, solid }) => Number(second === solid);
  const order = [...corners.keys()].sort((i, k) => {
    const [a, b] = [corners[i], corners[k]];
    return a.x - b.x || a.y - b.y || later(a) - later(b) || i - k;
  });
  return loopsOf(across, partnersOf(order)).map((loop) => ({
    points: loop.map((i) => [corners[i].x, corners[i].y]),
    hole: !corners[loop[0]].solid,
  }));
}

/**
 * @param {Uint8Array} mask
 * @param {number} height
 * @param {number} width
 * @returns {Corner[]} by rows, then columns; one at which two borders turn is there twice
 */
function cornersOf(mask, height, width) {
  /** @type {Corner[]} */
  const found = [];
  /**
   * @param {number} x
   * @param {number} y
   */
  const at = (x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : mask[y * width + x]);
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      const [upper, lower] = [at(x - 1, y - 1) + 2 * at(x, y - 1), at(x - 1, y) + 2 * at(x, y)];
      if (upper === lower) continue; // no edge, or one that goes up and down
      const [left, right] = [(upper & 1) !== (lower & 1), upper >> 1 !== lower >> 1];
      if (left && right && (upper & 1) === upper >> 1) continue; // an edge that goes on
      const solid = right && lower >> 1 === 1;
      found.push({ x, y, second: false, solid });
      if (left && right) found.push({ x, y, second: true, solid });
    }
  }
  return found;
}

/**
 * For each corner the one at the other end of its edge: in this order they come in pairs.
 * @param {number[]} order
 * @returns {number[]}
 */
function partnersOf(order) {
  /** @type {number[]} */
  const partners = new Array(order.length);
  for (let i = 0; i < order.length; i += 2) {
    partners[order[i]] = order[i + 1];
    partners[order[i + 1]] = order[i];
  }
  return partners;
}

/**
 * Follow edges across and along in turn; each loop starts at its uppermost corner, the leftmost of them.
 * @param {number[]} across
 * @param {number[]} along
 * @returns {number[][]}
 */
function loopsOf(across, along) {
  const seen = new Uint8Array(across.length);
  /** @type {number[][]} */
  const loops = [];
  for (let start = 0; start < across.length; start++) {
    if (seen[start]) continue;
    const loop = [];
    for (let at = start; !seen[at]; at = along[across[at]]) {
      seen[at] = seen[across[at]] = 1;
      loop.push(at, across[at]);
    }
    loops.push(loop);
  }
  return loops;
}
