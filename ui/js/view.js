// Which part of the square every pane shows, and where a pointer is on it. One view serves all panes.

/** @import { Extent, OnScreen, Point } from "./types.d.ts" */

/** Side of the square that the models see, in view coordinates: pixel (0, 0) covers [0, 1] × [0, 1]. */
export const SIZE = 512;
const CLOSEST = 16; // pixels of the view, or
const NEAREST = 24; // pixels of the original, that remain visible at the strongest zoom
const WHOLE = { x: 0, y: 0, width: SIZE, height: SIZE };

/** The visible square: from (x, y), `size` wide, all in view coordinates; never farther out than the whole picture. */
export class View {
  x = 0;
  y = 0;
  size = SIZE;
  extent = WHOLE; // of the picture
  closest = CLOSEST;

  /**
   * Look at another picture: all of it, unless what is shown of the last one fits.
   * @param {Extent} extent
   * @param {number} [scale] pixels of the view for one of the picture
   */
  take(extent, scale = 1) {
    const { fitted } = this;
    const whole = this.size === fitted;
    this.extent = extent;
    this.closest = Math.min(CLOSEST, NEAREST * scale);
    if (whole) this.fit();
    else this.moveTo(this.x, this.y, Math.min(this.size, this.fitted));
  }

  fit() {
    this.moveTo(0, 0, this.fitted);
  }

  /**
   * Size at which the whole picture is seen.
   * @returns {number}
   */
  get fitted() {
    return Math.max(this.extent.width, this.extent.height);
  }

  /** @returns {number} */
  get zoom() {
    return this.fitted / this.size;
  }

  /**
   * Show a square of another size; the point (x, y) in view coordinates stays where it is on the screen.
   * @param {Point} point
   * @param {number} size
   */
  zoomAt({ x, y }, size) {
    const wanted = Math.min(this.fitted, Math.max(this.closest, size));
    const share = wanted / this.size;
    this.moveTo(x - (x - this.x) * share, y - (y - this.y) * share, wanted);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} [size]
   */
  moveTo(x, y, size = this.size) {
    const { extent } = this;
    this.x = within(x, size, extent.x, extent.width);
    this.y = within(y, size, extent.y, extent.height);
    this.size = size;
  }

  /**
   * Whether a point is on the picture.
   * @param {Point} point
   * @returns {boolean}
   */
  has({ x, y }) {
    const { extent } = this;
    return x >= extent.x && y >= extent.y && x < extent.x + extent.width && y < extent.y + extent.height;
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
    const scale = SIZE / this.size;
    canvas.style.transform =
      this.size === SIZE && !this.x && !this.y
        ? ""
        : `scale(${scale}) translate(${(-100 * this.x) / SIZE}%, ${(-100 * this.y) / SIZE}%)`;
    for (const drawing of drawings) drawing.setAttribute("viewBox", `${this.x} ${this.y} ${this.size} ${this.size}`);
  }
}

/**
 * Where a stretch begins that shows a picture: in its middle where all of it fits, else not beyond its ends.
 * @param {number} at
 * @param {number} size
 * @param {number} start
 * @param {number} length
 * @returns {number}
 */
function within(at, size, start, length) {
  if (size >= length) return start + (length - size) / 2;
  return Math.min(start + length - size, Math.max(start, at));
}
