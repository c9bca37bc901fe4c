// Where the numbers of the panes stand: below each pane in the layout Grid, else in rows below all of them, so that
// folding them moves no picture.
import { make } from "./dom.js";
import { keep, kept } from "./kept.js";
import { MapPane } from "./map_pane.js";
import { remember } from "./remember.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Pane } from "./pane.js"
 */

const KEPT = "numbers folded";

export class Numbers {
  folded = kept(KEPT) === true;
  button = make("button", { type: "button", class: "fold", on: { click: () => this.choose(!this.folded) } });
  rows = make("div", { class: "number-rows" });
  element = make("section", { class: "numbers", "aria-label": "Numbers" }, this.button, this.rows);
  /** @type {Map<Pane, HTMLElement>} */
  places = new Map(); // rows, once they were needed

  /**
   * @param {Viewer} viewer
   * @param {() => void} changed
   */
  constructor(viewer, changed) {
    this.viewer = viewer;
    this.changed = changed;
    this.button.append(make("i", { class: "chevron", "aria-hidden": "true" }), make("span", { text: "Numbers" }));
    viewer.grid.after(this.element);
    this.fold(this.folded);
  }

  /** @param {Pane} pane */
  onPane(pane) {
    if (pane instanceof MapPane) pane.stage.after(pane.legend); // the colours are read beside the picture
  }

  /**
   * @param {boolean} below each pane
   */
  place(below) {
    const { viewer } = this;
    const { solo } = viewer;
    const panes = viewer.feature("panes").shown.flatMap((name) => viewer.allPanes.filter(({ key }) => key === name));
    for (const pane of viewer.allPanes) {
      const inside = below || pane === solo || !panes.includes(pane);
      if (inside && pane.says.parentElement !== pane.element) pane.element.append(pane.says);
    }
    const rows = below ? [] : panes.filter((pane) => pane !== solo).map((pane) => this.rowOf(pane));
    const same = rows.length === this.rows.children.length && rows.every((row, i) => row === this.rows.children[i]);
    if (!same) this.rows.replaceChildren(...rows);
    const stands = below ? viewer.grid.previousSibling : viewer.grid.nextSibling;
    if (stands !== this.element) viewer.grid[below ? "before" : "after"](this.element);
  }

  /**
   * @param {Pane} pane
   * @returns {HTMLElement}
   */
  rowOf(pane) {
    const row = remember(this.places, pane, () =>
      make("div", { class: "number-row", "data-method": pane.key }, make("h4")),
    );
    const [heading] = row.children;
    heading.textContent = pane.title;
    if (pane.says.parentElement !== row) row.append(pane.says);
    return row;
  }

  /** @param {boolean} folded by the reader */
  choose(folded) {
    keep(KEPT, folded);
    this.fold(folded);
    this.viewer.notify("onView", this.viewer.view); // the link holds it
  }

  /** @param {boolean} folded */
  fold(folded) {
    this.folded = folded;
    this.button.setAttribute("aria-expanded", String(!folded));
    this.viewer.element.classList.toggle("folded", folded);
    this.changed();
  }
}
