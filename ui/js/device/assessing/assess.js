// Whether what a model says about an image can be read, with the server's verdicts and words: evaluation/assessment.
import { findChest, isFilm, isUpright, smallFilm } from "./chest.js";
import { showsBundled } from "./phantoms.js";
import { GREY_SIDE, quality } from "./quality.js";
import { plane } from "./resizing.js";
import { centredSquare } from "./squares.js";
import { filled } from "./words.js";

/**
 * @import { Assessment, OnDevice, Reason, Speaker } from "../../messages.d.ts"
 * @import { AssessingTables, Film, Judged, Reference } from "./types.d.ts"
 */

/** @type {Record<string, [number, number]>} */
const SIDES = { R: [-1, 0], L: [1, 0], H: [0, -1], F: [0, 1] }; // (x, y) of an upright frontal film

/**
 * Look at an image.
 * @param {Judged} radiograph
 * @param {boolean} simulated whether its file says that it is a phantom of this project
 * @param {AssessingTables} tables
 * @returns {Film}
 */
export function filmOf(radiograph, simulated, tables) {
  const { pixels, height, width, coloured, stated, film } = radiograph;
  const image = plane(pixels, height, width);
  return {
    square: centredSquare(image, GREY_SIDE),
    pose: findChest(smallFilm(image), tables.chest),
    side: Math.min(height, width),
    coloured,
    stated,
    blank: pixels.every((value) => value === pixels[0]),
    simulated: simulated || showsBundled(image, tables.phantoms),
    mirrored: isMirrored(film.edges),
  };
}

/**
 * Say whether a model's output for an image can be read.
 * @param {Film} film
 * @param {Speaker["origin"]} origin whose weights the model has
 * @param {Reference | null} reference the images that it learned from; null where nobody noted them
 * @param {AssessingTables} tables
 * @returns {Assessment}
 */
export function assess(film, origin, reference, tables) {
  const against = [...whyNoFilm(film, tables)];
  let cautions = against.length ? [] : [...howAskew(film, tables), ...howUnusual(film, reference, tables)];
  if (origin === "demo" && !film.simulated) {
    against.push(reasonOf(tables, "demo_weights"));
    cautions = cautions.filter((reason) => reason.remedy);
  }
  const reasons = against.length ? [...against, ...cautions] : cautions;
  const state = against.length ? "not_assessable" : cautions.length ? "caution" : "readable";
  return { state, title: tables.titles[state], reasons };
}

/**
 * The same of each model, by its key.
 * @param {Film} film
 * @param {OnDevice[]} models
 * @param {AssessingTables} tables
 * @returns {Record<string, Assessment>}
 */
export function assessmentsOf(film, models, tables) {
  return Object.fromEntries(
    models.map(({ speaker: { key, origin }, reference }) => [
      key,
      assess(film, origin, /** @type {Reference | null} */ (reference), tables),
    ]),
  );
}

/**
 * Why an image is no frontal chest film at all.
 * @param {Film} film
 * @param {AssessingTables} tables
 * @returns {Generator<Reason>}
 */
function* whyNoFilm({ coloured, stated, blank, side, pose }, tables) {
  const { chest, least_side: least } = tables;
  if (coloured) yield reasonOf(tables, "colour");
  if (stated) yield reasonOf(tables, "stated", { stated });
  if (blank) yield reasonOf(tables, "blank");
  else if (side < least) yield reasonOf(tables, "tiny", { side, least });
  else if (!isFilm(pose, chest) && !coloured && !stated) {
    const likeness = Math.max(pose.likeness, 0);
    yield reasonOf(tables, "no_chest_film", { whose: chest.whose, likeness, least: chest.upright });
  }
}

/**
 * How a film lies otherwise than it should.
 * @param {Film} film
 * @param {AssessingTables} tables
 * @returns {Generator<Reason>}
 */
function* howAskew({ pose, side, mirrored }, { chest, words, turned, few_pixels: least }) {
  const { whose } = chest;
  if (pose.quarters) {
    const text = filled(words.turned, { how: turned[pose.quarters], whose });
    yield { key: "rotated", text, remedy: "rotate", quarters: 4 - pose.quarters };
  } else if (Math.abs(pose.tilt) > chest.straight) {
    const way = pose.tilt > 0 ? "counter-clockwise" : "clockwise";
    yield plainly("rotated", filled(words.tilted, { angle: Math.abs(pose.tilt), way, whose }));
  }
  if (pose.inverted) yield plainly("inverted", filled(words.inverted, { whose }), "invert");
  if (mirrored) yield plainly("mirrored", words.lies_mirrored, "flip");
  else if (mirrored === null && pose.swapped > pose.likeness + chest.mirrored) {
    const { swapped, likeness } = pose;
    yield plainly("mirrored", filled(words.may_be_mirrored, { whose, swapped, likeness }), "flip");
  }
  if (side < least) yield plainly("small", filled(words.small, { side, least }));
}

/**
 * How a film differs from those that the model learned from; its pose is left to what is known of any film.
 * @param {Film} film
 * @param {Reference | null} reference
 * @param {AssessingTables} tables
 * @returns {Generator<Reason>}
 */
function* howUnusual({ square, pose }, reference, { chest, quality: tables }) {
  if (!reference) return;
  const straight = isUpright(pose) && Math.abs(pose.tilt) <= chest.straight;
  const { flags, sentences } = quality(square, reference, tables);
  for (const [i, flag] of flags.entries()) {
    if (!straight && tables.flags_of_pose.includes(flag)) continue;
    yield plainly(flag, sentences[i], tables.remedies[flag] ?? null);
  }
}

/**
 * @param {AssessingTables} tables
 * @param {string} key
 * @param {Record<string, string | number>} [found]
 * @returns {Reason}
 */
function reasonOf({ words }, key, found = {}) {
  return plainly(key, filled(words[key], found));
}

/**
 * @param {string} key
 * @param {string} text
 * @param {Reason["remedy"]} [remedy]
 * @returns {Reason}
 */
function plainly(key, text, remedy = null) {
  return { key, text, remedy, quarters: 0 };
}

/**
 * Whether a frontal film lies mirrored, turned or not; null where its edges are not known, or say another view.
 * @param {[string, string, string, string]} edges letters of the left, right, upper and lower edge
 * @returns {boolean | null}
 */
function isMirrored([, right, , lower]) {
  const [across, down] = [SIDES[right[0]], SIDES[lower[0]]];
  if (!across || !down) return null;
  const turn = across[0] * down[1] - across[1] * down[0]; // 1 where the lower edge follows the right one clockwise
  return turn ? turn < 0 : null;
}
