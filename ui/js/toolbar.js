// The dark bar above the panes: groups of buttons, of which Tab reaches one and the arrow keys the others.
import { make } from "./dom.js";
import { makeIcon } from "./icons.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/**
 * A button with an icon. @param text shown beside the icon, where there is one; @param label its name; `help` and the
 * key that does the same stand in its tooltip. `pressed` (true or false) makes it a switch.
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
      "aria-keyshortcuts": shortcut || null,
      on: { click: onClick },
    },
    makeIcon(icon),
    text ? make("span", { class: "text", text }) : null,
  );
}

export class Toolbar {
  constructor() {
    this.element = make("div", { class: "toolbar", role: "toolbar", "aria-label": "Tools" });
    this.groups = new Map();
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.element.addEventListener("focusin", (event) => this.enter(event.target));
  }

  /** The group of this name, made when it is first asked for; groups stand in the order in which they were made. */
  group(name) {
    if (!this.groups.has(name)) {
      const element = make("div", { class: "group", role: "group", "aria-label": name });
      this.groups.set(name, element);
      this.element.append(element);
    }
    return this.groups.get(name);
  }

  add(group, options) {
    const button = toolButton(options);
    this.group(group).append(button);
    return button;
  }

  /** The buttons of the bar itself, not those of its menus. */
  get buttons() {
    return [...this.element.querySelectorAll("button")].filter(
      (button) => !button.closest(".menu-panel") && !button.hidden && !button.disabled,
    );
  }

  /** Make one button reachable by Tab: to be called when all are there. */
  settle() {
    this.enter(this.buttons[0]);
  }

  enter(button) {
    const { buttons } = this;
    if (!buttons.includes(button)) return;
    for (const other of buttons) other.tabIndex = other === button ? 0 : -1;
  }

  onKey(event) {
    const { buttons } = this;
    const at = buttons.indexOf(event.target);
    if (at < 0) return;
    const to =
      { Home: 0, End: buttons.length - 1 }[event.key] ??
      (event.key in STEPS ? (at + STEPS[event.key] + buttons.length) % buttons.length : -1);
    if (to < 0) return;
    event.preventDefault();
    buttons[to].focus();
  }
}

/** The pointer modes as buttons, one of which is pressed; modes may be added at any time. */
export class ModeButtons {
  constructor(viewer) {
    const { modes, tools, keys } = viewer;
    this.buttons = new Map();
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
      if (shortcut)
        keys.add({ key: shortcut, help: `Mode ${label}${help ? `: ${help}` : ""}`, run: () => modes.choose(key) });
      this.say(viewer);
    };
    tools.group("Mode");
    for (const mode of modes.modes.values()) show(mode);
    modes.onAdd(show);
    modes.onChange(() => this.say(viewer));
  }

  say({ modes, element }) {
    for (const [key, button] of this.buttons) button.setAttribute("aria-pressed", String(modes.current?.key === key));
    element.style.setProperty("--mx-cursor", modes.current?.cursor ?? "crosshair");
    element.dataset.mode = modes.current?.key ?? "";
  }
}
