// The tools of the mode "Draw", right above the panes.
import { isKeyOf, make } from "../dom.js";
import { TOOLS } from "./tools.js";

/**
 * @import { Annotation } from "./annotation.js"
 * @import { DrawTools } from "./tools.js"
 */

/**
 * @param {string} text
 * @param {string} title
 * @param {() => void} run
 * @returns {HTMLButtonElement}
 */
function plain(text, title, run) {
  return make("button", { type: "button", class: "plain", text, title, on: { click: run } });
}

export class DrawingStrip {
  said = { text: "", tool: "" }; // a sentence, and the tool that it stays with
  hint = make("p", { class: "soft hint", role: "status" });
  on = make("p", { class: "result" });
  number = make("span", { class: "number" });
  size = make("input", { type: "range", min: 1, max: 64, step: 1, on: { input: () => this.resize() } });
  sizeField = make("label", { class: "field slider" }, make("span", { text: "Size" }), this.size, this.number);

  /**
   * @param {DrawTools} tools
   * @param {{ undo(): void, redo(): void, clear(): void }} actions
   */
  constructor(tools, { undo, redo, clear }) {
    this.tools = tools;
    this.buttons = Object.entries(TOOLS).map(([key, [text, title]]) => this.makeTool(key, text, title));
    this.undo = plain("Undo", "Ctrl+Z", undo);
    this.redo = plain("Redo", "Ctrl+Shift+Z", redo);
    this.clear = plain("Clear", "Remove all shapes; Undo brings them back", clear);
    this.size.value = String(tools.radius);
    this.resize();
    this.element = make(
      "div",
      { class: "strip", role: "group", "aria-label": "Drawing", hidden: true },
      make("span", { class: "steps" }, ...this.buttons),
      this.sizeField,
      this.on,
      this.undo,
      this.redo,
      this.clear,
      this.hint,
    );
  }

  /**
   * @param {string} key
   * @param {string} text
   * @param {string} title
   * @returns {HTMLButtonElement}
   */
  makeTool(key, text, title) {
    const click = () => void (isKeyOf(TOOLS, key) && this.tools.choose(key));
    const said = { "data-tool": key, "aria-pressed": "false", text, title };
    return make("button", { type: "button", ...said, on: { click } });
  }

  /** The brush has the size that the slider says. */
  resize() {
    this.tools.radius = Number(this.size.value);
    this.number.textContent = `${2 * this.tools.radius} px`;
  }

  /**
   * One sentence that stays until another tool is chosen.
   * @param {string} text
   */
  say(text) {
    this.said = { text, tool: this.tools.tool };
  }

  /**
   * @param {boolean} active
   * @param {Annotation | null} annotation
   * @param {string} finding
   */
  show(active, annotation, finding) {
    this.element.hidden = !active; // it keeps its place, and so has to be as high as it will be
    const { tools } = this;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.tool === tools.tool));
    this.sizeField.hidden = !tools.brushRadius;
    const hint = this.said.text && this.said.tool === tools.tool ? this.said.text : TOOLS[tools.tool][1];
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
    const on = active ? `${annotation?.name ?? "new"} · ${finding}` : ""; // whoever does not draw chose no finding
    if (this.on.textContent !== on) this.on.textContent = on;
    this.undo.disabled = !annotation?.past.length;
    this.redo.disabled = !annotation?.future.length;
    this.clear.disabled = !annotation?.shapes.length;
  }
}
