// On a phone the tools and controls are a sheet at the lower edge: a handle that opens and closes it, by a press, by
// keys or by a swipe. On wider pages they stand above the panes, and the handle is not there.
import { make } from "./dom.js";
import { makeIcon } from "./icons.js";

export const NARROW = "(max-width: 600px)";
const SWIPE = 30; // pixels up or down that open or close it

/**
 * Whether the sheet is open after a swipe.
 * @param {boolean} open whether it was
 * @param {number} down pixels that the finger moved down
 * @returns {boolean}
 */
export function openAfter(open, down) {
  return Math.abs(down) < SWIPE ? open : down < 0;
}

export class Sheet {
  open = false;
  swiped = false;
  handle = make(
    "button",
    { type: "button", class: "sheet-handle", "aria-controls": "explorer-tools", "aria-expanded": "false" },
    make("i", { class: "grip", "aria-hidden": "true" }),
    make("span", {}, makeIcon("sheet"), "Tools and controls"),
  );

  /** @param {HTMLElement} desk what stands in the sheet */
  constructor(desk) {
    this.desk = desk;
    this.body = make("div", { class: "desk-body", id: "explorer-tools" }, ...desk.children);
    desk.append(this.handle, this.body);
    this.narrow = matchMedia(NARROW);
    this.narrow.addEventListener("change", () => this.set(false));
    this.handle.addEventListener("click", () => !this.swiped && this.set(!this.open, true));
    desk.addEventListener("keydown", (event) => this.onKey(event));
    this.takeSwipes();
    this.set(false);
  }

  takeSwipes() {
    let from = 0;
    this.handle.addEventListener("pointerdown", (event) => {
      from = event.clientY;
      this.swiped = false;
      this.handle.setPointerCapture(event.pointerId);
    });
    this.handle.addEventListener("pointerup", (event) => {
      const open = openAfter(this.open, event.clientY - from);
      this.swiped = Math.abs(event.clientY - from) >= SWIPE; // then the click that follows is none
      if (open !== this.open) this.set(open, true);
    });
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key !== "Escape" || event.defaultPrevented || !this.open || !this.narrow.matches) return;
    event.preventDefault();
    this.set(false, true);
  }

  /**
   * @param {boolean} open
   * @param {boolean} [asked] by the visitor: then the focus goes along
   */
  set(open, asked = false) {
    const narrow = this.narrow.matches;
    this.open = open && narrow;
    this.desk.classList.toggle("open", this.open);
    this.handle.setAttribute("aria-expanded", String(this.open));
    this.body.inert = narrow && !this.open;
    if (narrow) {
      this.desk.setAttribute("role", "region");
      this.desk.setAttribute("aria-label", "Tools and controls");
    } else {
      this.desk.removeAttribute("role");
      this.desk.removeAttribute("aria-label");
    }
    if (!asked) return;
    const first = /** @type {HTMLElement | null} */ (this.body.querySelector("button:not([tabindex='-1']), select"));
    (this.open ? first : this.handle)?.focus({ preventScroll: true });
  }
}
