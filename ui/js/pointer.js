// What pointers do on the panes: one mode at a time takes presses and drags; every mode hears of hovering.

/**
 * A mode: {key, label, help, cursor, shortcut, icon, down, move, up, cancel, leave}. The functions are all optional and take
 * (point {x, y} in view coordinates, event, pane); `move` comes while a button is held, after a `down` that did not
 * return false. `hover` listeners hear every move, whatever the mode.
 */
export class PointerModes {
  constructor(view) {
    this.view = view;
    this.modes = new Map();
    this.hovering = [];
    this.changed = [];
    this.added = [];
    this.current = null;
    this.held = null;
  }

  add(mode) {
    this.modes.set(mode.key, mode);
    this.current ??= mode;
    for (const listen of this.added) listen(mode);
  }

  choose(key) {
    this.cancel();
    this.current?.leave?.();
    this.current = this.modes.get(key);
    for (const listen of this.changed) listen(this.current);
  }

  /** @param listener called with (point, pane), and with (null, null) when the pointer leaves the panes. */
  onHover(listener) {
    this.hovering.push(listener);
  }

  onChange(listener) {
    this.changed.push(listener);
  }

  /** @param listener called with each mode that is added from now on. */
  onAdd(listener) {
    this.added.push(listener);
  }

  /** Listen to a pane's stage. */
  attach(pane) {
    const { stage } = pane;
    const point = (event) => this.view.pointOf(event, stage);
    const hover = (at, over) => this.hovering.forEach((listener) => listener(at, over));
    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.isPrimary || this.held) return;
      if (this.current.down?.(point(event), event, pane) === false) return;
      this.held = pane;
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener("pointermove", (event) => {
      if (!event.isPrimary) return;
      hover(point(event), pane);
      if (this.held === pane) this.current.move?.(point(event), event, pane);
    });
    stage.addEventListener("pointerup", (event) => {
      if (this.held !== pane || !event.isPrimary) return;
      this.held = null;
      this.current.up?.(point(event), event, pane);
    });
    stage.addEventListener("pointercancel", () => this.cancel());
    stage.addEventListener("pointerleave", () => hover(null, null));
  }

  cancel() {
    if (this.held === null) return;
    this.held = null;
    this.current.cancel?.();
  }
}
