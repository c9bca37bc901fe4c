// Masks as COCO's run lengths, down one column after the other: data_cache/masks.py and data_cache/annotations.

/** @import { Place } from "../../types.d.ts" */

const FINE = 5; // steps of a pixel along outlines, as in COCO's own code

/**
 * Lengths outside and inside in turn, outside first.
 * @param {Uint8Array} mask row by row, 0 or 1
 * @param {number} height
 * @param {number} width
 * @returns {number[]}
 */
export function runsOf(mask, height, width) {
  const runs = [];
  let [inside, length] = [0, 0];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if (mask[y * width + x] !== inside) {
        runs.push(length);
        [inside, length] = [1 - inside, 0];
      }
      length++;
    }
  }
  return [...runs, length];
}

/**
 * Run lengths as COCO's compressed text: five bits a character, from the fourth on as differences to the one before the
 * last.
 * @param {number[]} runs
 * @returns {string}
 */
export function written(runs) {
  let text = "";
  runs.forEach((run, i) => {
    let rest = i > 2 ? run - runs[i - 2] : run;
    for (let more = true; more;) {
      const bits = rest & 31;
      rest >>= 5;
      more = bits & 16 ? rest !== -1 : rest !== 0;
      text += String.fromCharCode(48 + bits + (more ? 32 : 0));
    }
  });
  return text;
}

/**
 * Fill polygons as COCO's code does: by where their outlines, in fifths of a pixel, cross the pixels' columns.
 * @param {Place[][]} polygons at least three points each
 * @param {number} height
 * @param {number} width
 * @param {boolean} together whether all are taken together, so that one inside another is a hole; else their union
 * @returns {Uint8Array}
 */
export function filled(polygons, height, width, together) {
  const mask = new Uint8Array(height * width);
  const crossings = polygons.map((polygon) => crossingsOf(polygon, height, width));
  for (const some of together ? [crossings.flat()] : crossings) {
    const turns = new Uint8Array(height * width + 1); // down the columns
    for (const place of some) turns[place] ^= 1;
    let inside = 0;
    for (let place = 0; place < height * width; place++) {
      inside ^= turns[place];
      if (inside) mask[(place % height) * width + Math.floor(place / height)] = 1;
    }
  }
  return mask;
}

/**
 * Where, down the columns, a polygon's outline is crossed.
 * @param {Place[]} polygon
 * @param {number} height
 * @param {number} width
 * @returns {number[]}
 */
function crossingsOf(polygon, height, width) {
  const points = outlineOf(polygon);
  const found = [];
  for (let i = 1; i < points.length; i++) {
    const [[before, above], [x, y]] = [points[i - 1], points[i]];
    if (x === before) continue;
    const place = ((x < before ? x : x - 1) + 0.5) / FINE - 0.5;
    if (!Number.isInteger(place) || place < 0 || place > width - 1) continue;
    const row = (Math.min(y, above) + 0.5) / FINE - 0.5;
    found.push(place * height + Math.ceil(Math.min(Math.max(row, 0), height)));
  }
  return found;
}

/**
 * All points of an outline in fifths of a pixel.
 * @param {Place[]} polygon
 * @returns {Place[]}
 */
function outlineOf(polygon) {
  const corners = polygon.map(([x, y]) => [Math.trunc(FINE * x + 0.5), Math.trunc(FINE * y + 0.5)]);
  /** @type {Place[]} */
  const points = [];
  corners.forEach(([x0, y0], i) => {
    const [x1, y1] = corners[(i + 1) % corners.length];
    const [across, down] = [Math.abs(x1 - x0), Math.abs(y1 - y0)];
    const steps = Math.max(across, down);
    if (!steps) return;
    const backwards = across >= down ? x0 > x1 : y0 > y1;
    const [xs, ys, xe, ye] = backwards ? [x1, y1, x0, y0] : [x0, y0, x1, y1];
    const slope = across >= down ? (ye - ys) / across : (xe - xs) / down;
    for (let d = 0; d <= steps; d++) {
      const t = backwards ? steps - d : d;
      if (across >= down) points.push([t + xs, Math.trunc(ys + slope * t + 0.5)]);
      else points.push([Math.trunc(xs + slope * t + 0.5), t + ys]);
    }
  });
  return points;
}
