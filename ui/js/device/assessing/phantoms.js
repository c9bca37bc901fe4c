// Which films are simulated: those that come with the program are known by their pixels; data_cache/bundled_films.py.
import { blurred } from "./filters.js";
import { byArea } from "./resizing.js";
import { centredUnit, flipped, product, quarterTurned, unit } from "./squares.js";
import { plane } from "./resizing.js";

/** @import { AssessingTables, Plane } from "./types.d.ts" */

const [SIDE, BROAD] = [64, 4]; // pixels

/** @type {Map<string, Float32Array[]>} */
const known = new Map();

/**
 * Whether an image is a bundled film: as it is, or turned, mirrored, black and white swapped.
 * @param {Plane} image
 * @param {AssessingTables["phantoms"]} phantoms
 */
export function showsBundled(image, { films, same }) {
  const vectors = known.get(films) ?? vectorsOf(films);
  known.set(films, vectors);
  const small = byArea(image, SIDE, SIDE);
  const soft = blurred(small, BROAD).values;
  const fine = small.values.map((value, i) => value - soft[i]);
  const seen = plane(centredUnit(fine, 1e-6), SIDE, SIDE);
  const poses = [seen, flipped(seen)].flatMap((side) => [0, 1, 2, 3].map((quarters) => quarterTurned(side, quarters)));
  return poses.some(({ values }) => vectors.some((one) => Math.abs(product(one, values)) > same));
}

/**
 * @param {string} films base64 of signed bytes
 * @returns {Float32Array[]}
 */
function vectorsOf(films) {
  const bytes = Int8Array.from(atob(films), (letter) => letter.charCodeAt(0));
  const count = bytes.length / SIDE ** 2;
  return Array.from({ length: count }, (_, i) => unit(bytes.subarray(i * SIDE ** 2, (i + 1) * SIDE ** 2)));
}
