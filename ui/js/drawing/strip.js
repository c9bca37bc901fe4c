// The tools of the mode "Draw", right above the panes.
import { make } from "../dom.js";
import { TOOLS } from "./tools.js";

export class DrawingStrip {
  constructor(tools, { undo, redo, clear }) {
    this.tools = tools;
    this.buttons = Object.entries(TOOLS).map(([key, [text, help]]) =>
      make("button", {
        type: "button",
        "data-tool": key,
        "aria-pressed": "false",
        text,
        title: help,
        on: { click: () => tools.choose(key) },
      }),
    );
    const plain = (text, title, run) =>
      make("button", { type: "button", class: "plain", text, title, on: { click: run } });
    [this.undo, this.redo, this.clear] = [
      plain("Undo", "Ctrl+Z", undo),
      plain("Redo", "Ctrl+Shift+Z", redo),
      plain("Clear", "Take all shapes away; Undo brings them back", clear),
    ];
    this.size = make("input", {
      type: "range",
      min: 1,
      max: 64,
      step: 1,
      value: tools.radius,
      on: {
        input: () => {
          tools.radius = Number(this.size.value);
          this.number.textContent = `${2 * tools.radius} px`;
        },
      },
    });
    this.number = make("span", { class: "number", text: `${2 * tools.radius} px` });
    this.sizeField = make("label", { class: "field slider" }, make("span", { text: "Size" }), this.size, this.number);
    this.hint = make("p", { class: "soft hint", role: "status" });
    this.on = make("p", { class: "result" });
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

  /** One sentence that stays until another tool is chosen. */
  say(text) {
    this.said = { text, tool: this.tools.tool };
  }

  show(active, annotation, finding) {
    this.element.hidden = !active;
    if (!active) return;
    const { tools } = this;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.tool === tools.tool));
    this.sizeField.hidden = !tools.brushRadius;
    const hint = this.said?.text && this.said.tool === tools.tool ? this.said.text : TOOLS[tools.tool][1];
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
    const on = annotation ? `${annotation.name} · ${finding}` : `new · ${finding}`;
    if (this.on.textContent !== on) this.on.textContent = on;
    this.undo.disabled = !annotation?.past.length;
    this.redo.disabled = !annotation?.future.length;
    this.clear.disabled = !annotation?.shapes.length;
  }
}
