// Which patches are left, and what the model says with them: its image logit is the mean of its patch logits.

/** @import { Point } from "../types.d.ts" */

/**
 * The logistic function, without overflow for any number; NaN stays NaN.
 * @param {number} x
 * @returns {number}
 */
export function sigmoid(x) {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/**
 * The patches of one case, each on or off, with undo and redo.
 * @property off Uint8Array of one byte a patch, row by row; 1 is switched off.
 */
export class PatchSelection {
  /** @type {Uint8Array[]} */
  past = [];
  /** @type {Uint8Array[]} */
  future = [];
  /** @type {Uint8Array | null} */
  before = null; // the step of the history that has begun

  /**
   * @param {Float32Array} logits Float32Array (findings, grid, grid): the plain grid's patch logits.
   * @param {number} grid patches a side.
   */
  constructor(logits, grid) {
    this.logits = logits;
    this.grid = grid;
    this.count = grid * grid;
    this.findings = logits.length / this.count;
    this.off = new Uint8Array(this.count);
  }

  /**
   * Patches that are left.
   * @returns {number}
   */
  get left() {
    return this.count - this.off.reduce((sum, off) => sum + off, 0);
  }

  /**
   * The patch logit of one finding.
   * @param {number} finding
   * @param {number} patch
   * @returns {number}
   */
  logit(finding, patch) {
    return this.logits[finding * this.count + patch];
  }

  /**
   * Whether the model predicts a finding.
   * @param {number} finding
   * @returns {boolean}
   */
  predicts(finding) {
    return !Number.isNaN(this.logit(finding, 0));
  }

  /**
   * Mean of the logits of the patches left, in float64 from float32 logits, by finding; NaN when none is left.
   * @returns {Float64Array}
   */
  means() {
    const { count, off, left } = this;
    return Float64Array.from({ length: this.findings }, (_, finding) => {
      let sum = 0;
      for (let patch = 0; patch < count; patch++) if (!off[patch]) sum += this.logit(finding, patch);
      return sum / left; // 0 / 0 when none is left
    });
  }

  /**
   * Probabilities of all findings from the patches left.
   * @returns {Float64Array}
   */
  probabilities() {
    return this.means().map(sigmoid);
  }

  /**
   * What a patch adds to the image logit of each finding: its logit divided by the number of patches left. For a
   * patch that is off: what it would add if it were on again.
   * @param {number} patch
   * @returns {Float64Array}
   */
  contributions(patch) {
    const left = this.left + this.off[patch];
    return Float64Array.from({ length: this.findings }, (_, finding) => this.logit(finding, patch) / left);
  }

  /**
   * Change patches; consecutive calls until `commit` are one step of the history.
   * @param {Iterable<number>} patches
   * @param {boolean} off
   */
  set(patches, off) {
    this.before ??= this.off.slice();
    for (const patch of patches) this.off[patch] = Number(off);
  }

  /** End a step of the history. */
  commit() {
    const { before } = this;
    this.before = null;
    if (!before || before.every((value, i) => value === this.off[i])) return;
    this.past.push(before);
    this.future = [];
  }

  /** Take back what was changed since the last `commit`. */
  revert() {
    if (this.before) this.off.set(this.before);
    this.before = null;
  }

  /**
   * Switch exactly these patches off, as one step.
   * @param {Iterable<number>} patches
   */
  assign(patches) {
    this.set(this.off.keys(), false);
    this.set(patches, true);
    this.commit();
  }

  undo() {
    this.step(this.past, this.future);
  }

  redo() {
    this.step(this.future, this.past);
  }

  /**
   * @param {Uint8Array[]} from
   * @param {Uint8Array[]} to
   */
  step(from, to) {
    this.revert();
    const other = from.pop();
    if (!other) return;
    to.push(this.off.slice());
    this.off.set(other);
  }

  /**
   * Indices of the patches that are off.
   * @returns {number[]}
   */
  switchedOff() {
    return [...this.off.keys()].filter((patch) => this.off[patch]);
  }
}

/**
 * Patches that a straight line between two points {x, y} in view coordinates crosses.
 * @param {Point} from
 * @param {Point} to
 * @param {number} grid
 * @param {number} size
 * @returns {Set<number>}
 */
export function patchesAlong(from, to, grid, size) {
  const side = size / grid;
  const steps = Math.max(1, Math.ceil((4 * Math.hypot(to.x - from.x, to.y - from.y)) / side));
  const crossed = new Set();
  for (let i = 0; i <= steps; i++) {
    const patch = patchAt(
      { x: from.x + ((to.x - from.x) * i) / steps, y: from.y + ((to.y - from.y) * i) / steps },
      grid,
      size,
    );
    if (patch !== null) crossed.add(patch);
  }
  return crossed;
}

/**
 * The patch under a point, null outside the picture.
 * @param {Point} point
 * @param {number} grid
 * @param {number} size
 * @returns {number | null}
 */
export function patchAt({ x, y }, grid, size) {
  const column = Math.floor((x * grid) / size);
  const row = Math.floor((y * grid) / size);
  return row >= 0 && column >= 0 && row < grid && column < grid ? row * grid + column : null;
}

/**
 * Patches whose centre lies in a mask (one byte a pixel, size² of them); a centre between pixels takes the lower right
 * one.
 * @param {Uint8Array} mask
 * @param {number} grid
 * @param {number} size
 * @returns {number[]}
 */
export function patchesInside(mask, grid, size) {
  /** @param {number} i */
  const centre = (i) => Math.floor(((i + 0.5) * size) / grid);
  return Array.from({ length: grid * grid }, (_, patch) => patch).filter(
    (patch) => mask[centre(Math.floor(patch / grid)) * size + centre(patch % grid)],
  );
}

/**
 * Where a patch is, in words; rows and columns count from one, from the upper left.
 * @param {number} patch
 * @param {number} grid
 * @returns {string}
 */
export function patchName(patch, grid) {
  return `row ${Math.floor(patch / grid) + 1}, column ${(patch % grid) + 1}`;
}
