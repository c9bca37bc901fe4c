// What pointers do on the panes: one tool at a time takes presses and drags, every tool hears of hovering, and in each
// of them the right button changes the window while the middle one and Space move the picture (gestures.js).
import { targetOf } from "./dom.js";
import { pressOf, Space } from "./gestures.js";
import { isTyping } from "./keys.js";

/**
 * @import { Pane } from "./pane.js"
 * @import { Held, HoverListener, Mode, Point } from "./types.d.ts"
 * @import { View } from "./view.js"
 */

const STILL = 4; // screen pixels that a press may move and still be a click
const AFTER = 300; // milliseconds within which a browser opens its menu after the right button is let go

/** The modes by key, of which one is chosen; `hover` listeners hear every move, whatever the mode. */
export class PointerModes {
  /** @type {Map<string, Mode>} */
  modes = new Map();
  /** @type {HoverListener[]} */
  hovering = [];
  /** @type {((mode: Mode) => void)[]} */
  changed = [];
  /** @type {((mode: Mode) => void)[]} */
  added = [];
  /** @type {Mode | null} */
  current = null;
  /** @type {Held | null} */
  held = null; // what is pressed
  /** @type {WeakSet<Element>} */
  stages = new WeakSet();
  space = new Space();
  /** @type {Pane | null} */
  over = null; // where the pointer is
  byKeys = false; // whether the focus was moved by keys last
  menuUntil = 0; // until when the browser's menu belongs to a drag that has ended
  /** @type {() => void} */
  onSpace = () => {}; // Space was tapped, and the mode has no use for it

  /** @param {View} view */
  constructor(view) {
    this.view = view;
    document.addEventListener("keydown", (event) => this.onKeyDown(event));
    document.addEventListener("keyup", (event) => this.onKeyUp(event));
    document.addEventListener("pointerdown", () => this.onPress(), true);
    document.addEventListener("contextmenu", (event) => this.onMenu(event), true);
    window.addEventListener("blur", () => this.space.release(Infinity));
  }

  /** @param {Mode} mode */
  add(mode) {
    this.modes.set(mode.key, mode);
    this.current ??= mode;
    for (const listen of this.added) listen(mode);
  }

  /** @param {string} key */
  choose(key) {
    this.cancel();
    this.current?.leave?.();
    const mode = this.modes.get(key);
    if (!mode) return;
    this.current = mode;
    for (const listen of this.changed) listen(mode);
  }

  /**
   * @param {HoverListener} listener called with (point, pane), and with (null, null) when the pointer leaves the panes.
   */
  onHover(listener) {
    this.hovering.push(listener);
  }

  /** @param {(mode: Mode) => void} listener */
  onChange(listener) {
    this.changed.push(listener);
  }

  /** @param {(mode: Mode) => void} listener called with each mode that is added from now on. */
  onAdd(listener) {
    this.added.push(listener);
  }

  /**
   * Listen to a pane's stage.
   * @param {Pane} pane
   */
  attach(pane) {
    const { stage } = pane;
    this.stages.add(stage);
    /** @param {PointerEvent} event */
    const point = (event) => this.view.pointOf(event, stage);
    stage.addEventListener("pointerdown", (event) => this.onDown(event, point(event), pane));
    stage.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault()); // no scrolling
    stage.addEventListener("auxclick", (event) => event.button === 1 && event.preventDefault()); // and no pasting
    stage.addEventListener("pointermove", (event) => event.isPrimary && this.onMove(event, point(event), pane));
    stage.addEventListener("pointerup", (event) => event.isPrimary && this.onUp(event, point(event), pane));
    stage.addEventListener("pointercancel", () => this.cancel());
    stage.addEventListener("pointerleave", () => this.hover(null, null));
  }

  /**
   * @param {Point | null} at
   * @param {Pane | null} pane
   */
  hover(at, pane) {
    this.over = pane;
    for (const listener of this.hovering) listener(at, pane);
  }

  /**
   * @param {PointerEvent} event
   * @param {Point} at
   * @param {Pane} pane
   */
  onDown(event, at, pane) {
    const press = pressOf(event, this.space.held);
    if (!press || !event.isPrimary || this.held) return;
    this.space.use();
    const mode = press === "tool" ? this.current : this.modes.get(press);
    if (!mode || mode.down?.(at, event, pane) === false) return;
    this.held = { pane, mode, press, x: event.clientX, y: event.clientY, moved: false };
    pane.stage.setPointerCapture(event.pointerId);
    pane.stage.classList.toggle("panning", press === "pan");
    pane.stage.classList.toggle("windowing", press === "window");
  }

  /**
   * @param {PointerEvent} event
   * @param {Point} at
   * @param {Pane} pane
   */
  onMove(event, at, pane) {
    this.hover(at, pane);
    const { held } = this;
    if (held?.pane !== pane) return;
    held.moved ||= Math.hypot(event.clientX - held.x, event.clientY - held.y) > STILL;
    held.mode.move?.(at, event, pane);
  }

  /**
   * @param {PointerEvent} event
   * @param {Point} at
   * @param {Pane} pane
   */
  onUp(event, at, pane) {
    const { held } = this;
    if (held?.pane !== pane) return;
    this.release();
    if (held.press === "tool") held.mode.up?.(at, event, pane); // a tool at hand only drags: no click comes of it
    if (held.press === "window" && held.moved) this.menuUntil = event.timeStamp + AFTER;
  }

  release() {
    this.held?.pane.stage.classList.remove("panning", "windowing");
    this.held = null;
  }

  cancel() {
    const { held } = this;
    if (held === null) return;
    this.release();
    held.mode.cancel?.();
  }

  /** Something is pressed, anywhere. */
  onPress() {
    this.byKeys = false;
    this.menuUntil = 0;
  }

  /**
   * Browsers open their menu as the right button is pressed, or as it is let go: neither while it drags a window.
   * @param {MouseEvent} event
   */
  onMenu(event) {
    if (this.held?.press === "window" || event.timeStamp < this.menuUntil) event.preventDefault();
    this.menuUntil = 0;
  }

  /**
   * Space is the panes' while the pointer is over one, or one has the focus; but not what a control reached by keys
   * is pressed with, and not what is typed.
   * @param {KeyboardEvent} event
   * @returns {boolean}
   */
  isOurs(event) {
    if (event.key !== " " || event.ctrlKey || event.metaKey || event.altKey) return false;
    const target = targetOf(event);
    if (target && this.stages.has(target)) return true;
    const free = !this.byKeys || target === document.body;
    const typing = isTyping(target) && !target?.matches("input[type=range]");
    return Boolean(this.over?.stage.isConnected) && free && !typing;
  }

  /** @param {KeyboardEvent} event */
  onKeyDown(event) {
    if (event.key === "Tab" || event.key.startsWith("Arrow")) this.byKeys = true;
    if (event.defaultPrevented || !this.isOurs(event)) return;
    event.preventDefault();
    this.space.press(event.timeStamp);
  }

  /** @param {KeyboardEvent} event */
  onKeyUp(event) {
    if (event.key !== " " || !this.space.held) return;
    event.preventDefault(); // a button with the focus is not pressed
    if (this.space.release(event.timeStamp) && !this.current?.space?.()) this.onSpace();
  }
}
