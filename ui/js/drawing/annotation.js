// One region that somebody drew: shapes laid one over the other, with their history.
import { unpackBits } from "../maps.js";
import { SIZE } from "../view.js";
import { borderPath, fillRings, fillSegment, fillStroke, packBits, ringPath } from "./raster.js";

let made = 0;

/** How often anything was drawn on this page: who saved remembers the number. */
export const edits = { count: 0 };

/**
 * Shapes are never changed, only replaced, so that the history may share them:
 * {kind: "rings", rings: [[[x, y], …], …]}: polygons and boxes, even-odd;
 * {kind: "stroke", points: [[x, y], …], radius, erase};
 * {kind: "bits", bits: base64 of packed bits}: a region without shapes of its own.
 */
export class Annotation {
  constructor(name, finding, shapes = []) {
    Object.assign(this, { id: `own-${++made}`, name, finding, shapes, past: [], future: [], mask: null });
  }

  /** The region, one byte a pixel; not to be changed. */
  region() {
    this.mask ??= this.shapes.reduce((mask, shape) => paint(mask, shape), new Uint8Array(SIZE * SIZE));
    return this.mask;
  }

  get empty() {
    return !this.region().includes(1);
  }

  /** Replace the shapes, as one step of the history. */
  change(shapes) {
    this.past.push(this.shapes);
    this.future = [];
    this.replace(shapes);
  }

  /** Replace the shapes without remembering how they were: while something is being dragged. */
  replace(shapes) {
    edits.count++;
    this.shapes = shapes;
    this.mask = null;
  }

  add(shape) {
    const mask = this.mask && paint(this.mask.slice(), shape);
    this.change([...this.shapes, shape]);
    this.mask = mask;
  }

  /** Lengthen the last shape, a stroke. */
  extend(point) {
    const stroke = this.shapes.at(-1);
    edits.count++;
    const mask = this.region();
    fillSegment(mask, stroke.points.at(-1), point, stroke.radius, SIZE, Number(!stroke.erase));
    this.shapes = [...this.shapes.slice(0, -1), { ...stroke, points: [...stroke.points, point] }];
  }

  undo() {
    if (!this.past.length) return;
    this.future.push(this.shapes);
    this.replace(this.past.pop());
  }

  redo() {
    if (!this.future.length) return;
    this.past.push(this.shapes);
    this.replace(this.future.pop());
  }

  /** Its outline as SVG path data: the rings themselves where there is nothing else. */
  path() {
    const smooth = this.shapes.every((shape) => shape.kind === "rings");
    return smooth ? this.shapes.map((shape) => ringPath(shape.rings)).join("") : borderPath(this.region(), SIZE);
  }

  /** Closed polygons where these are the whole region, for those who cannot take bits. */
  get polygons() {
    return this.shapes.every((shape) => shape.kind === "rings") ? this.shapes.flatMap((shape) => shape.rings) : [];
  }

  /** As the server takes it. */
  toExport() {
    return { name: this.name, finding: this.finding, polygons: this.polygons, bits: packBits(this.region()) };
  }

  /** As a saved session holds it. */
  toJson() {
    return { name: this.name, finding: this.finding, shapes: this.shapes };
  }
}

function paint(mask, shape) {
  if (shape.kind === "rings") fillRings(mask, shape.rings, SIZE);
  else if (shape.kind === "stroke") fillStroke(mask, shape.points, shape.radius, SIZE, Number(!shape.erase));
  else
    bitsOf(shape).forEach((bit, i) => {
      if (bit) mask[i] = 1;
    });
  return mask;
}

function bitsOf({ bits }) {
  return unpackBits(
    Uint8Array.from(atob(bits), (c) => c.charCodeAt(0)),
    SIZE * SIZE,
  );
}

/** Move a shape by [dx, dy]; what has no shape of its own is moved by whole pixels. */
export function moved(shape, [dx, dy]) {
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

/** Whether a shape, taken by itself, covers a point. */
export function covers(shape, { x, y }) {
  const mask = new Uint8Array(SIZE * SIZE);
  paint(mask, shape.erase ? { ...shape, erase: false } : shape);
  return mask[Math.floor(y) * SIZE + Math.floor(x)] === 1;
}

/** An annotation from a region and, where they give exactly this region, its outlines. */
export function fromRegion(name, finding, mask, rings = []) {
  const own = new Uint8Array(SIZE * SIZE);
  fillRings(own, rings, SIZE);
  const exact = rings.length > 0 && own.every((bit, i) => bit === mask[i]);
  const annotation = new Annotation(name, finding, [
    exact ? { kind: "rings", rings } : { kind: "bits", bits: packBits(mask) },
  ]);
  return annotation;
}
