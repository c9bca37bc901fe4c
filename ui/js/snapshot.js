// A picture of the panes as they are seen, with captions, colour scales, scores and where it comes from.
import { sentenceOf, verdictsOf } from "./assessment.js";
import { make } from "./dom.js";
import { fileOf } from "./files/names.js";
import { contextOf } from "./pane.js";
import { CAPTION, drawPane, SCALE } from "./snapshot/pane.js";
import { COLOURS, LINE, linesOf, SIDE, write } from "./snapshot/words.js";

/** @import { Viewer } from "../viewer.js" */

const GAP = 16;
const HEAD = 62;
const FOOT = 46;

export class Snapshot {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
  }

  async save() {
    const { content, findingName } = this.viewer;
    if (!content.case) return;
    const canvas = await this.draw();
    /** @type {Blob | null} */
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = fileOf(content.case, `panes-${findingName}.png`);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    this.viewer.say(`Saved ${link.download}`);
  }

  /**
   * Whether what the models say can be read, where it cannot just be read: a line each.
   * @returns {string[]}
   */
  get verdicts() {
    const { assessments, models } = this.viewer.opened;
    return verdictsOf(assessments, models).map(({ assessment, models: of }) => {
      const whose = of.length < models.length ? `${of.join(", ")}: ` : "";
      return whose + sentenceOf(assessment);
    });
  }

  /**
   * The panes on show, in their order, on one canvas.
   * @returns {Promise<HTMLCanvasElement>}
   */
  async draw() {
    const { viewer } = this;
    const places = [...viewer.grid.children];
    const panes = viewer.allPanes
      .filter(({ element }) => places.includes(element) && element.offsetParent !== null)
      .sort((a, b) => places.indexOf(a.element) - places.indexOf(b.element));
    const columns = Math.min(panes.length > 6 ? 4 : 3, panes.length === 4 ? 2 : panes.length);
    const words = panes.map((pane) => linesOf(pane));
    const below = 30 + LINE * Math.max(...words.map((lines) => lines.length));
    const cell = CAPTION + SIDE + below;
    const width = Math.max(2 * SIDE, columns * SIDE) + GAP * (Math.max(2, columns) + 1);
    const head = HEAD + LINE * this.verdicts.length;
    const height = head + Math.ceil(panes.length / columns) * cell + FOOT;
    const canvas = make("canvas", { width: SCALE * width, height: SCALE * height });
    const context = contextOf(canvas);
    context.scale(SCALE, SCALE);
    context.fillStyle = COLOURS.film;
    context.fillRect(0, 0, width, height);
    this.writeHead(context, width);
    for (const [i, pane] of panes.entries()) {
      const [x, y] = [GAP + (i % columns) * (SIDE + GAP), head + Math.floor(i / columns) * cell];
      await drawPane(viewer, context, pane, x, y, words[i]);
    }
    this.writeFoot(context, width, height);
    return canvas;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   */
  writeHead(context, width) {
    const { opened, header } = this.viewer;
    write(context, opened.case.title, GAP, 26, { size: 17, weight: 650, most: width * 0.65 });
    write(context, "Research tool. Not for diagnosis.", width - GAP, 26, {
      size: 13,
      weight: 600,
      colour: COLOURS.warn,
      align: "right",
    });
    const badges = opened.case.phantom ? "PHANTOM: simulated, no patient · " : "";
    const says = [...header.reading.children].map((part) => part.textContent).join(" · ");
    write(context, badges + says, GAP, 47, { colour: COLOURS.soft, most: width - 2 * GAP });
    this.verdicts.forEach((words, i) =>
      write(context, words, GAP, HEAD + LINE * i, { colour: COLOURS.warn, most: width - 2 * GAP }),
    );
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number} height
   */
  writeFoot(context, width, height) {
    const { content, view, element } = this.viewer;
    const models = (content.models ?? [])
      .map(({ label, origin, weights }) => `${label}: ${origin} weights ${weights.slice(0, 8)}`)
      .join(" · ");
    const zoom =
      view.zoom > 1 ? `, zoom ${view.zoom.toFixed(1)}× at x ${Math.round(view.x)}, y ${Math.round(view.y)}` : "";
    const window = element.querySelector('[aria-label="Window presets"]')?.textContent ?? "";
    write(context, models, GAP, height - 26, { size: 10.5, colour: COLOURS.soft, most: width - 2 * GAP });
    const when = new Date().toISOString().slice(0, 10);
    const made = `MedicalPatchNet Explorer, ${when} · window ${window}${zoom} · not for diagnosis`;
    write(context, made, GAP, height - 10, { size: 10.5, colour: COLOURS.soft });
  }
}
