// Keys that work anywhere on the tab, and the sheet that lists them with what the mouse and fingers do.
import { make } from "./dom.js";
import { keep, kept } from "./kept.js";

/** @import { KeyEntry, KeyGroup } from "./types.d.ts" */

const FIELDS = "input:not([type=checkbox], [type=button]), textarea, select, [contenteditable], dialog, [role=textbox]";
const KEPT = "single keys off";
const SINGLE = "Keys of one character";
/** @type {Record<string, string>} */
const NAMES = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", " ": "Space" };
/** @type {KeyGroup[]} */
const GROUPS = ["Mouse and touch", "View", "Tools", "Shown", "Page"];

/**
 * Whether what is typed belongs to a field, a menu or a dialog, and so is no shortcut.
 * @param {EventTarget | null} target
 * @returns {boolean}
 */
export function isTyping(target) {
  return target instanceof Element && target.closest(FIELDS) !== null;
}

/**
 * Whether a key is one character: these can be switched off, for those whose voice or hand presses keys by accident
 * (WCAG 2.1.4). Escape, arrows and what needs Ctrl are none.
 * @param {string} key as in KeyboardEvent.key
 * @returns {boolean}
 */
export const isSingle = (key) => [...key].length === 1;

/**
 * The entry that a key belongs to.
 * @param {KeyEntry[]} entries
 * @param {string} key as in KeyboardEvent.key
 * @param {boolean} singles whether keys of one character work
 * @returns {KeyEntry | undefined}
 */
export function entryFor(entries, key, singles) {
  if (isSingle(key) && !singles) return undefined;
  const same = (/** @type {string} */ name) => (isSingle(name) ? name.toLowerCase() : name);
  return entries.find(
    ({ key: own, also = [], run, when }) =>
      run && [own, ...also].some((name) => name && same(name) === same(key)) && (when?.() ?? true),
  );
}

export class Keys {
  /** @type {KeyEntry[]} */
  entries = [];
  singles = kept(KEPT) !== true;
  list = make("div", { class: "key-groups" });
  switches = [this.makeSwitch(), this.makeSwitch()]; // one in the sheet, one for the menu "Display"

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
      this.switches[0],
      this.list,
    );
    this.sheet.addEventListener("click", (event) => event.target === this.sheet && this.sheet.close());
    element.append(this.sheet);
    document.addEventListener("keydown", (event) => this.onKey(event));
    this.add({ key: "?", help: "This sheet", group: "Page", run: () => this.open() });
  }

  /** @returns {HTMLLabelElement} */
  makeSwitch() {
    const control = make("input", { type: "checkbox", on: { change: () => this.useSingles(control.checked) } });
    const title = "Letters, digits and signs as shortcuts; without them every button still works";
    return make("label", { class: "field switch", title }, control, make("span", { text: SINGLE }));
  }

  /**
   * @param {KeyEntry} entry {key: as in KeyboardEvent.key, shown: how the sheet names it (default: the key), help,
   *   group: of the sheet, ohif: whether it is OHIF's, when: whether it does anything now, run(event)}; without `run`
   *   it is only listed (a gesture, a key of another part), without `help` it only works. `also` lists further keys.
   */
  add(entry) {
    this.entries.push(entry);
  }

  /**
   * @param {boolean} on
   */
  useSingles(on) {
    this.singles = on;
    keep(KEPT, !on);
    this.say();
  }

  /** The switches, and what buttons tell of their keys. */
  say() {
    for (const { control } of this.switches) /** @type {HTMLInputElement} */ (control).checked = this.singles;
    const names = ["aria-keyshortcuts", "data-keyshortcuts"]; // the second tells nobody
    const [to, from] = this.singles ? names : names.toReversed();
    for (const button of this.element.querySelectorAll(`[${from}]`)) {
      const shortcut = button.getAttribute(from) ?? "";
      if (!isSingle(shortcut)) continue;
      button.removeAttribute(from);
      button.setAttribute(to, shortcut);
    }
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const { target, key } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const sliding = target instanceof Element && target.matches("input[type=range]") && isSingle(key);
    if (isTyping(target) && !sliding) return;
    if (!this.element.isConnected || this.element.offsetParent === null) return; // another tab is open
    const entry = entryFor(this.entries, key, this.singles);
    if (!entry) return;
    event.preventDefault();
    entry.run?.(event);
  }

  open() {
    const groups = GROUPS.map((group) => ({
      group,
      entries: this.entries.filter((entry) => entry.help && (entry.group ?? "Page") === group),
    }));
    this.list.replaceChildren(...groups.map(({ group, entries }) => sectionOf(group, entries)));
    this.sheet.showModal();
  }
}

/**
 * @param {string} title
 * @param {KeyEntry[]} entries
 * @returns {HTMLElement}
 */
function sectionOf(title, entries) {
  const rows = entries.flatMap(({ key, shown, help, ohif }) => [
    make("dt", {}, make("kbd", { text: shown ?? NAMES[key] ?? key.toUpperCase() })),
    make("dd", {}, help, ohif ? make("small", { class: "ohif", text: "as in OHIF" }) : null),
  ]);
  return make("section", {}, make("h3", { text: title }), make("dl", {}, ...rows));
}
