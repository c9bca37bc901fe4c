// What Explore tells the other tabs of the page, and what they may ask of it, through events of the document.
import { isFloor } from "./floors.js";
import { EXPLORE, showTab, shownTab } from "./tabs.js";

/** @import { Viewer } from "../viewer.js" */

/**
 * Sends "explorer:shown" {key, title, finding, ready, elsewhere} whenever the open case, its maps or the finding change
 * (the newest one stays in the global `explorerShown`), and takes "explorer:open" {case, finding} and
 * "explorer:read" {file}.
 */
export class Neighbours {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    document.addEventListener("explorer:open", ({ detail }) => this.open(detail));
    document.addEventListener("explorer:read", ({ detail }) => {
      this.show();
      viewer.read(detail.file);
    });
  }

  /** Go to Explore, where the case that was asked for makes a step of the browser's history. */
  show() {
    if (shownTab() !== EXPLORE) showTab(EXPLORE);
  }

  /** @param {{ case: string, finding: string }} detail */
  open({ case: id, finding }) {
    const { viewer } = this;
    const index = viewer.config.findings.indexOf(finding);
    if (index >= 0) Object.assign(viewer, { finding: index, chosen: true });
    this.show();
    viewer.open(id);
  }

  tell() {
    const { content, panes, finding, blind } = this.viewer;
    if (!content.case) return;
    const { maps } = content;
    const ready = !blind && panes.every((pane) => isFloor(pane) || maps[pane.key]);
    const { key, title, computed_on: on } = content.case;
    globalThis.explorerShown = { key, title, finding, ready, elsewhere: on === "device" };
    document.dispatchEvent(new CustomEvent("explorer:shown", { detail: globalThis.explorerShown }));
  }

  onContent() {
    this.tell();
  }

  onClose() {
    globalThis.explorerShown = undefined;
    document.dispatchEvent(new Event("explorer:shown"));
  }

  onFinding() {
    this.tell();
  }
}
