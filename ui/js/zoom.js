// Looking closer: wheel, pinch, buttons and keys change the one view that all panes share; dragging moves it.
import { make } from "./dom.js";
import { SIZE } from "./view.js";

const SPEED = 0.0022; // of a wheel's pixels
const STEP = 1.5; // of a button
const TAP = 4; // pixels that a finger may move and still tap
const SHARP = 3; // screen pixels a pixel of the view, from which on pixels are drawn as squares

export class Zoom {
  constructor(viewer) {
    this.key = "zoom";
    this.viewer = viewer;
    this.view = viewer.view;
    this.fingers = new Map();
    viewer.modes.add(this.makeMode());
    this.addButtons(viewer.tools);
    this.addKeys(viewer.keys);
    new ResizeObserver(() => this.say()).observe(viewer.plain.stage);
  }

  makeMode() {
    let start = null;
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
        if (start.moved && this.view.zoom > 1)
          this.moveTo(this.view.x + start.point.x - point.x, this.view.y + start.point.y - point.y);
      },
      up: (point, event, pane) => {
        if (!start.moved) this.viewer.notify("onTap", point, pane);
      },
    };
  }

  addButtons(tools) {
    const add = (icon, label, shortcut, help, onClick) => tools.add("Zoom", { icon, label, shortcut, help, onClick });
    add("minus", "Zoom out", "−", "", () => this.zoomBy(1 / STEP));
    this.shown = make("span", { class: "number", title: "Screen pixels (CSS) for each pixel of the 512×512 view" });
    tools.group("Zoom").append(this.shown);
    add("plus", "Zoom in", "+", "", () => this.zoomBy(STEP));
    add("fit", "Fit", "0", "the whole view in each pane", () => this.fit());
    add("actual", "1:1", "1", "one pixel of the 512×512 view that the models see is one screen pixel (CSS)", () =>
      this.actual(),
    );
  }

  addKeys(keys) {
    keys.add({ key: "+", also: ["="], help: "Zoom in", run: () => this.zoomBy(STEP) });
    keys.add({ key: "-", also: ["−", "_"], shown: "−", help: "Zoom out", run: () => this.zoomBy(1 / STEP) });
    keys.add({ key: "0", help: "Fit: the whole view in each pane", run: () => this.fit() });
    keys.add({ key: "1", help: "1:1, one pixel of the view is one screen pixel", run: () => this.actual() });
    keys.add({
      key: "",
      shown: "Ctrl/⌘ + wheel",
      help: "Zoom at the pointer (full screen: the wheel alone); two fingers on a touch screen",
    });
    keys.add({ key: "", shown: "Double click", help: "Fit" });
  }

  onPane(pane) {
    pane.place(this.view);
    const { stage } = pane;
    stage.addEventListener("wheel", (event) => this.onWheel(event, stage), { passive: false });
    stage.addEventListener("dblclick", () => this.viewer.modes.current.key === "pan" && this.fit());
    stage.addEventListener("touchmove", (event) => event.touches.length > 1 && event.preventDefault(), {
      passive: false,
    });
    stage.addEventListener("pointerdown", (event) => this.onFinger(event, stage));
    stage.addEventListener("pointermove", (event) => this.fingers.has(event.pointerId) && this.onPinch(event, stage));
    for (const end of ["pointerup", "pointercancel"])
      stage.addEventListener(end, (event) => this.fingers.delete(event.pointerId));
  }

  onWheel(event, stage) {
    if (!event.ctrlKey && !event.metaKey && !this.viewer.element.classList.contains("solo")) return; // the page scrolls
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    this.zoomAt(this.view.pointOf(event, stage), Math.exp(-pixels * SPEED * (Math.abs(pixels) < 20 ? 4 : 1))); // a pinch on a touchpad comes in small steps
  }

  onFinger(event, stage) {
    if (event.pointerType !== "touch") return;
    this.fingers.set(event.pointerId, { clientX: event.clientX, clientY: event.clientY });
    if (this.fingers.size === 2) {
      this.viewer.modes.cancel();
      stage.setPointerCapture(event.pointerId);
    }
  }

  /** Two fingers: what was between them stays between them, and their distance is the zoom. */
  onPinch(event, stage) {
    if (this.fingers.size !== 2)
      return void this.fingers.set(event.pointerId, { clientX: event.clientX, clientY: event.clientY });
    const between = () => {
      const [a, b] = this.fingers.values();
      return {
        clientX: (a.clientX + b.clientX) / 2,
        clientY: (a.clientY + b.clientY) / 2,
        apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
      };
    };
    const before = between();
    const held = this.view.pointOf(before, stage);
    this.fingers.set(event.pointerId, { clientX: event.clientX, clientY: event.clientY });
    const after = between();
    this.view.zoomAt(held, this.view.size * (before.apart / Math.max(1, after.apart)));
    const now = this.view.pointOf(after, stage);
    this.moveTo(this.view.x + held.x - now.x, this.view.y + held.y - now.y);
  }

  zoomAt(point, factor) {
    this.view.zoomAt(point, this.view.size / factor);
    this.show();
  }

  zoomBy(factor) {
    const { x, y, size } = this.view;
    this.zoomAt(this.viewer.cross?.point ?? { x: x + size / 2, y: y + size / 2 }, factor);
  }

  moveTo(x, y) {
    this.view.moveTo(x, y);
    this.show();
  }

  fit() {
    this.view.fit();
    this.show();
  }

  actual() {
    this.zoomBy(this.view.size / Math.min(SIZE, this.width));
  }

  /** Width of the panes that are on show, in screen pixels. */
  get width() {
    return this.viewer.allPanes.find((pane) => pane.stage.clientWidth)?.stage.clientWidth ?? SIZE;
  }

  show() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.viewer.placePanes();
      this.say();
      this.viewer.notify("onView", this.view);
    });
  }

  say() {
    const scale = this.width / this.view.size;
    this.shown.textContent = `${Math.round(100 * scale)} %`;
    this.viewer.element.classList.toggle("sharp", scale >= SHARP);
    this.viewer.element.classList.toggle("zoomed", this.view.zoom > 1);
  }

  onState() {
    const { x, y, size } = this.view;
    return this.view.zoom > 1 ? [x, y, size].map((value) => Math.round(10 * value) / 10) : null;
  }

  restore(state) {
    if (Array.isArray(state) && state.length === 3 && state.every(Number.isFinite))
      this.view.moveTo(state[0], state[1], Math.min(SIZE, Math.max(16, state[2])));
    else this.view.fit();
    this.show();
  }
}
