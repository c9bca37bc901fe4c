// What the pointer does in the mode "Draw", one tool at a time.
import { covers, moved } from "./annotation.js";

/**
 * @import { Place, Point, Shape, ToolName } from "../types.d.ts"
 * @import { Annotation } from "./annotation.js"
 */

const NEAR = 9; // screen pixels within which a corner is taken hold of
const STEP = 5; // screen pixels between two points of a freehand line
/** @type {Record<ToolName, [string, string]>} */
export const TOOLS = {
  polygon: [
    "Polygon",
    "Click its corners; double-click, Enter or the first corner closes it. Dragging draws freehand.",
  ],
  brush: ["Brush", "Drag to paint."],
  erase: ["Erase", "Drag to erase what is drawn."],
  box: ["Box", "Drag from corner to corner."],
  select: ["Select", "Drag a shape or one of its corners; Delete removes it, arrow keys move it."],
};

/**
 * @param {Place} a
 * @param {Place} b
 */
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

/**
 * Whom the tools draw for.
 * @typedef {object} Owner
 * @property {() => Annotation} target the annotation to draw on, made where there is none
 * @property {() => Annotation | null} peek the same or null
 * @property {(dragging?: boolean) => void} changed called after each change
 */

/**
 * What is known from a press to its release.
 * @typedef {object} Held
 * @property {Place} start
 * @property {boolean} moved
 * @property {boolean} freehand
 * @property {Shape[] | null} before shapes as they were
 * @property {{ r: number, i: number } | null} corner that is dragged: its ring and its place there
 */

/**
 * @typedef {object} Hand
 * @property {(point: Place, held: Held) => boolean | void} down false where there is nothing to do
 * @property {(point: Place, held: Held) => void} move
 * @property {(held: Held) => void} [up]
 */

export class DrawTools {
  /** @type {ToolName} */
  tool = "polygon";
  radius = 12;
  scale = 1; // view pixels for each screen pixel
  /** @type {Place[]} */
  draft = []; // corners so far
  /** @type {Place | null} */
  at = null; // where the pointer is
  /** @type {number | null} */
  selected = null; // place of a shape
  /** @type {Held | null} */
  held = null;
  /** @type {Record<ToolName, Hand>} */
  hands = {
    polygon: {
      down: (point) => this.polygonDown(point),
      move: (point, held) => this.polygonMove(point, held),
      up: (held) => void (held.freehand && this.close()),
    },
    box: {
      down: () => this.setDraft([]),
      move: (point, held) => this.boxMove(point, held),
      up: () => this.boxUp(),
    },
    brush: {
      down: (point, held) => this.brushDown(point, held),
      move: (point) => this.owner.peek()?.extend(point),
    },
    erase: {
      down: (point, held) => (this.owner.peek() ? this.brushDown(point, held) : false),
      move: (point) => this.owner.peek()?.extend(point),
    },
    select: {
      down: (point, held) => this.selectDown(point, held),
      move: (point, held) => this.selectMove(point, held),
      up: (held) => this.selectUp(held),
    },
  };

  /** @param {Owner} owner */
  constructor(owner) {
    this.owner = owner;
  }

  /** @param {ToolName} tool */
  choose(tool) {
    this.cancel();
    this.selected = null;
    this.tool = tool;
    this.owner.changed();
  }

  /**
   * The ring that is being drawn, with the place of the pointer as its last corner.
   * @returns {Place[]}
   */
  get preview() {
    return this.tool === "polygon" && this.draft.length && this.at && !this.held
      ? [...this.draft, this.at]
      : this.draft;
  }

  /**
   * Radius of the brush where a brush is in hand, else 0.
   * @returns {number}
   */
  get brushRadius() {
    return this.tool === "brush" || this.tool === "erase" ? this.radius : 0;
  }

  /**
   * @param {Point} point
   * @param {number} scale view pixels for each screen pixel
   * @returns {boolean | void} false where there is nothing to do
   */
  down({ x, y }, scale) {
    /** @type {Held} */
    const held = { start: [x, y], moved: false, freehand: false, before: null, corner: null };
    this.held = held;
    this.scale = scale;
    const taken = this.hands[this.tool].down([x, y], held);
    if (taken === false) this.held = null;
    this.owner.changed(true);
    return taken;
  }

  /** @param {Point} point */
  move({ x, y }) {
    const { held } = this;
    if (!held) return;
    held.moved ||= distance([x, y], held.start) > 3 * this.scale;
    this.hands[this.tool].move([x, y], held);
    this.at = [x, y];
    this.owner.changed(true);
  }

  /** The pointer is let go. */
  up() {
    const { held } = this;
    this.held = null;
    if (held) this.hands[this.tool].up?.(held);
    this.owner.changed();
  }

  /** @param {Point | null} point */
  hover(point) {
    this.at = point && [point.x, point.y];
  }

  /** Give up what is being drawn. */
  cancel() {
    if (this.held?.before) this.owner.peek()?.replace(this.held.before);
    this.held = null;
    this.draft = [];
    this.owner.changed();
  }

  /** @param {Place[]} draft */
  setDraft(draft) {
    this.draft = draft;
  }

  /**
   * @param {Place} point
   * @returns {boolean}
   */
  polygonDown(point) {
    const { draft } = this;
    const last = draft.at(-1);
    if (draft.length > 2 && distance(point, draft[0]) < NEAR * this.scale) return this.close();
    if (!last || distance(point, last) > 2 * this.scale) draft.push(point);
    return true;
  }

  /**
   * @param {Place} point
   * @param {Held} held
   */
  polygonMove(point, held) {
    const last = this.draft.at(-1);
    if (!held.moved || !last || distance(point, last) <= STEP * this.scale) return;
    this.draft.push(point);
    held.freehand = true;
  }

  /**
   * Make the corners so far a closed shape.
   * @returns {boolean}
   */
  close() {
    const ring = this.draft;
    this.draft = [];
    if (ring.length > 2) this.owner.target().add({ kind: "rings", rings: [ring] });
    this.owner.changed();
    return false;
  }

  /** Take the last corner back. */
  back() {
    this.draft.pop();
    this.owner.changed();
  }

  /**
   * @param {Place} point
   * @param {Held} held
   */
  boxMove([x, y], { start: [left, top] }) {
    this.draft = [
      [left, top],
      [x, top],
      [x, y],
      [left, y],
    ];
  }

  boxUp() {
    const [a, , c] = this.draft;
    if (!c || Math.abs(c[0] - a[0]) < 1 || Math.abs(c[1] - a[1]) < 1) this.draft = [];
    else this.close();
  }

  /**
   * @param {Place} point
   * @param {Held} held
   * @returns {boolean}
   */
  brushDown(point, held) {
    const annotation = this.owner.target();
    held.before = annotation.shapes;
    annotation.add({ kind: "stroke", points: [point], radius: this.radius, erase: this.tool === "erase" });
    return true;
  }

  /**
   * @param {Place} point
   * @param {Held} held
   * @returns {boolean}
   */
  selectDown(point, held) {
    const annotation = this.owner.peek();
    if (!annotation) return false;
    held.corner = this.cornerNear(annotation, point);
    if (!held.corner) {
      const at = annotation.shapes.findLastIndex((shape) => covers(shape, { x: point[0], y: point[1] }));
      this.selected = at < 0 ? null : at;
    }
    if (this.selected === null) return false;
    held.before = annotation.shapes;
    return true;
  }

  /**
   * The corner of the selected shape that is near a point.
   * @param {Annotation} annotation
   * @param {Place} point
   */
  cornerNear(annotation, point) {
    const shape = annotation.shapes[this.selected ?? -1];
    if (shape?.kind !== "rings") return null;
    for (const [r, ring] of shape.rings.entries()) {
      for (const [i, corner] of ring.entries()) if (distance(corner, point) < NEAR * this.scale) return { r, i };
    }
    return null;
  }

  /**
   * @param {Place} point
   * @param {Held} held
   */
  selectMove(point, { before, corner, start }) {
    if (!before || this.selected === null) return;
    const shape = before[this.selected];
    const changed =
      corner && shape.kind === "rings"
        ? { ...shape, rings: withCorner(shape.rings, corner, point) }
        : moved(shape, [point[0] - start[0], point[1] - start[1]]);
    this.owner.peek()?.replace(before.with(this.selected, changed));
  }

  /** @param {Held} held */
  selectUp({ before }) {
    const annotation = this.owner.peek();
    if (!annotation || !before || annotation.shapes === before) return;
    const { shapes } = annotation;
    annotation.replace(before);
    annotation.change(shapes);
  }

  /** Delete the selected shape. */
  remove() {
    const annotation = this.owner.peek();
    if (this.selected === null || !annotation) return;
    annotation.change(annotation.shapes.toSpliced(this.selected, 1));
    this.selected = null;
    this.owner.changed();
  }

  /**
   * Move the selected shape.
   * @param {Place} by
   * @returns {boolean} whether there is one
   */
  nudge(by) {
    const { selected } = this;
    const annotation = this.owner.peek();
    if (!annotation || selected === null || !annotation.shapes[selected]) return false;
    annotation.change(annotation.shapes.with(selected, moved(annotation.shapes[selected], by)));
    this.owner.changed();
    return true;
  }
}

/**
 * Rings with one corner somewhere else.
 * @param {Place[][]} rings
 * @param {{ r: number, i: number }} corner
 * @param {Place} point
 * @returns {Place[][]}
 */
function withCorner(rings, { r, i }, point) {
  return rings.map((ring, at) => (at === r ? ring.with(i, point) : ring));
}
