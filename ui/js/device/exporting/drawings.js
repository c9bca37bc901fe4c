// Drawings as COCO JSON and as CheXlocalize's segmentations, in pixels of the original: data_cache/annotations.
import { area } from "../../scores.js";
import { SIZE } from "../../view.js";
import { maskOf } from "./report.js";
import { filled, runsOf, written } from "./runs.js";
import { trace } from "./tracing.js";

/**
 * @import { CaseFacts, DrawingState } from "../../messages.d.ts"
 * @import { Place } from "../../types.d.ts"
 */

const ALIKE = 0.98; // IoU from which polygons count as the outlines of the region that came with them
const HALF = 0.5 - 1e-9; // a pixel belongs to a mask that covers at least half of it, rounding aside
const [OURS, THEIRS] = ["Lung Opacity", "Airspace Opacity"]; // the one name that CheXlocalize has otherwise

/** @typedef {{ name: string, finding: string, mask: Uint8Array, height: number, width: number }} Region */

/**
 * @param {DrawingState[]} drawings
 * @param {Pick<CaseFacts, "geometry" | "orientation">} item
 * @returns {Region[]} as the file lies
 * @throws Error with one sentence, where there are none.
 */
export function regionsOf(drawings, { geometry, orientation }) {
  if (!drawings.length) throw new Error("Expected a region that you drew or loaded, found none; draw one first.");
  return drawings.map((drawing) => {
    const { height, width } = geometry;
    const laid = { name: drawing.name, finding: drawing.finding, mask: onOriginal(drawing, geometry), height, width };
    return laidBack(laid, orientation);
  });
}

/**
 * One image, CheXpert's 14 findings as categories. A region with holes is written in run lengths, since COCO's polygons
 * have none.
 * @param {Region[]} regions
 * @param {string} id of the case
 * @param {string[]} findings
 * @returns {string}
 */
export function cocoOf(regions, id, findings) {
  const { height, width } = regions[0];
  return JSON.stringify({
    info: { description: `Regions drawn on ${id}; not for diagnosis` },
    images: [{ id: 1, file_name: `${id}.png`, height, width }],
    categories: findings.map((name, i) => ({ id: i + 1, name })),
    annotations: regions.map((region, i) => entryOf(region, i + 1, findings)),
  });
}

/**
 * @param {Region} region
 * @param {number} number
 * @param {string[]} findings
 */
function entryOf({ name, finding, mask, height, width }, number, findings) {
  const outlines = trace(mask, height, width);
  const holed = outlines.some(({ hole }) => hole);
  const runs = { size: [height, width], counts: runsOf(mask, height, width) };
  return {
    id: number,
    image_id: 1,
    category_id: findings.indexOf(finding) + 1,
    segmentation: holed ? runs : outlines.map(({ points }) => points.flat()),
    bbox: boxOf(outlines.flatMap(({ points }) => points)),
    area: area(mask),
    iscrowd: Number(holed),
    reader: name,
  };
}

/**
 * @param {Place[]} points
 * @returns {[number, number, number, number]} left, top, width, height
 */
function boxOf(points) {
  if (!points.length) return [0, 0, 0, 0];
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return [left, top, right - left, bottom - top];
}

/**
 * Case → CheXlocalize's name of the finding → run lengths.
 * @param {Region[]} regions
 * @param {string} id of the case
 * @returns {string}
 * @throws Error with one sentence, where two are of one finding, which the format has no room for.
 */
export function chexlocalizeOf(regions, id) {
  const drawn = new Map(regions.map((region) => [region.finding, region]));
  if (drawn.size < regions.length) {
    throw new Error(
      `Expected one region a finding for a CheXlocalize file, found ${regions.length} of ${drawn.size}; ` +
        "export COCO, which keeps them all.",
    );
  }
  const entries = [...drawn].map(([finding, { mask, height, width }]) => {
    const runs = { size: [height, width], counts: written(runsOf(mask, height, width)) };
    return [finding === OURS ? THEIRS : finding, runs];
  });
  return JSON.stringify({ [id]: Object.fromEntries(entries) });
}

/**
 * A drawing on the original: by its outlines where they fit it, else by its pixels in the view.
 * @param {DrawingState} drawing
 * @param {CaseFacts["geometry"]} geometry
 * @returns {Uint8Array}
 */
function onOriginal(drawing, { height, width, crop }) {
  const seen = maskOf(drawing);
  const polygons = drawing.polygons.filter((polygon) => polygon.length > 2);
  const scale = crop.side / SIZE;
  for (const together of polygons.length ? [false, true] : []) {
    if (!alike(seen, filled(polygons, SIZE, SIZE, together))) continue;
    const points = polygons.map((polygon) =>
      polygon.map(
        ([x, y]) =>
          /** @type {Place} */ ([
            Math.min(Math.max(x * scale + crop.left, 0), width),
            Math.min(Math.max(y * scale + crop.top, 0), height),
          ]),
      ),
    );
    return filled(points, height, width, together);
  }
  const mask = new Uint8Array(height * width);
  const square = covered(seen, crop.side);
  for (let y = 0; y < crop.side; y++) {
    mask.set(square.subarray(y * crop.side, (y + 1) * crop.side), (crop.top + y) * width + crop.left);
  }
  return mask;
}

/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
function alike(one, other) {
  let [both, any] = [0, 0];
  for (let i = 0; i < one.length; i++) {
    both += one[i] & other[i];
    any += one[i] | other[i];
  }
  return both >= ALIKE * any;
}

/**
 * A mask of the view at another side: pixels of which it covers at least half, by exact area.
 * @param {Uint8Array} mask
 * @param {number} side
 * @returns {Uint8Array}
 */
function covered(mask, side) {
  if (side === SIZE) return mask;
  const edges = Array.from({ length: side + 1 }, (_, i) => (i * SIZE) / side);
  const found = new Uint8Array(side * side);
  let above = runningSums(mask, edges[0]);
  for (let y = 0; y < side; y++) {
    const below = runningSums(mask, edges[y + 1]);
    const row = Float64Array.from(below, (sum, i) => sum - above[i]);
    above = below;
    for (let x = 0; x < side; x++) {
      const share = between(row, edges[x + 1]) - between(row, edges[x]);
      found[y * side + x] = Number((share * (side * side)) / (SIZE * SIZE) >= HALF);
    }
  }
  return found;
}

/** @type {{ mask: Uint8Array | null, sums: Int32Array }} */
const known = { mask: null, sums: new Int32Array(0) };

/**
 * How much of a mask lies above a height, and left of each column.
 * @param {Uint8Array} mask
 * @param {number} edge
 * @returns {Float64Array} SIZE + 1 sums
 */
function runningSums(mask, edge) {
  if (known.mask !== mask) Object.assign(known, { mask, sums: integral(mask) });
  const row = Math.min(Math.floor(edge), SIZE - 1);
  const [share, step] = [edge - row, SIZE + 1];
  return Float64Array.from({ length: step }, (_, x) => {
    const [upper, lower] = [known.sums[row * step + x], known.sums[(row + 1) * step + x]];
    return upper * (1 - share) + lower * share;
  });
}

/**
 * @param {Uint8Array} mask
 * @returns {Int32Array} (SIZE + 1)²: sums above and left of each corner
 */
function integral(mask) {
  const step = SIZE + 1;
  const sums = new Int32Array(step * step);
  for (let y = 0; y < SIZE; y++) {
    let sum = 0;
    for (let x = 0; x < SIZE; x++) {
      sum += mask[y * SIZE + x];
      sums[(y + 1) * step + x + 1] = sums[y * step + x + 1] + sum;
    }
  }
  return sums;
}

/**
 * @param {Float64Array} sums
 * @param {number} edge
 */
function between(sums, edge) {
  const place = Math.min(Math.floor(edge), SIZE - 1);
  const share = edge - place;
  return sums[place] * (1 - share) + sums[place + 1] * share;
}

/**
 * A region as its file lies: what `orientation` did is undone.
 * @param {Region} region
 * @param {string} orientation mirrored first, then turned by quarters clockwise
 * @returns {Region}
 */
function laidBack(region, orientation) {
  const quarters = (4 - Number(orientation[0] ?? 0)) % 4;
  let found = region;
  for (let i = 0; i < quarters; i++) found = quarterTurned(found);
  return orientation.includes("f") ? flipped(found) : found;
}

/**
 * @param {Region} region
 * @returns {Region} a quarter turn clockwise
 */
function quarterTurned({ mask, height, width, ...about }) {
  const turned = new Uint8Array(mask.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) turned[x * height + height - 1 - y] = mask[y * width + x];
  }
  return { ...about, mask: turned, height: width, width: height };
}

/**
 * @param {Region} region
 * @returns {Region}
 */
function flipped({ mask, width, ...about }) {
  return { ...about, width, mask: mask.map((_, i) => mask[i - (i % width) + width - 1 - (i % width)]) };
}
