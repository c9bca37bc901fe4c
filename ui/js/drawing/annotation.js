// One region that somebody drew: shapes laid one over the other, with their history.
import { unpackBits } from "../maps.js";
import { SIZE } from "../view.js";
import { borderPath, fillRings, fillSegment, fillStroke, packBits, ringPath } from "./raster.js";

/**
 * @import { DrawingState } from "../messages.d.ts"
 * @import { BitsShape, Place, Point, SavedAnnotation, Shape } from "../types.d.ts"
 */

let made = 0;

/** How often anything was drawn on this page: who saved remembers the number. */
export const edits = { count: 0 };

/** Shapes are never changed, only replaced, so that the history may share them. */
export class Annotation {
  id = `own-${++made}`;
  /** @type {Shape[][]} */
  past = [];
  /** @type {Shape[][]} */
  future = [];
  /** @type {Uint8Array | null} */
  mask = null; // the region, once it was asked for

  /**
   * @param {string} name
   * @param {string} finding
   * @param {Shape[]} [shapes]
   */
  constructor(name, finding, shapes = []) {
    this.name = name;
    this.finding = finding;
    this.shapes = shapes;
  }

  /**
   * The region, one byte a pixel; not to be changed.
   * @returns {Uint8Array}
   */
  region() {
    this.mask ??= this.shapes.reduce(paint, new Uint8Array(SIZE * SIZE));
    return this.mask;
  }

  /** @returns {boolean} */
  get empty() {
    return !this.region().includes(1);
  }

  /**
   * Replace the shapes, as one step of the history.
   * @param {Shape[]} shapes
   */
  change(shapes) {
    this.past.push(this.shapes);
    this.future = [];
    this.replace(shapes);
  }

  /**
   * Replace the shapes without remembering how they were: while something is being dragged.
   * @param {Shape[]} shapes
   */
  replace(shapes) {
    edits.count++;
    this.shapes = shapes;
    this.mask = null;
  }

  /** @param {Shape} shape */
  add(shape) {
    const mask = this.mask && paint(this.mask.slice(), shape);
    this.change([...this.shapes, shape]);
    this.mask = mask;
  }

  /**
   * Lengthen the last shape, a stroke.
   * @param {Place} point
   */
  extend(point) {
    const stroke = this.shapes.at(-1);
    if (stroke?.kind !== "stroke") return;
    edits.count++;
    const last = stroke.points[stroke.points.length - 1];
    fillSegment(this.region(), last, point, stroke.radius, SIZE, Number(!stroke.erase));
    this.shapes = [...this.shapes.slice(0, -1), { ...stroke, points: [...stroke.points, point] }];
  }

  undo() {
    const shapes = this.past.pop();
    if (!shapes) return;
    this.future.push(this.shapes);
    this.replace(shapes);
  }

  redo() {
    const shapes = this.future.pop();
    if (!shapes) return;
    this.past.push(this.shapes);
    this.replace(shapes);
  }

  /**
   * Its outline as SVG path data: the rings themselves where there is nothing else.
   * @returns {string}
   */
  path() {
    const { rings } = this;
    return rings ? ringPath(rings) : borderPath(this.region(), SIZE);
  }

  /**
   * Closed polygons where these are the whole region, else null.
   * @returns {Place[][] | null}
   */
  get rings() {
    /** @type {Place[][]} */
    const found = [];
    for (const shape of this.shapes) {
      if (shape.kind !== "rings") return null;
      found.push(...shape.rings);
    }
    return found;
  }

  /**
   * Closed polygons where these are the whole region, for those who cannot take bits.
   * @returns {Place[][]}
   */
  get polygons() {
    return this.rings ?? [];
  }

  /**
   * As the server takes it.
   * @returns {DrawingState}
   */
  toExport() {
    return { name: this.name, finding: this.finding, polygons: this.polygons, bits: packBits(this.region()) };
  }

  /**
   * As a saved session holds it.
   * @returns {SavedAnnotation}
   */
  toJson() {
    return { name: this.name, finding: this.finding, shapes: this.shapes };
  }
}

/**
 * @param {Uint8Array} mask changed
 * @param {Shape} shape
 * @returns {Uint8Array} the mask
 */
function paint(mask, shape) {
  if (shape.kind === "rings") fillRings(mask, shape.rings, SIZE);
  else if (shape.kind === "stroke") fillStroke(mask, shape.points, shape.radius, SIZE, Number(!shape.erase));
  else {
    bitsOf(shape).forEach((bit, i) => {
      if (bit) mask[i] = 1;
    });
  }
  return mask;
}

/**
 * @param {BitsShape} shape
 * @returns {Uint8Array}
 */
function bitsOf({ bits }) {
  return unpackBits(
    Uint8Array.from(atob(bits), (c) => c.charCodeAt(0)),
    SIZE * SIZE,
  );
}

/**
 * Move a shape by [dx, dy]; what has no shape of its own is moved by whole pixels.
 * @param {Shape} shape
 * @param {Place} by
 * @returns {Shape}
 */
export function moved(shape, [dx, dy]) {
  /**
   * @param {Place} place
   * @returns {Place}
   */
  const shift = ([x, y]) => [x + dx, y + dy];
  if (shape.kind === "rings") return { ...shape, rings: shape.rings.map((ring) => ring.map(shift)) };
  if (shape.kind === "stroke") return { ...shape, points: shape.points.map(shift) };
  const [right, down] = [Math.round(dx), Math.round(dy)];
  const out = new Uint8Array(SIZE * SIZE);
  bitsOf(shape).forEach((bit, i) => {
    const [x, y] = [(i % SIZE) + right, Math.floor(i / SIZE) + down];
    if (bit && x >= 0 && y >= 0 && x < SIZE && y < SIZE) out[y * SIZE + x] = 1;
  });
  return { kind: "bits", bits: packBits(out) };
}

/**
 * Whether a shape, taken by itself, covers a point.
 * @param {Shape} shape
 * @param {Point} point
 * @returns {boolean}
 */
export function covers(shape, { x, y }) {
  const mask = new Uint8Array(SIZE * SIZE);
  paint(mask, shape.kind === "stroke" ? { ...shape, erase: false } : shape);
  return mask[Math.floor(y) * SIZE + Math.floor(x)] === 1;
}

/**
 * An annotation from a region and, where they give exactly this region, its outlines.
 * @param {string} name
 * @param {string} finding
 * @param {Uint8Array} mask
 * @param {Place[][]} [rings]
 * @returns {Annotation}
 */
export function fromRegion(name, finding, mask, rings = []) {
  const own = new Uint8Array(SIZE * SIZE);
  fillRings(own, rings, SIZE);
  const exact = rings.length > 0 && own.every((bit, i) => bit === mask[i]);
  return new Annotation(name, finding, [exact ? { kind: "rings", rings } : { kind: "bits", bits: packBits(mask) }]);
}
