// Does an image look like a frontal chest film, and which way does it lie? evaluation/assessment/chest.py.
import { blurred, slopes, turned } from "./filters.js";
import { bilinear, byArea, part, plane } from "./resizing.js";
import {
  POSE_SIDE,
  centredSquare,
  centredUnit,
  decoded,
  flipped,
  product,
  quarterTurned,
  ranks,
  unit,
} from "./squares.js";

/** @import { AssessingTables, Plane, Pose } from "./types.d.ts" */

const UPRIGHT_TILTS = [-12, -8, -4, 0, 4, 8, 12]; // degrees
const FURTHER_TILTS = [-45, -40, -35, -30, -25, -20, -15, 15, 20, 25, 30, 35, 40, 45];
const SCALES = [1, 1.15, 1.3];
const [BROAD, SLOPE_BLUR] = [8, 2]; // pixels of 64
const [TRIM_SIDE, TRIM_RANGE] = [256, Math.fround(0.06)];

/** @typedef {AssessingTables["chest"]} Chest */
/** @typedef {{ fine: Float32Array, slope: Float32Array }} Features unit vectors */
/** @typedef {{ tilt: number, features: Features }} Known */

/** @type {Map<string, Known[]>} */
const banks = new Map(); // by template and tilts: they take most of the time

/**
 * What `findChest` looks at: the ranks of the centred square without an even margin.
 * @param {Plane} image
 * @returns {Plane}
 */
export function smallFilm(image) {
  return ranks(centredSquare(withoutMargin(image), POSE_SIDE));
}

/**
 * Find the pose in which an image fits the mean of films best; an upright one that is good enough is preferred.
 * @param {Plane} small see `smallFilm`
 * @param {Chest} chest
 * @returns {Pose}
 */
export function findChest(small, chest) {
  const poses = [...posesOf(small, chest)];
  const best = mostLike(poses);
  const upright = mostLike(poses.filter(isUpright));
  const pose = isFilm(best, chest) || !isFilm(upright, chest) ? best : upright;
  return { ...pose, swapped: swappedLikeness(small, pose, chest) };
}

/**
 * Whether it is taken for a frontal chest film.
 * @param {Pose} pose
 * @param {Chest} chest
 */
export function isFilm(pose, { upright, otherwise, straight }) {
  return pose.likeness >= (isUpright(pose) && Math.abs(pose.tilt) <= straight ? upright : otherwise);
}

/**
 * Whether it lies as a film should.
 * @param {Pose} pose
 */
export function isUpright({ quarters, inverted }) {
  return quarters === 0 && !inverted;
}

/**
 * @param {Plane} small
 * @param {Pose} pose
 * @param {Chest} chest
 */
function swappedLikeness(small, { quarters, inverted, tilt }, chest) {
  const tilts = Math.abs(tilt) <= chest.straight ? UPRIGHT_TILTS : FURTHER_TILTS;
  return bestOf(featuresOf(flipped(quarterTurned(small, quarters))), 0, inverted, bankOf(chest, tilts)).likeness;
}

/**
 * @param {Plane} small
 * @param {Chest} chest
 * @returns {Generator<Pose>}
 */
function* posesOf(small, chest) {
  for (let quarters = 0; quarters < 4; quarters++) {
    const features = featuresOf(quarterTurned(small, quarters));
    for (const inverted of [false, true]) yield bestOf(features, quarters, inverted, bankOf(chest, UPRIGHT_TILTS));
  }
  yield bestOf(featuresOf(small), 0, false, bankOf(chest, FURTHER_TILTS));
}

/**
 * @param {Features} features
 * @param {number} quarters
 * @param {boolean} inverted
 * @param {Known[]} bank
 * @returns {Pose}
 */
function bestOf(features, quarters, inverted, bank) {
  const sign = inverted ? -1 : 1;
  const poses = bank.map(({ tilt, features: known }) => {
    const fit = (product(known.fine, features.fine) + product(known.slope, features.slope)) / 2;
    return { likeness: sign * fit, quarters, inverted, tilt, swapped: -1 };
  });
  return mostLike(poses);
}

/**
 * @param {Pose[]} poses
 * @returns {Pose}
 */
function mostLike(poses) {
  return poses.reduce((best, pose) => (pose.likeness > best.likeness ? pose : best));
}

/**
 * The mean of films at these tilts and several scales and places.
 * @param {Chest} chest
 * @param {number[]} tilts
 * @returns {Known[]}
 */
function bankOf({ template }, tilts) {
  const key = `${tilts} ${template}`;
  const known = banks.get(key);
  if (known) return known;
  const mean = decoded(template);
  const bank = tilts.flatMap((tilt) => partsOf(turned(mean, tilt)).map((one) => ({ tilt, features: featuresOf(one) })));
  banks.set(key, bank);
  return bank;
}

/**
 * The template as a whole, and enlarged: its upper, middle and lower part.
 * @param {Plane} template
 * @returns {Plane[]}
 */
function partsOf(template) {
  return SCALES.flatMap((scale) => {
    const side = Math.round(POSE_SIDE * scale);
    const enlarged = bilinear(template, side, side);
    const left = (side - POSE_SIDE) >> 1;
    return [...new Set([0, left, 2 * left])].map((top) =>
      compact(part(enlarged, [top, top + POSE_SIDE], [left, left + POSE_SIDE])),
    );
  });
}

/**
 * What is left of an image without its own blurred copy, and the direction of its slopes.
 * @param {Plane} image
 * @returns {Features}
 */
function featuresOf(image) {
  const soft = blurred(image, BROAD).values;
  const { across, down } = slopes(image);
  const directions = [across, down].map(({ values }) => {
    const along = values.map((value, i) => value / (Math.sqrt(Math.hypot(across.values[i], down.values[i])) + 1e-6));
    return blurred(plane(along, image.height, image.width), SLOPE_BLUR).values;
  });
  return {
    fine: centredUnit(image.values.map((value, i) => value - soft[i])),
    slope: unit([...directions[0], ...directions[1]]),
  };
}

/**
 * Without rows and columns at the border along which nothing changes: collimation, and what scanners add.
 * @param {Plane} image
 * @returns {Plane}
 */
function withoutMargin(image) {
  const { values } = byArea(image, TRIM_SIDE, TRIM_SIDE);
  const rows = changesOf((i, k) => values[i * TRIM_SIDE + k]);
  const columns = changesOf((i, k) => values[k * TRIM_SIDE + i]);
  return part(image, spanOf(rows, image.height), spanOf(columns, image.width));
}

/**
 * Whether something changes along each line.
 * @param {(line: number, place: number) => number} at
 * @returns {boolean[]}
 */
function changesOf(at) {
  return Array.from({ length: TRIM_SIDE }, (_, line) => {
    let [low, high] = [Infinity, -Infinity];
    for (let place = 0; place < TRIM_SIDE; place++) {
      low = Math.min(low, at(line, place));
      high = Math.max(high, at(line, place));
    }
    return Math.fround(high - low) > TRIM_RANGE;
  });
}

/**
 * @param {boolean[]} changes
 * @param {number} size
 * @returns {[number, number]}
 */
function spanOf(changes, size) {
  const [first, last] = [changes.indexOf(true), changes.lastIndexOf(true)];
  if (first < 0) return [0, size];
  return [Math.floor((first * size) / TRIM_SIDE), Math.ceil(((last + 1) * size) / TRIM_SIDE)];
}

/**
 * A part of a picture with its own values.
 * @param {Plane} given
 * @returns {Plane}
 */
function compact({ values, height, width, start, stride }) {
  const found = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    found.set(values.subarray(start + y * stride, start + y * stride + width), y * width);
  }
  return plane(found, height, width);
}
