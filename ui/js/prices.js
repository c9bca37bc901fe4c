// What a map of many passes costs stands at its pane: nothing is computed before somebody who has read it says so.
import { make } from "./dom.js";
import { MapPane } from "./map_pane.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Price } from "./messages.d.ts"
 * @import { Pane } from "./pane.js"
 */

/** The price of one pane's map, and how far it has come. */
class PriceBox {
  words = make("p", { class: "price-words" });
  bar = make("progress", { max: 1, value: 0 });
  start = make("button", { type: "button", class: "primary", text: "Compute" });
  keep = make("button", { type: "button", class: "plain", text: "Keep this map" });
  stop = make("button", { type: "button", class: "plain", text: "Stop" });
  buttons = make("div", { class: "actions" }, this.start, this.keep, this.stop);

  /**
   * @param {MapPane} pane
   * @param {Viewer} viewer
   */
  constructor(pane, viewer) {
    this.pane = pane;
    this.element = make("div", { class: "price", role: "group", hidden: true }, this.words, this.buttons, this.bar);
    this.start.addEventListener("click", () => viewer.askForMaps({}, [pane.key]));
    this.keep.addEventListener("click", () => viewer.askForMaps({ [pane.key]: pane.parameters ?? {} }));
    this.stop.addEventListener("click", () => this.giveUp(viewer));
    pane.stage.after(this.element);
  }

  /** @param {Viewer} viewer */
  giveUp(viewer) {
    this.stop.disabled = true;
    viewer.stop();
  }

  /** @param {Price | undefined} price of a map that is not there, or not whole */
  show(price) {
    const held = this.element.contains(document.activeElement);
    const making = price?.state === "making";
    this.element.hidden = !price;
    this.element.setAttribute("aria-label", `Price of ${this.pane.title}`);
    this.words.textContent = price?.words ?? "";
    this.start.hidden = price?.state !== "offered";
    this.start.textContent = price?.share ? "Go on" : "Compute";
    this.keep.hidden = !price || making || this.pane.signed === null;
    this.stop.hidden = !making;
    if (!making) this.stop.disabled = false;
    this.bar.hidden = !making;
    this.bar.setAttribute("aria-label", `Computing ${this.pane.title}`);
    this.bar.value = price?.share ?? 0;
    if (held) this.keepFocus();
  }

  /** The button that was pressed may be gone: what took its place gets the focus, else the picture. */
  keepFocus() {
    if (this.element.contains(document.activeElement)) return;
    const next = [this.stop, this.start, this.keep].find(({ hidden }) => !hidden);
    (this.element.hidden || !next ? this.pane.stage : next).focus({ preventScroll: true });
  }
}

/** The prices at all panes of maps. */
export class Prices {
  key = "prices";
  /** @type {WeakMap<Pane, PriceBox>} */
  boxes = new WeakMap();

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
  }

  /** @param {Pane} pane */
  onPane(pane) {
    if (!(pane instanceof MapPane)) return;
    this.boxes.set(pane, new PriceBox(pane, this.viewer));
    this.onContent();
  }

  onContent() {
    for (const pane of this.viewer.panes) this.boxes.get(pane)?.show(this.viewer.content.prices?.[pane.key]);
  }
}
