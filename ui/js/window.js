// Window and level, as in radiology: which greys of the radiograph are spread from black to white.
import { paintGrey, shadesOf } from "./colour.js";
import { isKeyOf, isObject, make, makeField, makeSelect } from "./dom.js";
import { Menu } from "./menu.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { InputField, Mode, WindowState } from "./types.d.ts"
 */

/** The window that shows every grey as it is. */
export const WHOLE = { level: 127.5, width: 255, invert: false };
const PRESETS = {
  whole: "Whole range",
  contrast: "This radiograph's own range",
  dark: "Dark parts (lungs)",
  bright: "Bright parts (mediastinum, bones)",
};

/**
 * Level and width of the greys between two shares of an image's pixels.
 * @param {Uint8Array} grey
 * @param {number} from
 * @param {number} to
 * @returns {{ level: number, width: number }}
 */
export function windowOf(grey, from, to) {
  const counts = new Uint32Array(256);
  for (let i = 0; i < grey.length; i++) counts[grey[i]]++;
  /** @param {number} share */
  const at = (share) => {
    let sum = 0;
    return counts.findIndex((count) => (sum += count) >= share * grey.length);
  };
  const [low, high] = [at(from), at(to)];
  return { level: (low + high) / 2, width: Math.max(1, high - low) };
}

export class WindowLevel {
  key = "window";
  /** @type {WindowState} */
  state = WHOLE;

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    viewer.modes.add(this.makeMode());
    const { tools, keys } = viewer;
    this.menu = new Menu({
      icon: "window",
      label: "Window presets",
      text: "L 128 W 255",
      help: "level and width of the greys on show",
    });
    this.preset = makeSelect("Preset", [["", "chosen by hand"], ...Object.entries(PRESETS)], (name) =>
      this.usePreset(name),
    );
    this.level = this.makeField("Level", 0, 255, "level");
    this.width = this.makeField("Width", 1, 510, "width");
    this.menu.panel.append(this.preset, this.level, this.width);
    tools.group("Window").append(this.menu.element);
    this.inverted = tools.add("Window", {
      icon: "invert",
      label: "Invert",
      shortcut: "I",
      help: "black becomes white",
      pressed: false,
      onClick: () => this.invert(),
    });
    this.reset = tools.add("Window", {
      icon: "reset",
      label: "Reset window",
      shortcut: "R",
      onClick: () => this.set(WHOLE),
    });
    keys.add({ key: "i", help: "Invert the greys", group: "View", ohif: true, run: () => this.invert() });
    keys.add({ key: "r", help: "Reset window, level and inversion", group: "View", run: () => this.set(WHOLE) });
    this.set(WHOLE);
  }

  /**
   * @param {string} label
   * @param {number} min
   * @param {number} max
   * @param {"level" | "width"} name
   * @returns {InputField}
   */
  makeField(label, min, max, name) {
    const control = make("input", {
      type: "range",
      min,
      max,
      step: 1,
      on: { input: () => this.set({ [name]: Number(control.value) }) },
    });
    return makeField(control, { class: "field" }, make("span", { text: label }), control);
  }

  /** @returns {Mode} */
  makeMode() {
    let start = { x: 0, y: 0, ...WHOLE };
    return {
      key: "window",
      label: "Window",
      shortcut: "W",
      cursor: "ns-resize",
      help: "drag sideways for the width, up and down for the level",
      down: (point, event) => {
        start = { x: event.clientX, y: event.clientY, ...this.state };
      },
      move: (point, event) =>
        this.set({ width: start.width + event.clientX - start.x, level: start.level + event.clientY - start.y }),
      cancel: () => this.set(start),
    };
  }

  /** @param {string} name */
  usePreset(name) {
    const { grey } = this.viewer.plain;
    const presets = {
      whole: () => WHOLE,
      contrast: () => windowOf(grey, 0.02, 0.98),
      dark: () => windowOf(grey, 0.02, 0.55),
      bright: () => windowOf(grey, 0.45, 0.98),
    };
    if (isKeyOf(presets, name)) this.set({ ...presets[name](), invert: this.state.invert });
    this.preset.control.value = name;
  }

  invert() {
    this.set({ invert: !this.state.invert });
  }

  /** @param {Partial<WindowState>} state */
  set({ level, width, invert }) {
    const before = this.state;
    this.state = {
      level: Math.round(2 * Math.min(255, Math.max(0, level ?? before.level))) / 2,
      width: Math.round(Math.min(510, Math.max(1, width ?? before.width))),
      invert: invert ?? before.invert,
    };
    this.viewer.shades = shadesOf(this.state);
    this.say();
    this.viewer.kick(true);
  }

  say() {
    const { level, width, invert } = this.state;
    this.menu.sayText(`L ${Math.round(level)} W ${width}`);
    this.level.control.value = String(level);
    this.width.control.value = String(width);
    this.preset.control.value = level === WHOLE.level && width === WHOLE.width ? "whole" : "";
    this.inverted.setAttribute("aria-pressed", String(invert));
    this.reset.disabled = level === WHOLE.level && width === WHOLE.width && !invert;
  }

  onState() {
    const { level, width, invert } = this.state;
    return this.reset.disabled ? null : { level, width, invert };
  }

  /** @param {unknown} state */
  restore(state) {
    const given = state ?? WHOLE;
    if (!isObject(given)) return;
    const { level, width, invert } = given;
    if (typeof level !== "number" || typeof width !== "number") return;
    if ([level, width].every(Number.isFinite)) this.set({ level, width, invert: Boolean(invert) });
  }
}

/**
 * Show the radiograph of all panes through the chosen window; they share their pixels.
 * @param {Viewer} viewer
 */
export function paintRadiograph({ plain, shades }) {
  paintGrey(plain.grey, shades, plain.plain);
}
