// One pane alone, as large as the screen allows.
import { toolButton } from "./toolbar.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Pane } from "./pane.js"
 */

export class Solo {
  key = "solo";
  /** @type {Pane | null} */
  pane = null; // the one that is alone
  asked = false; // the browser for its full screen

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.last = viewer.plain;
    viewer.keys.add({
      key: "f",
      help: "Full screen of the pane under the pointer, and back",
      group: "View",
      run: () => (this.pane ? this.leave() : this.enter(this.last)),
    });
    viewer.keys.add({ key: "Escape", help: "Leave full screen", group: "View", run: () => this.leave() });
    document.addEventListener("fullscreenchange", () => {
      if (!document.fullscreenElement && this.asked) this.leave();
    });
  }

  /** @param {Pane} pane */
  onPane(pane) {
    pane.expand = toolButton({
      icon: "expand",
      label: `Full screen: ${pane.title}`,
      shortcut: "F",
      onClick: () => (this.pane ? this.leave() : this.enter(pane)),
    });
    pane.expand.setAttribute("aria-pressed", "false");
    pane.buttons.append(pane.expand);
    pane.element.addEventListener("pointerenter", () => {
      this.last = pane;
    });
    pane.element.addEventListener("focusin", () => {
      this.last = pane;
    });
  }

  /** @param {Pane} pane */
  async enter(pane) {
    if (pane.hidden || !this.viewer.allPanes.includes(pane)) return;
    this.pane = pane;
    this.show();
    try {
      await this.viewer.film.requestFullscreen?.();
      this.asked = Boolean(this.pane && document.fullscreenElement);
      if (!this.pane && document.fullscreenElement) await document.exitFullscreen(); // left before it was there
    } catch {
      this.asked = false; // the browser does not allow it; the pane fills the window
    }
  }

  leave() {
    if (!this.pane) return;
    this.pane = null;
    this.asked = false;
    if (document.fullscreenElement) document.exitFullscreen();
    this.show();
  }

  /**
   * Another pane takes the place of the one that is alone.
   * @param {Pane} pane
   */
  turn(pane) {
    this.pane = pane;
    this.show();
    pane.stage.focus({ preventScroll: true });
  }

  show() {
    const { viewer, pane } = this;
    viewer.solo = pane;
    viewer.element.classList.toggle("solo", pane !== null);
    for (const each of viewer.allPanes) {
      each.element.classList.toggle("alone", each === pane);
      each.expand?.setAttribute("aria-pressed", String(each === pane));
    }
    viewer.notify("onLayout");
  }
}
