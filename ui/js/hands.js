// How hands work on the panes: what the wheel does, keys of one character, presets by number, and the line on it.
import { makeSelect, make } from "./dom.js";
import { keep, kept } from "./kept.js";

/** @import { Viewer } from "../viewer.js" */

const KEPT = "wheel";
const WHEEL = [
  ["zoom", "zooms"],
  ["pages", "turns the panes of One, Two and full screen"],
];
const PRESETS = 9; // digits

export class Hands {
  hint = make("p", { class: "strip hint-strip soft" });
  wheel = makeSelect("Wheel over a pane", WHEEL, (value) => this.choose(value === "pages"));

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    const { controls, keys } = viewer;
    controls.strips.prepend(this.hint);
    controls.menu.panel.append(this.wheel, keys.switches[1]);
    this.addGestures();
    this.addPresets();
    this.use(kept(KEPT) === "pages");
  }

  /** What the mouse and fingers do, for the sheet of keys. */
  addGestures() {
    const group = "Mouse and touch";
    const list = [
      ["Wheel", "Over a pane: zoom at the pointer, or turn the panes of a stack (Display)", false],
      ["Ctrl/⌘ + wheel", "Zoom at the pointer, whatever was chosen", false],
      ["Shift + wheel", "Over a pane: scroll the page, as the wheel does elsewhere", false],
      ["Right drag", "In every tool: sideways the width, up and down the level of the window", false],
      ["Shift + right click", "The browser's menu", false],
      ["Middle drag", "In every tool: move the picture; so does a drag with Space held", true],
      ["Double click", "One pane large, and back; with Patches and Draw on its title", true],
      ["Two fingers", "Zoom and move the picture on a touch screen", false],
    ];
    for (const [shown, help, ohif] of list) {
      this.viewer.keys.add({ key: "", shown: String(shown), help: String(help), group, ohif: Boolean(ohif) });
    }
  }

  /** Digits choose the presets of the window in their order, as in OHIF. */
  addPresets() {
    const { keys } = this.viewer;
    const group = "View";
    keys.add({ key: "", shown: "1 … 9", help: "The presets of the window, in their order", group, ohif: true });
    for (let i = 1; i <= PRESETS; i++) {
      keys.entries.push({ key: String(i), help: "", group, run: () => this.preset(i) });
    }
  }

  /**
   * @param {number} number from 1
   */
  preset(number) {
    const { preset } = this.viewer.feature("window");
    const options = [...preset.control.options].filter(({ value, disabled }) => value && !disabled);
    const option = options[number - 1];
    if (!option) return;
    preset.control.value = option.value;
    preset.control.dispatchEvent(new Event("change", { bubbles: true }));
    this.viewer.say(`Window: ${option.text}`, 2000);
  }

  /** @param {boolean} pages chosen by the reader */
  choose(pages) {
    keep(KEPT, pages ? "pages" : "zoom");
    this.use(pages);
  }

  /** @param {boolean} pages */
  use(pages) {
    const { zoom } = this.viewer;
    if (zoom) zoom.pages = pages;
    this.wheel.control.value = pages ? "pages" : "zoom";
    this.onLayout();
  }

  onPane() {
    this.viewer.keys.say();
  }

  /** The line about the wheel and the buttons, while no tool needs its place. */
  onLayout() {
    const { zoom } = this.viewer;
    const wheel = zoom?.pages && this.viewer.feature("layout").isStack ? "Wheel: next pane" : "Wheel: zoom";
    this.hint.textContent = `${wheel} · right drag: window · middle drag: move · double click: enlarge`;
  }
}
