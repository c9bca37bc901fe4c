// What stands where nothing is open: no panes, no tables, and what to do.
import { make } from "./dom.js";

export class Nothing {
  why = make("p", { class: "why" });
  element = make(
    "section",
    { class: "nothing", "aria-label": "Nothing is open", role: "status" },
    make("h2", { text: "Nothing is open" }),
    this.why,
    make("p", {
      text: "Choose a case from the list, or drop a radiograph, several or a folder anywhere on this page.",
    }),
  );

  /** @param {string} why */
  say(why) {
    this.why.textContent = why;
  }
}
