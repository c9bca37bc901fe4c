// How a radiograph lies against a template, at 64×64 pixels and by ranks: evaluation/trust/pose.py.
import { turned } from "./filters.js";
import { byArea } from "./resizing.js";
import { POSE_SIDE, centredUnit, product } from "./squares.js";

/** @import { Plane } from "./types.d.ts" */

const FINE = Array.from({ length: 31 }, (_, i) => 2 * i - 30);
const COARSE = Array.from({ length: 36 }, (_, i) => 10 * i - 180);
const ANGLES = [...new Set([...FINE, ...COARSE])].sort((a, b) => a - b);
const PARTS = [1, 1.1, 1.2, 1.35, 1.5, 1.7, 2];

/** @type {Map<Plane, Float32Array[]>} */
const turns = new Map(); // by template: they take most of the time

/**
 * Find the turn and polarity of the template that fit an image best, then the part of it that does.
 * @param {Plane} image ranks
 * @param {Plane} template
 * @param {number} film the likeness from which on the image is turned upright before parts of the template are tried
 * @returns {{ likeness: number, angle: number, polarity: number, cropping: number, part: number, field: number }}
 */
export function findPose(image, template, film) {
  const seen = inDisc(image);
  const fits = turnedTemplates(template).map((one) => product(one, seen));
  const best = fits.reduce((found, fit, i) => (Math.abs(fit) > Math.abs(fits[found]) ? i : found), 0);
  const [likeness, polarity, angle] = [Math.abs(fits[best]), Math.sign(fits[best]) || 1, ANGLES[best]];
  const upright = likeness >= film ? lit(turned(image, -angle), polarity) : image;
  const parts = PARTS.map((scale) => bestPart(upright, template, scale));
  const most = Math.max(...parts);
  const field = PARTS[parts.indexOf(most)] ** -2;
  return { likeness, angle, polarity, cropping: most - parts[0], part: most, field };
}

/**
 * @param {Plane} template
 * @returns {Float32Array[]}
 */
function turnedTemplates(template) {
  const known = turns.get(template);
  if (known) return known;
  const made = ANGLES.map((angle) => inDisc(turned(template, angle)));
  turns.set(template, made);
  return made;
}

/**
 * The pixels that stay in view at every angle, as a unit vector around their mean.
 * @param {Plane} square
 * @returns {Float32Array}
 */
function inDisc({ values }) {
  const middle = (POSE_SIDE - 1) / 2;
  return centredUnit(
    values.filter((_, i) => {
      const [row, column] = [Math.floor(i / POSE_SIDE) - middle, (i % POSE_SIDE) - middle];
      return row * row + column * column <= (POSE_SIDE / 2) ** 2;
    }),
  );
}

/**
 * @param {Plane} square
 * @param {number} polarity
 * @returns {Plane}
 */
function lit(square, polarity) {
  return { ...square, values: square.values.map((value) => value * polarity) };
}

/**
 * The best correlation of the image, shrunk by a factor, with any part of the template that it then covers.
 * @param {Plane} image
 * @param {Plane} template
 * @param {number} scale
 * @returns {number}
 */
function bestPart(image, template, scale) {
  const side = Math.round(POSE_SIDE / scale);
  const { values } = byArea(image, side, side);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = Float64Array.from(values, (value) => value - mean);
  const squares = product(centred, centred);
  if (Math.sqrt(squares / values.length) < 1e-6) return 0;
  let best = -Infinity;
  for (let top = 0; top <= POSE_SIDE - side; top++) {
    for (let left = 0; left <= POSE_SIDE - side; left++) {
      best = Math.max(best, correlation(template.values, centred, squares, side, top * POSE_SIDE + left));
    }
  }
  return best;
}

/**
 * @param {Float32Array} template
 * @param {Float64Array} centred
 * @param {number} squares of `centred`, added up
 * @param {number} side
 * @param {number} start in the template
 * @returns {number} 0 where the template is even
 */
function correlation(template, centred, squares, side, start) {
  let [both, sum, own] = [0, 0, 0];
  for (let row = 0; row < side; row++) {
    const from = start + row * POSE_SIDE;
    for (let column = 0; column < side; column++) {
      const value = template[from + column];
      both += value * centred[row * side + column];
      sum += value;
      own += value * value;
    }
  }
  const spread = own - (sum * sum) / centred.length;
  return spread > 1e-9 ? both / Math.sqrt(spread * squares) : 0;
}
