// Keys that work anywhere on the tab, and the sheet that lists them.
import { make } from "./dom.js";

/** @import { KeyEntry } from "./types.d.ts" */

const FIELDS = "input:not([type=checkbox], [type=button]), textarea, select, [contenteditable], dialog, [role=textbox]";
/** @type {Record<string, string>} */
const NAMES = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", " ": "Space" };

/**
 * Whether what is typed belongs to a field, a menu or a dialog, and so is no shortcut.
 * @param {EventTarget | null} target
 * @returns {boolean}
 */
export function isTyping(target) {
  return target instanceof Element && target.closest(FIELDS) !== null;
}

export class Keys {
  /** @type {KeyEntry[]} */
  entries = [];
  list = make("dl");

  /** @param {HTMLElement} element keys work while it is on show and nobody types elsewhere. */
  constructor(element) {
    this.element = element;
    const close = make("button", {
      type: "button",
      class: "close",
      "aria-label": "Close",
      text: "×",
      on: { click: () => this.sheet.close() },
    });
    this.sheet = make(
      "dialog",
      { class: "key-sheet", "aria-label": "Keys and gestures" },
      make("div", { class: "heading" }, make("h2", { text: "Keys and gestures" }), close),
      this.list,
    );
    this.sheet.addEventListener("click", (event) => event.target === this.sheet && this.sheet.close());
    element.append(this.sheet);
    document.addEventListener("keydown", (event) => this.onKey(event));
    this.add({ key: "?", help: "This sheet", run: () => this.open() });
  }

  /**
   * @param {KeyEntry} entry {key: as in KeyboardEvent.key, shown: how the sheet names it (default: the key), help,
   *   run(event)}; without `run` it is only listed (a gesture, a key of another part). `also` lists further keys that
   *   do the same.
   */
  add(entry) {
    this.entries.push(entry);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (!this.element.isConnected || this.element.offsetParent === null) return; // another tab is open
    const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const entry = this.entries.find(
      ({ key, also = [], run }) =>
        run && [key, ...also].some((name) => (name.length === 1 ? name.toLowerCase() : name) === pressed),
    );
    if (!entry) return;
    event.preventDefault();
    entry.run?.(event);
  }

  open() {
    this.list.replaceChildren(
      ...this.entries.flatMap(({ key, shown, help }) => [
        make("dt", {}, make("kbd", { text: shown ?? NAMES[key] ?? key.toUpperCase() })),
        make("dd", { text: help }),
      ]),
    );
    this.sheet.showModal();
  }
}
