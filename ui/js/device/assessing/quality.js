// What is unusual about an image among those that a model learned from: evaluation/trust/quality.py.
import { laplacian } from "./filters.js";
import { findPose } from "./pose.js";
import { POSE_SIDE, centredSquare, decoded, ranks } from "./squares.js";
import { filled } from "./words.js";

/** @import { AssessingTables, Plane, Reference } from "./types.d.ts" */

export const GREY_SIDE = 256;
const [BLACK, WHITE] = [0.5 / 255, 254.5 / 255];

/** @type {Map<string, Plane>} */
const templates = new Map();

/**
 * Measure an image and compare it with the training images.
 * @param {Plane} square 256×256
 * @param {Reference} reference
 * @param {AssessingTables["quality"]} tables
 * @returns {{ values: Record<string, number>, flags: string[], sentences: string[] }}
 */
export function quality(square, reference, tables) {
  const template = templates.get(reference.template) ?? decoded(reference.template);
  templates.set(reference.template, template);
  const lies = findPose(ranks(centredSquare(square, POSE_SIDE)), template, reference.ranges.likeness.low);
  /** @type {Record<string, number>} */
  const values = { ...greyValues(square), ...lies };
  const raised = flagsOf(values, reference, tables);
  const flags = Object.keys(tables.sentences).filter((flag) => raised.has(flag));
  const { whose } = tables;
  const told = {
    ...values,
    angle: Math.abs(values.angle),
    direction: values.angle > 0 ? "counter-clockwise" : "clockwise",
    most: `${reference.percentiles[1]} %`,
    whose: filled(reference.simulated ? whose.simulated : whose.real, { images: reference.images }),
  };
  return { values, flags, sentences: flags.map((flag) => filled(tables.sentences[flag], told)) };
}

/**
 * @param {Record<string, number>} values
 * @param {Reference} reference
 * @param {AssessingTables["quality"]} tables
 * @returns {Set<string>}
 */
function flagsOf(values, { ranges }, { measures, floors }) {
  /** @type {Set<string>} */
  const outside = new Set();
  for (const [name, { low, high }] of Object.entries(measures)) {
    const usual = ranges[name];
    const value = name === "angle" ? Math.abs(values.angle) : values[name];
    if (low && value < usual.low) outside.add(low);
    if (high && value > Math.max(usual.high, floors[name] ?? usual.high)) outside.add(high);
  }
  if (outside.has("unfamiliar")) {
    outside.delete("rotated");
    outside.delete("framing");
    if (values.part >= ranges.likeness.low) {
      outside.delete("unfamiliar");
      outside.add("framing");
    }
  } else if (values.polarity < 0) outside.add("inverted");
  return outside;
}

/**
 * @param {Plane} square
 * @returns {Record<string, number>}
 */
function greyValues(square) {
  const { values } = square;
  const sorted = values.slice().sort();
  const [low, middle, high] = [0.01, 0.5, 0.99].map((share) => percentile(sorted, share));
  const [spread, edges] = [variance(values), variance(laplacian(square).values)];
  return {
    sharpness: spread > 1e-12 ? Math.log10(edges / spread + 1e-9) : -9,
    middle,
    range: high - low,
    black: share(values, (value) => value < BLACK),
    white: share(values, (value) => value > WHITE),
  };
}

/**
 * @param {Float32Array} sorted
 * @param {number} share
 * @returns {number} between neighbours, as numpy has it
 */
function percentile(sorted, share) {
  const at = share * (sorted.length - 1);
  const first = Math.floor(at);
  return sorted[first] + (sorted[Math.min(first + 1, sorted.length - 1)] - sorted[first]) * (at - first);
}

/** @param {Float32Array} values */
function variance(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

/**
 * @param {Float32Array} values
 * @param {(value: number) => boolean} holds
 */
function share(values, holds) {
  return values.filter(holds).length / values.length;
}
