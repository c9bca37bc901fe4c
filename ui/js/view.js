// Which part of the square every pane shows, and where a pointer is on it. One view serves all panes.

/** @import { OnScreen, Point } from "./types.d.ts" */

/** Side of the square that the models see, in view coordinates: pixel (0, 0) covers [0, 1] × [0, 1]. */
export const SIZE = 512;
const CLOSEST = 16; // pixels of the view that remain visible at the strongest zoom

/** The visible square: from (x, y), `size` wide, all in view coordinates; always inside the picture. */
export class View {
  x = 0;
  y = 0;
  size = SIZE;

  fit() {
    this.moveTo(0, 0, SIZE);
  }

  /** @returns {number} */
  get zoom() {
    return SIZE / this.size;
  }

  /**
   * Show a square of another size; the point (x, y) in view coordinates stays where it is on the screen.
   * @param {Point} point
   * @param {number} size
   */
  zoomAt({ x, y }, size) {
    const wanted = Math.min(SIZE, Math.max(CLOSEST, size));
    const share = wanted / this.size;
    this.moveTo(x - (x - this.x) * share, y - (y - this.y) * share, wanted);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} [size]
   */
  moveTo(x, y, size = this.size) {
    const end = SIZE - size;
    this.x = Math.min(end, Math.max(0, x));
    this.y = Math.min(end, Math.max(0, y));
    this.size = size;
  }

  /**
   * Where an event is, in view coordinates, given the element that shows the view.
   * @param {OnScreen} event
   * @param {Element} element
   * @returns {Point}
   */
  pointOf(event, element) {
    const box = element.getBoundingClientRect();
    const scale = this.size / box.width;
    return { x: this.x + (event.clientX - box.left) * scale, y: this.y + (event.clientY - box.top) * scale };
  }

  /**
   * Lay a pane's canvas and drawings out: lines keep their width, whatever the zoom.
   * @param {HTMLCanvasElement} canvas
   * @param {Iterable<Element>} drawings
   */
  apply(canvas, drawings) {
    canvas.style.transform =
      this.size === SIZE ? "" : `scale(${this.zoom}) translate(${(-100 * this.x) / SIZE}%, ${(-100 * this.y) / SIZE}%)`;
    for (const drawing of drawings) drawing.setAttribute("viewBox", `${this.x} ${this.y} ${this.size} ${this.size}`);
  }
}
