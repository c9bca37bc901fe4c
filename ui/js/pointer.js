// What pointers do on the panes: one mode at a time takes presses and drags; every mode hears of hovering.

/**
 * @import { Pane } from "./pane.js"
 * @import { HoverListener, Mode, Point } from "./types.d.ts"
 * @import { View } from "./view.js"
 */

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
  /** @type {Pane | null} */
  held = null; // where a button is pressed

  /** @param {View} view */
  constructor(view) {
    this.view = view;
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
    /** @param {PointerEvent} event */
    const point = (event) => this.view.pointOf(event, stage);
    /**
     * @param {Point | null} at
     * @param {Pane | null} over
     */
    const hover = (at, over) => this.hovering.forEach((listener) => listener(at, over));
    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.isPrimary || this.held) return;
      if (this.current?.down?.(point(event), event, pane) === false) return;
      this.held = pane;
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener("pointermove", (event) => {
      if (!event.isPrimary) return;
      hover(point(event), pane);
      if (this.held === pane) this.current?.move?.(point(event), event, pane);
    });
    stage.addEventListener("pointerup", (event) => {
      if (this.held !== pane || !event.isPrimary) return;
      this.held = null;
      this.current?.up?.(point(event), event, pane);
    });
    stage.addEventListener("pointercancel", () => this.cancel());
    stage.addEventListener("pointerleave", () => hover(null, null));
  }

  cancel() {
    if (this.held === null) return;
    this.held = null;
    this.current?.cancel?.();
  }
}
