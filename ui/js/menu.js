// A button that opens a small panel below itself.
import { make, targetOf } from "./dom.js";
import { toolButton } from "./toolbar.js";

/** @import { ToolOptions } from "./types.d.ts" */

export class Menu {
  /** @param {ToolOptions} options as for `toolButton`; the panel is filled by whoever makes the menu. */
  constructor(options) {
    this.button = toolButton({ ...options, onClick: () => this.toggle() });
    this.button.setAttribute("aria-expanded", "false");
    this.panel = make("div", { class: "menu-panel", role: "group", "aria-label": options.label, hidden: true });
    this.element = make("div", { class: "menu" }, this.button, this.panel);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.panel.hidden) return;
      event.preventDefault();
      this.toggle(false);
      this.button.focus();
    });
    document.addEventListener("pointerdown", (event) => !this.element.contains(targetOf(event)) && this.toggle(false));
  }

  /**
   * Say something else on the button, beside its icon.
   * @param {string} text
   */
  sayText(text) {
    if (this.button.lastChild) this.button.lastChild.textContent = text;
  }

  /** @param {boolean} [open] */
  toggle(open = Boolean(this.panel.hidden)) {
    this.panel.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.panel.style.left = "0";
    const beyond = this.panel.getBoundingClientRect().right - (document.documentElement.clientWidth - 8);
    if (beyond > 0) this.panel.style.left = `${-Math.ceil(beyond)}px`;
  }
}
