// Files that are dropped anywhere on the page, and the target that shows while they are dragged over it.
import { make, targetOf } from "./dom.js";
import { filesOfDrop } from "./files/gathering.js";

/** @import { Gathered } from "./files/gathering.js" */

const LEFT = 800; // milliseconds without a sign of files, after which they are taken for gone
const OWN = "[data-drops]"; // parts of the page that take files themselves

export class Drops {
  target = make(
    "div",
    { class: "drop-target", hidden: true, "aria-hidden": "true" },
    make(
      "p",
      {},
      make("strong", { text: "Drop to open" }),
      make("span", {
        text: "Radiographs, several or a whole folder; or a file of annotations, gaze or a saved session",
      }),
    ),
  );
  /** @type {number | undefined} */
  timer = undefined;

  /** @param {(all: Gathered) => void} onFiles */
  constructor(onFiles) {
    this.onFiles = onFiles;
    document.body.append(this.target);
    document.addEventListener("dragover", (event) => this.over(event));
    document.addEventListener("dragleave", (event) => event.relatedTarget === null && this.hide());
    document.addEventListener("drop", (event) => this.drop(event));
  }

  /**
   * Whether an event is about files that nothing else on the page takes.
   * @param {DragEvent} event
   * @returns {boolean}
   */
  isMine(event) {
    return Boolean(event.dataTransfer?.types.includes("Files")) && !targetOf(event)?.closest(OWN);
  }

  /** @param {DragEvent} event */
  over(event) {
    const mine = this.isMine(event);
    if (mine) event.preventDefault();
    this.target.hidden = !mine;
    clearTimeout(this.timer); // not every browser tells that the window was left
    this.timer = setTimeout(() => this.hide(), LEFT);
  }

  hide() {
    clearTimeout(this.timer);
    this.target.hidden = true;
  }

  /** @param {DragEvent} event */
  async drop(event) {
    const { dataTransfer } = event;
    this.hide();
    if (!dataTransfer || !this.isMine(event)) return;
    event.preventDefault();
    const all = await filesOfDrop(dataTransfer);
    if (all.files.length || all.folder) this.onFiles(all);
  }
}
