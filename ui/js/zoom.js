// Looking closer: wheel, pinch, buttons and keys change the one view that all panes share; dragging moves it.
import { isList, isNumber, make } from "./dom.js";
import { oncePerFrame } from "./frames.js";
import { Paging, wheelEffect, wheelPixels, zoomFactor } from "./gestures.js";
import { SIZE } from "./view.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Keys } from "./keys.js"
 * @import { Pane } from "./pane.js"
 * @import { Toolbar } from "./toolbar.js"
 * @import { Mode, OnScreen, Point } from "./types.d.ts"
 */

const STEP = 1.5; // of a button
const TAP = 4; // pixels that a finger may move and still tap
const SHARP = 3; // screen pixels a pixel of the view, from which on pixels are drawn as squares

export class Zoom {
  key = "zoom";
  /** @type {Map<number, OnScreen>} */
  fingers = new Map(); // on the screen, by pointer
  shown = make("span", { class: "number", title: "Pixels of the screen for each pixel of the original" });

  /** @type {unknown} */
  pending = undefined; // what was asked for before there was a picture
  pages = false; // whether the wheel turns the pages of a stack
  paging = new Paging();

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.view = viewer.view;
    viewer.zoom = this;
    viewer.modes.onSpace = () => this.startOver();
    viewer.modes.add(this.makeMode());
    this.addButtons(viewer.tools);
    this.addKeys(viewer.keys);
    new ResizeObserver(() => this.say()).observe(viewer.plain.stage);
  }

  /** @returns {Mode} */
  makeMode() {
    let start = { point: { x: 0, y: 0 }, x: 0, y: 0, moved: false };
    return {
      key: "pan",
      label: "Move",
      shortcut: "V",
      cursor: "crosshair",
      help: "drag moves the picture when it is zoomed",
      down: (point, event) => {
        start = { point, x: event.clientX, y: event.clientY, moved: false };
      },
      move: (point, event) => {
        start.moved ||= Math.hypot(event.clientX - start.x, event.clientY - start.y) > TAP;
        if (start.moved && this.view.zoom > 1) {
          this.moveTo(this.view.x + start.point.x - point.x, this.view.y + start.point.y - point.y);
        }
      },
      up: (point, event, pane) => {
        if (!start.moved) this.viewer.notify("onTap", point, pane);
      },
    };
  }

  /** @param {Toolbar} tools */
  addButtons(tools) {
    /**
     * @param {string} icon
     * @param {string} label
     * @param {string} shortcut
     * @param {string} help
     * @param {() => void} onClick
     */
    const add = (icon, label, shortcut, help, onClick) => tools.add("Zoom", { icon, label, shortcut, help, onClick });
    add("minus", "Zoom out", "−", "", () => this.zoomBy(1 / STEP));
    tools.group("Zoom").append(this.shown);
    add("plus", "Zoom in", "+", "", () => this.zoomBy(STEP));
    add("fit", "Fit", "=", "the whole picture in each pane", () => this.fit());
    add("actual", "1:1", "A", "one pixel of the original is one pixel of the screen", () => this.actual());
  }

  /** @param {Keys} keys */
  addKeys(keys) {
    const group = "View";
    keys.add({ key: "+", help: "Zoom in", group, ohif: true, run: () => this.zoomBy(STEP) });
    const out = { key: "-", also: ["−", "_"], shown: "−", help: "Zoom out", run: () => this.zoomBy(1 / STEP) };
    keys.add({ ...out, group, ohif: true });
    const help = "Fit: the whole picture in each pane";
    keys.add({ key: "=", also: ["0"], shown: "= or 0", help, group, ohif: true, run: () => this.fit() });
    keys.add({
      key: "",
      shown: "Space",
      help: "Tap over a pane: view and window as at first (in the mode Patches: the patch off and on)",
      group,
      ohif: true,
    });
    keys.add({
      key: "a",
      help: "1:1, one pixel of the original is one pixel of the screen",
      group,
      run: () => this.actual(),
    });
  }

  onCase() {
    if (this.pending !== undefined) this.restore(this.pending);
    this.pending = undefined;
  }

  /** @param {Pane} pane */
  onPane(pane) {
    pane.place(this.view);
    const { stage } = pane;
    stage.addEventListener("wheel", (event) => this.onWheel(event, stage), { passive: false });
    stage.addEventListener("touchmove", (event) => event.touches.length > 1 && event.preventDefault(), {
      passive: false,
    });
    stage.addEventListener("pointerdown", (event) => this.onFinger(event, stage));
    stage.addEventListener("pointermove", (event) => this.fingers.has(event.pointerId) && this.onPinch(event, stage));
    stage.addEventListener("pointerup", (event) => this.fingers.delete(event.pointerId));
    stage.addEventListener("pointercancel", (event) => this.fingers.delete(event.pointerId));
  }

  /**
   * @param {WheelEvent} event
   * @param {HTMLElement} stage
   * @param {boolean} [pages] whether it turns pages here, whatever was chosen
   */
  onWheel(event, stage, pages = this.pages && this.viewer.feature("layout").isStack) {
    event.preventDefault();
    const pixels = wheelPixels(event);
    const effect = wheelEffect(event, pages);
    if (effect === "scroll") scrollBy({ top: pixels, behavior: "instant" });
    else if (effect === "page") this.turn(this.paging.turn(pixels, event.timeStamp));
    else this.zoomAt(this.view.pointOf(event, stage), zoomFactor(pixels, event.ctrlKey || event.metaKey));
  }

  /** @param {number} pages */
  turn(pages) {
    if (pages) this.viewer.feature("layout").turn(pages);
  }

  /** The view and the window as they were at first. */
  startOver() {
    this.fit();
    this.viewer.feature("window").reset.click();
  }

  /**
   * @param {PointerEvent} event
   * @param {HTMLElement} stage
   */
  onFinger(event, stage) {
    if (event.pointerType !== "touch") return;
    this.fingers.set(event.pointerId, { clientX: event.clientX, clientY: event.clientY });
    if (this.fingers.size === 2) {
      this.viewer.modes.cancel();
      stage.setPointerCapture(event.pointerId);
    }
  }

  /** The middle of two fingers, and how far they are apart. */
  betweenFingers() {
    const [a, b] = this.fingers.values();
    return {
      clientX: (a.clientX + b.clientX) / 2,
      clientY: (a.clientY + b.clientY) / 2,
      apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
    };
  }

  /**
   * Two fingers: what was between them stays between them, and their distance is the zoom.
   * @param {PointerEvent} event
   * @param {HTMLElement} stage
   */
  onPinch(event, stage) {
    if (this.fingers.size !== 2) {
      return void this.fingers.set(event.pointerId, { clientX: event.clientX, clientY: event.clientY });
    }
    const before = this.betweenFingers();
    const held = this.view.pointOf(before, stage);
    this.fingers.set(event.pointerId, { clientX: event.clientX, clientY: event.clientY });
    const after = this.betweenFingers();
    this.view.zoomAt(held, this.view.size * (before.apart / Math.max(1, after.apart)));
    const now = this.view.pointOf(after, stage);
    this.moveTo(this.view.x + held.x - now.x, this.view.y + held.y - now.y);
  }

  /**
   * @param {Point} point
   * @param {number} factor
   */
  zoomAt(point, factor) {
    this.view.zoomAt(point, this.view.size / factor);
    this.show();
  }

  /** @param {number} factor */
  zoomBy(factor) {
    const { x, y, size } = this.view;
    this.zoomAt(this.viewer.cross?.point ?? { x: x + size / 2, y: y + size / 2 }, factor);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  moveTo(x, y) {
    this.view.moveTo(x, y);
    this.show();
  }

  fit() {
    this.view.fit();
    this.show();
  }

  actual() {
    this.zoomBy(this.view.size / (this.width * this.pixel));
  }

  /**
   * Width of the panes that are on show, in pixels of the screen.
   * @returns {number}
   */
  get width() {
    const shown = this.viewer.allPanes.filter(({ device, stage }) => device[0] && !stage.inert);
    return shown[0]?.device[0] ?? SIZE;
  }

  /**
   * How many pixels of the view one of the picture on show takes; 1 while there is none.
   * @returns {number}
   */
  get pixel() {
    return this.viewer.painter.film?.scale ?? 1;
  }

  show = oncePerFrame(() => {
    this.viewer.placePanes();
    this.say();
    this.viewer.notify("onView", this.view);
  });

  say() {
    const scale = this.width / this.view.size; // of a pixel of the view
    this.shown.textContent = `${Math.round(100 * scale * this.pixel)} %`;
    this.viewer.element.classList.toggle("sharp", scale / devicePixelRatio >= SHARP);
    this.viewer.element.classList.toggle("zoomed", this.view.zoom > 1);
  }

  /** @returns {number[] | null} */
  onState() {
    const { x, y, size } = this.view;
    return this.view.zoom > 1 ? [x, y, size].map((value) => Math.round(10 * value) / 10) : null;
  }

  /** @param {unknown} state */
  restore(state) {
    if (isList(state) && state.length === 3 && state.every(isNumber)) {
      this.view.moveTo(state[0], state[1], Math.max(this.view.closest, state[2]));
    } else this.view.fit();
    if (!this.viewer.content.case) this.pending = state;
    this.show();
  }
}
