// The radiographs of this visit above the list of cases: a picture each, what may be said of it, a way to remove it.
import { make } from "../dom.js";
import { brought } from "../files/brought.js";
import { countWords, unreadSentences } from "./unread.js";

/**
 * @import { BroughtFile } from "../files/brought.js"
 * @import { Assessment } from "../messages.d.ts"
 */

const FROM_BEST = ["readable", "caution", "not_assessable"];

/**
 * @typedef {object} Row
 * @property {BroughtFile} item
 * @property {HTMLLIElement} element
 * @property {HTMLButtonElement} open
 * @property {HTMLButtonElement} remove
 * @property {HTMLImageElement} picture
 * @property {HTMLSpanElement} name
 * @property {HTMLSpanElement} verdict
 * @property {string} wrong why it cannot be read; "" as long as nothing says that
 */

/**
 * The worst of what is said of the models; null where nothing is.
 * @param {Record<string, Assessment>} assessments by model
 * @returns {Assessment | null}
 */
export function worst(assessments) {
  /** @param {Assessment} one */
  const rank = ({ state }) => FROM_BEST.indexOf(state);
  return Object.values(assessments).sort((a, b) => rank(b) - rank(a))[0] ?? null;
}

export class VisitList {
  /** @type {Map<number, Row>} */
  rows = new Map(); // by number
  progress = "";
  count = make("span", { class: "count", role: "status" });
  list = make("ul", { class: "visit-list" });
  note = make("p", { class: "visit-note", role: "status" });
  unread = make("ul", { class: "visit-unread", "aria-label": "Not readable", hidden: true });
  names = make("button", {
    type: "button",
    class: "link-button",
    text: "Show file names",
    title: "In this browser alone: names of files may be patients', and are not sent or exported",
    "aria-pressed": "false",
    on: { click: () => brought.show(!brought.shown) },
  });
  element = make(
    "section",
    { class: "visit", "aria-label": "This visit", hidden: true },
    make("div", { class: "heading" }, make("h2", { text: "This visit" }), this.count),
    this.note,
    this.unread,
    this.list,
  );

  /** @param {{ onOpen(item: BroughtFile): void, onRemove(item: BroughtFile): void }} listeners */
  constructor({ onOpen, onRemove }) {
    this.onOpen = onOpen;
    this.onRemove = onRemove;
    const clear = () => [...this.rows.values()].forEach(({ item }) => onRemove(item));
    const all = make("button", { type: "button", class: "link-button", text: "Remove all", on: { click: clear } });
    this.element.append(make("p", { class: "visit-actions" }, this.names, all));
    brought.addEventListener("names", () => this.showNames());
  }

  /** @param {BroughtFile} item */
  add(item) {
    if (this.rows.has(item.number)) return;
    const picture = make("img", { alt: "", decoding: "async" });
    const name = make("span", { class: "id" });
    const verdict = make("span", { class: "visit-verdict" });
    const open = make(
      "button",
      { type: "button", class: "visit-open", on: { click: () => this.onOpen(item) } },
      make("span", { class: "visit-picture" }, picture),
      name,
      verdict,
    );
    const remove = make("button", {
      type: "button",
      class: "visit-remove",
      text: "×",
      on: { click: () => this.onRemove(item) },
    });
    const element = make("li", {}, open, remove);
    this.rows.set(item.number, { item, element, open, remove, picture, name, verdict, wrong: "" });
    this.list.prepend(element); // the newest first
    this.showNames();
  }

  /**
   * @param {BroughtFile} item
   * @param {string} source
   */
  showPicture({ number }, source) {
    const row = this.rows.get(number);
    if (row && source) row.picture.src = source;
  }

  /**
   * @param {BroughtFile} item
   * @param {Record<string, Assessment>} assessments
   */
  showVerdict(item, assessments) {
    const found = worst(assessments);
    if (!found) return;
    const reasons = found.reasons.map(({ text }) => text.replaceAll("`", "")); // a tooltip shows them as they are
    this.say(item, found.title, found.state, reasons.join("\n"));
  }

  /**
   * @param {BroughtFile} item
   * @param {string} words
   * @param {string} state "readable", "caution", "not_assessable", "wrong" or "waiting"
   * @param {string} [more]
   */
  say(item, words, state, more = "") {
    const row = this.rows.get(item.number);
    if (!row) return;
    row.verdict.textContent = words;
    row.verdict.dataset.state = state;
    row.wrong = state === "wrong" ? more : "";
    this.showCount();
    row.open.title = [this.labelOf(item), more].filter(Boolean).join("\n");
    row.open.setAttribute("aria-label", [this.labelOf(item), words].filter(Boolean).join(", "));
  }

  /** @param {BroughtFile} item */
  labelOf(item) {
    return brought.labelOf(item);
  }

  /** @param {number | null} number of the one that is open */
  choose(number) {
    for (const [key, { open }] of this.rows) {
      if (key === number) open.setAttribute("aria-current", "true");
      else open.removeAttribute("aria-current");
    }
  }

  /** @param {BroughtFile} item */
  remove({ number }) {
    const row = this.rows.get(number);
    if (!row) return;
    const next = row.element.nextElementSibling ?? row.element.previousElementSibling;
    const focused = row.element.contains(document.activeElement);
    row.element.remove();
    this.rows.delete(number);
    if (focused && next instanceof HTMLElement) next.querySelector("button")?.focus();
    this.showCount();
  }

  showNames() {
    this.names.setAttribute("aria-pressed", String(brought.shown));
    this.names.textContent = brought.shown ? "Hide file names" : "Show file names";
    this.showCount();
    for (const { item, name, open, remove, verdict } of this.rows.values()) {
      const label = this.labelOf(item);
      name.textContent = label;
      open.title = label;
      open.setAttribute("aria-label", [label, verdict.textContent].filter(Boolean).join(", "));
      remove.title = `Remove ${label}`;
      remove.setAttribute("aria-label", `Remove ${label}`);
    }
  }

  /** @param {string} words on what was brought last */
  remark(words) {
    this.note.textContent = words;
  }

  /** How many can be read; the others with their reasons. While others are checked, how far that is. */
  showCount() {
    const { size } = this.rows;
    const wrong = [...this.rows.values()].filter(({ wrong: reason }) => reason);
    this.element.hidden = !size;
    this.count.textContent = this.progress || countWords(size, wrong.length);
    const said = wrong.map(({ item, wrong: reason }) => ({ label: this.labelOf(item), name: item.name, reason }));
    this.unread.hidden = !said.length;
    this.unread.replaceChildren(...unreadSentences(said).map((text) => make("li", { text })));
  }

  /** @param {string} words how far the others are; "" when all have been looked at */
  showProgress(words) {
    this.progress = words;
    this.showCount();
  }
}
