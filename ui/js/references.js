// What people drew: the radiologists' masks and, where there is one, the human benchmark of a second group.
import { makeSvg } from "./dom.js";
import { MapPane } from "./map_pane.js";
import { unpackBits } from "./maps.js";
import { SIZE } from "./view.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { PackedMasks } from "./messages.d.ts"
 * @import { Pane } from "./pane.js"
 * @import { Place } from "./types.d.ts"
 */

/**
 * One finding's mask out of a message's packed masks ({findings}, Uint8Array), or null.
 * @param {PackedMasks | null} packed
 * @param {Uint8Array | undefined} bytes
 * @param {string} finding
 * @returns {Uint8Array | null}
 */
export function maskFrom(packed, bytes, finding) {
  if (!packed || !bytes) return null;
  const at = packed.findings.indexOf(finding);
  const length = (SIZE * SIZE) / 8;
  return at < 0 ? null : unpackBits(bytes.subarray(at * length, (at + 1) * length), SIZE * SIZE);
}

/** The second group's drawings: outlines and points in every pane, and a row of scores below each. */
export class HumanBenchmark {
  /** @type {WeakMap<Pane, SVGElement>} */
  drawings = new WeakMap();

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
  }

  /** @param {Pane} pane */
  onPane(pane) {
    this.drawings.set(pane, pane.addDrawing("human"));
    if (this.viewer.content.case && this.viewer.finding !== null) this.show(pane);
  }

  /** @param {number} index */
  onFinding(index) {
    const { opened, config, controls, legend, allPanes } = this.viewer;
    const { human_outlines: outlines, human_points: points } = opened.case;
    const name = config.findings[index];
    controls.switches.human.hidden = !opened.human && !Object.keys(outlines).length && !Object.keys(points).length;
    legend.human.hidden = !outlines[name] && !points[name];
    for (const pane of allPanes) this.show(pane);
  }

  /**
   * What the second group drew of the chosen finding, in one pane.
   * @param {Pane} pane
   */
  show(pane) {
    const { opened, data, findingName: name } = this.viewer;
    const { human_outlines: outlines, human_points: points } = opened.case;
    const path = outlines[name] ?? "";
    /** @param {Place} point */
    const ring = ([x, y]) => makeSvg("circle", { cx: x, cy: y, r: 5 });
    this.drawings
      .get(pane)
      ?.replaceChildren(
        makeSvg("path", { class: "casing", d: path }),
        makeSvg("path", { class: "line", d: path }),
        ...(points[name] ?? []).map(ring),
      );
    if (!(pane instanceof MapPane)) return;
    const mask = maskFrom(opened.human, data?.human, name);
    pane.setReference("human", mask ? "human b." : null, mask);
  }
}
