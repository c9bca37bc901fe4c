// What people drew: the radiologists' masks and, where there is one, the human benchmark of a second group.
import { makeSvg } from "./dom.js";
import { unpackBits } from "./maps.js";
import { SIZE } from "./view.js";

/** One finding's mask out of a message's packed masks ({findings}, Uint8Array), or null. */
export function maskFrom(packed, bytes, finding) {
  const at = packed && bytes ? packed.findings.indexOf(finding) : -1;
  const length = (SIZE * SIZE) / 8;
  return at < 0 ? null : unpackBits(bytes.subarray(at * length, (at + 1) * length), SIZE * SIZE);
}

/** The second group's drawings: outlines and points in every pane, and a row of scores below each. */
export class HumanBenchmark {
  /** @param {object} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.drawings = new WeakMap();
  }

  onPane(pane) {
    this.drawings.set(pane, pane.addDrawing("human"));
    if (this.viewer.content.case && this.viewer.finding !== null) this.show(pane);
  }

  onFinding(index) {
    const { content, config, controls, legend, allPanes } = this.viewer;
    const { human_outlines: outlines = {}, human_points: points = {} } = content.case;
    const name = config.findings[index];
    controls.switches.human.hidden = !content.human && !Object.keys(outlines).length && !Object.keys(points).length;
    legend.human.hidden = !outlines[name] && !points[name];
    for (const pane of allPanes) this.show(pane);
  }

  /** What the second group drew of the chosen finding, in one pane. */
  show(pane) {
    const { content, data, config, finding } = this.viewer;
    const { human_outlines: outlines = {}, human_points: points = {} } = content.case;
    const name = config.findings[finding];
    const path = outlines[name] ?? "";
    const ring = ([x, y]) => makeSvg("circle", { cx: x, cy: y, r: 5 });
    this.drawings
      .get(pane)
      .replaceChildren(
        makeSvg("path", { class: "casing", d: path }),
        makeSvg("path", { class: "line", d: path }),
        ...(points[name] ?? []).map(ring),
      );
    if (!pane.method) return;
    const mask = maskFrom(content.human, data?.human, name);
    pane.setReference("human", mask ? "human b." : null, mask);
  }
}
