// What the pointer does in the mode "Draw", one tool at a time.
import { covers, moved } from "./annotation.js";

const NEAR = 9; // screen pixels within which a corner is taken hold of
const STEP = 5; // screen pixels between two points of a freehand line
export const TOOLS = {
  polygon: [
    "Polygon",
    "Click its corners; double-click, Enter or the first corner closes it. Dragging draws freehand.",
  ],
  brush: ["Brush", "Drag to paint."],
  erase: ["Erase", "Drag to take away what is drawn."],
  box: ["Box", "Drag from corner to corner."],
  select: ["Select", "Drag a shape or one of its corners; Delete removes it, arrow keys move it."],
};
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

export class DrawTools {
  /**
   * @param owner {target(): the annotation to draw on, made where there is none; peek(): the same or null;
   *   changed(dragging): called after each change}
   */
  constructor(owner) {
    Object.assign(this, { owner, tool: "polygon", radius: 12, draft: [], at: null, selected: null, held: null });
  }

  choose(tool) {
    this.cancel();
    this.selected = null;
    this.tool = tool;
    this.owner.changed();
  }

  /** The ring that is being drawn, with the place of the pointer as its last corner. */
  get preview() {
    return this.tool === "polygon" && this.draft.length && this.at && !this.held
      ? [...this.draft, this.at]
      : this.draft;
  }

  /** Radius of the brush where a brush is in hand, else 0. */
  get brushRadius() {
    return this.tool === "brush" || this.tool === "erase" ? this.radius : 0;
  }

  /** @param scale view pixels for each screen pixel */
  down({ x, y }, scale) {
    const point = [x, y];
    this.held = { start: point, moved: false };
    this.scale = scale;
    const taken = this[`${this.tool}Down`](point);
    if (taken === false) this.held = null;
    this.owner.changed(true);
    return taken;
  }

  move({ x, y }) {
    const point = [x, y];
    this.held.moved ||= distance(point, this.held.start) > 3 * this.scale;
    this[`${this.tool}Move`](point);
    this.at = point;
    this.owner.changed(true);
  }

  up({ x, y }) {
    const { held } = this;
    this.held = null;
    this[`${this.tool}Up`]?.([x, y], held);
    this.owner.changed();
  }

  hover(point) {
    this.at = point && [point.x, point.y];
  }

  /** Give up what is being drawn. */
  cancel() {
    const annotation = this.owner.peek();
    if (this.held?.before && annotation) annotation.replace(this.held.before);
    this.held = null;
    this.draft = [];
    this.owner.changed();
  }

  polygonDown(point) {
    const { draft } = this;
    if (draft.length > 2 && distance(point, draft[0]) < NEAR * this.scale) return this.close();
    if (!draft.length || distance(point, draft.at(-1)) > 2 * this.scale) draft.push(point);
    return true;
  }

  polygonMove(point) {
    if (this.held.moved && this.draft.length && distance(point, this.draft.at(-1)) > STEP * this.scale) {
      this.draft.push(point);
      this.held.freehand = true;
    }
  }

  polygonUp(point, held) {
    if (held?.freehand) this.close();
  }

  /** Make the corners so far a closed shape. */
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

  boxDown() {
    this.draft = [];
  }

  boxMove([x, y]) {
    const [left, top] = this.held.start;
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

  brushDown(point) {
    const annotation = this.owner.target();
    this.held.before = annotation.shapes;
    annotation.add({ kind: "stroke", points: [point], radius: this.radius, erase: this.tool === "erase" });
    return true;
  }

  brushMove(point) {
    this.owner.peek()?.extend(point);
  }

  eraseDown(point) {
    return this.owner.peek() ? this.brushDown(point) : false;
  }

  eraseMove(point) {
    this.brushMove(point);
  }

  selectDown(point) {
    const annotation = this.owner.peek();
    if (!annotation) return false;
    const corner = this.cornerNear(annotation, point);
    if (!corner) {
      const at = annotation.shapes.findLastIndex((shape) => covers(shape, { x: point[0], y: point[1] }));
      this.selected = at < 0 ? null : at;
    }
    if (this.selected === null) return false;
    Object.assign(this.held, { corner, before: annotation.shapes });
    return true;
  }

  cornerNear(annotation, point) {
    const shape = annotation.shapes[this.selected];
    if (shape?.kind !== "rings") return null;
    for (const [r, ring] of shape.rings.entries()) {
      for (const [i, corner] of ring.entries()) if (distance(corner, point) < NEAR * this.scale) return { r, i };
    }
    return null;
  }

  selectMove(point) {
    const annotation = this.owner.peek();
    const { before, corner, start } = this.held;
    const shape = before[this.selected];
    const changed = corner
      ? {
          ...shape,
          rings: shape.rings.map((ring, r) => ring.map((at, i) => (r === corner.r && i === corner.i ? point : at))),
        }
      : moved(shape, [point[0] - start[0], point[1] - start[1]]);
    annotation.replace(before.with(this.selected, changed));
  }

  selectUp(point, held) {
    const annotation = this.owner.peek();
    const { shapes } = annotation;
    if (shapes === held.before) return;
    annotation.replace(held.before);
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

  /** Move the selected shape. */
  nudge(by) {
    const annotation = this.owner.peek();
    const shape = annotation?.shapes[this.selected];
    if (!shape) return false;
    annotation.change(annotation.shapes.with(this.selected, moved(shape, by)));
    this.owner.changed();
    return true;
  }
}
