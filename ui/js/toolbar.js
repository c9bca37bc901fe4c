// The dark bar above the panes: groups of buttons, of which Tab reaches one and the arrow keys the others.
import { isKeyOf, make, targetOf } from "./dom.js";
import { makeIcon } from "./icons.js";
import { remember } from "./remember.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Mode, ToolOptions } from "./types.d.ts"
 */

/**
 * A button with an icon.
 * @param {ToolOptions} options
 * @returns {HTMLButtonElement}
 */
export function toolButton({ icon, label, text = "", help = "", shortcut = "", pressed = null, onClick }) {
  const title = [label, help].filter(Boolean).join(": ") + (shortcut ? ` (${shortcut})` : "");
  return make(
    "button",
    {
      type: "button",
      class: "tool",
      "aria-label": label,
      title,
      "aria-pressed": pressed === null ? null : String(pressed),
      "aria-keyshortcuts": shortcut || null, // keys.js takes it away while single keys are off
      on: { click: onClick },
    },
    makeIcon(icon),
    text ? make("span", { class: "text", text }) : null,
  );
}

export class Toolbar {
  element = make("div", { class: "toolbar", role: "toolbar", "aria-label": "Tools" });
  /** @type {Map<string, HTMLElement>} */
  groups = new Map();

  constructor() {
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.element.addEventListener("focusin", (event) => this.enter(targetOf(event)));
  }

  /**
   * The group of this name, made when it is first asked for; groups stand in the order in which they were made.
   * @param {string} name
   * @returns {HTMLElement}
   */
  group(name) {
    return remember(this.groups, name, () => {
      const element = make("div", { class: "group", role: "group", "aria-label": name });
      this.element.append(element);
      return element;
    });
  }

  /**
   * @param {string} group
   * @param {ToolOptions} options
   * @returns {HTMLButtonElement}
   */
  add(group, options) {
    const button = toolButton(options);
    this.group(group).append(button);
    return button;
  }

  /**
   * The buttons of the bar itself, not those of its menus.
   * @returns {HTMLButtonElement[]}
   */
  get buttons() {
    return [...this.element.querySelectorAll("button")].filter(
      (button) => !button.closest(".menu-panel") && !button.hidden && !button.disabled,
    );
  }

  /** Make one button reachable by Tab: to be called when all are there. */
  settle() {
    this.enter(this.buttons[0]);
  }

  /** @param {Element | null} button */
  enter(button) {
    const { buttons } = this;
    if (!buttons.some((one) => one === button)) return;
    for (const other of buttons) other.tabIndex = other === button ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const { buttons } = this;
    const at = buttons.findIndex((button) => button === event.target);
    if (at < 0) return;
    const { length } = buttons;
    const to = { Home: 0, End: length - 1, ArrowRight: (at + 1) % length, ArrowLeft: (at - 1 + length) % length };
    if (!isKeyOf(to, event.key)) return;
    event.preventDefault();
    buttons[to[event.key]].focus();
  }
}

/** The pointer modes as buttons, one of which is pressed; modes may be added at any time. */
export class ModeButtons {
  key = "modes";
  /** @type {Map<string, HTMLButtonElement>} */
  buttons = new Map();

  /** @param {Viewer} viewer */
  constructor(viewer) {
    const { modes, tools, keys } = viewer;
    /** @param {Mode} mode */
    const show = (mode) => {
      const { key, label, help, shortcut, icon } = mode;
      this.buttons.set(
        key,
        tools.add("Mode", {
          icon: icon ?? key,
          label,
          text: label,
          help,
          shortcut,
          pressed: modes.current === mode,
          onClick: () => modes.choose(key),
        }),
      );
      if (shortcut) {
        const words = `Mode ${label}${help ? `: ${help}` : ""}`;
        keys.add({ key: shortcut, help: words, group: "Tools", run: () => modes.choose(key) });
      }
      this.say(viewer);
    };
    tools.group("Mode");
    for (const mode of modes.modes.values()) show(mode);
    modes.onAdd(show);
    modes.onChange(() => this.say(viewer));
  }

  /** @param {Viewer} viewer */
  say({ modes, element }) {
    for (const [key, button] of this.buttons) button.setAttribute("aria-pressed", String(modes.current?.key === key));
    element.style.setProperty("--mx-cursor", modes.current?.cursor ?? "crosshair");
    element.dataset.mode = modes.current?.key ?? "";
  }
}
