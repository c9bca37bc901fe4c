// A button that opens a small panel below itself.
import { make } from "./dom.js";
import { toolButton } from "./toolbar.js";

export class Menu {
  /** @param options as for `toolButton`; the panel is filled by whoever makes the menu. */
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
    document.addEventListener("pointerdown", (event) => !this.element.contains(event.target) && this.toggle(false));
  }

  toggle(open = this.panel.hidden) {
    this.panel.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.panel.style.left = "0";
    const beyond = this.panel.getBoundingClientRect().right - (document.documentElement.clientWidth - 8);
    if (beyond > 0) this.panel.style.left = `${-Math.ceil(beyond)}px`;
  }
}
