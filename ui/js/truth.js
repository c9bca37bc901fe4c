// What the maps are scored against: what the radiologists drew. Of several readers: the union of their marks, what more
// than half of them marked, or one of them.
import { borderPath } from "./drawing/raster.js";
import { maskFrom } from "./references.js";
import { SIZE } from "./view.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { MarkedShape } from "./messages.d.ts"
 * @import { MaskOrReason } from "./types.d.ts"
 */

const UNION = "union";
const MAJORITY = "majority";
/** What says least about the border first.
 * @type {MarkedShape["form"][]}
 */
const LOOSEST = ["box", "ellipse", "disc", "polygon", "mask"];
const POOR = "a box is a poor mask";
const BOX_NOTE =
  "A box is a poor mask: it covers much that is not the finding. Even a perfect outline has a mean IoU of 0.60 with " +
  "its own box (measured on ChestX-Det), so look at the hit first.";

/**
 * The form that says least about the border.
 * @param {MarkedShape[]} shapes
 * @returns {MarkedShape["form"]}
 */
const loosest = (shapes) => LOOSEST.find((form) => shapes.some((shape) => shape.form === form)) ?? "mask";

export class Truth {
  /** @type {{ of: unknown, finding: string, path: string }} */
  border = { of: null, finding: "", path: "" }; // of the majority's mask, drawn last

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
  }

  get readers() {
    return this.viewer.content.case?.readers ?? [];
  }

  /**
   * "union", "majority" or the place of a reader; what was chosen for another case may not be there.
   * @returns {string}
   */
  get key() {
    const { truth } = this.viewer.settings;
    return truth === MAJORITY || Number(truth) < this.readers.length ? truth : UNION;
  }

  /**
   * All that can be chosen, with their words.
   * @returns {string[][]}
   */
  get choices() {
    const { length } = this.readers;
    return [
      [UNION, `union of ${length} readers`],
      [MAJORITY, `majority of ${length} readers`],
      ...this.readers.map(({ name }, i) => [String(i), `${name} alone`]),
    ];
  }

  /**
   * Whose masks these are, as a row of scores says it.
   * @returns {string}
   */
  get label() {
    const { key, readers } = this;
    if (readers.length) return readers[Number(key)]?.name ?? `${key} of ${readers.length}`;
    return this.viewer.opened.case.phantom ? "simulated" : "radiologist";
  }

  /**
   * The mask of a finding, or why there is none; a mask may have a remark too.
   * @param {string} finding
   * @returns {MaskOrReason}
   */
  maskOf(finding) {
    const { masks, case: item } = this.viewer.opened;
    const { key } = this;
    if (key === UNION) {
      const mask = maskFrom(masks, this.viewer.data?.masks, finding);
      return { mask, reason: item.mask_notes[finding] ?? (mask ? "" : "no radiologist mask") };
    }
    const mask = this.layer(key, finding);
    const none = key === MAJORITY ? "no place that most readers marked" : `${this.label} marked nothing`;
    return { mask, reason: mask ? "" : none };
  }

  /**
   * What one reader, or the majority, marked; null where nothing.
   * @param {string} key
   * @param {string} finding
   * @returns {Uint8Array | null}
   */
  layer(key, finding) {
    const { layers } = this.viewer.opened;
    const bytes = this.viewer.data?.layers;
    if (!layers || !bytes) return null;
    const at = layers.keys.findIndex((one, i) => one === key && layers.findings[i] === finding);
    const length = (SIZE * SIZE) / 8;
    return at < 0 ? null : maskFrom({ ...layers, findings: [finding] }, bytes.subarray(at * length), finding);
  }

  /**
   * As what a finding was marked.
   * @param {string} finding
   * @returns {MarkedShape["form"]}
   */
  form(finding) {
    const { forms } = this.viewer.opened.case;
    const reader = this.readers[Number(this.key)];
    return reader ? loosest(reader.marks[finding] ?? []) : (forms[finding] ?? "mask");
  }

  /**
   * The line of what is scored against; none where the readers' own lines on show say the same.
   * @param {string} finding
   * @returns {string}
   */
  outline(finding) {
    const { key, readers, viewer } = this;
    if (readers.length && !viewer.settings.fill && viewer.feature("readers")?.tells(key)) return "";
    if (key === MAJORITY) return this.majorityBorder(finding);
    const shapes = readers[Number(key)]?.marks[finding];
    return readers[Number(key)]
      ? (shapes ?? []).map(({ path }) => path).join("")
      : (viewer.opened.case.outlines[finding] ?? "");
  }

  /**
   * @param {string} finding
   * @returns {string}
   */
  majorityBorder(finding) {
    const { data } = this.viewer;
    if (this.border.of !== data || this.border.finding !== finding) {
      const mask = this.layer(MAJORITY, finding);
      this.border = { of: data, finding, path: mask ? borderPath(mask, SIZE) : "" };
    }
    return this.border.path;
  }

  /**
   * What the outline is, for the key below the radiograph.
   * @param {string} finding
   * @param {MaskOrReason} drawn
   * @returns {string}
   */
  words(finding, { mask, reason }) {
    if (!mask) return reason;
    const { readers, viewer } = this;
    const form = this.form(finding);
    const drawn = readers.length ? `scored against: ${this.label}` : viewer.opened.case.outline_is;
    const loose = ["box", "ellipse", "disc"].includes(form);
    return [drawn, loose ? `marked as ${form === "ellipse" ? "an" : "a"} ${form}` : "", reason]
      .filter(Boolean)
      .join(", ");
  }

  /**
   * A word before the IoU in a pane's caption, where it does not go without saying what it is of.
   * @param {string} finding
   * @returns {string}
   */
  word(finding) {
    const { key, readers } = this;
    const whose = readers.length ? (readers[Number(key)]?.name ?? key) : "";
    return [whose, this.form(finding) === "box" && this.maskOf(finding).mask ? "box" : ""].filter(Boolean).join(" ");
  }

  /**
   * What must be known where the scores of a finding are read.
   * @param {string} finding
   * @returns {string}
   */
  note(finding) {
    return this.form(finding) === "box" && this.maskOf(finding).mask ? BOX_NOTE : "";
  }

  /**
   * The same in a few words, below each pane.
   * @param {string} finding
   * @returns {string}
   */
  paneNote(finding) {
    return this.note(finding) && POOR;
  }
}
