// The nearest patches as a list of small pictures, with what the model, the labels and the marks say of each.
import { make, signed } from "../dom.js";
import { patchName } from "./selection.js";

/** @import { NearPatch, Nearest } from "../messages.d.ts" */

const LABELS = ["absent", "present"];

/**
 * A distance as a share of the median one.
 * @param {number} distance
 * @param {number} typical
 * @returns {string}
 */
export function distanceWords(distance, typical) {
  const share = (100 * distance) / typical;
  if (distance > 0 && share < 0.1) return "< 0.1 %";
  return `${share.toFixed(share < 10 ? 1 : 0)} %`;
}

/**
 * How much of a patch lies within what was marked.
 * @param {number | null} share
 * @returns {string}
 */
export function markedWords(share) {
  if (share === null) return "nobody drew here";
  if (share === 0) return "not marked";
  return share < 0.01 ? "< 1 % of it marked" : `${Math.round(100 * share)} % of it marked`;
}

/**
 * @param {number | null} logit
 * @param {string} finding
 * @returns {HTMLElement}
 */
function logitLine(logit, finding) {
  const kind = logit === null || Number.isNaN(logit) ? "" : logit > 0 ? "supports" : logit < 0 ? "opposes" : "";
  const words = kind ? `${signed(logit ?? 0)} logit, ${kind}` : logit === 0 ? "0.00 logit" : "not predicted";
  return make("p", { class: `near-logit ${kind}` }, make("span", { text: finding }), make("b", { text: words }));
}

export class NearCards {
  list = make("ol");
  summary = make("p", { class: "note" });
  element = make("div", { class: "near-list" }, this.summary, this.list);

  /** @param {(id: string, patch: number) => void} onOpen */
  constructor(onOpen) {
    this.onOpen = onOpen;
  }

  /**
   * The patch that was asked for, as the others are shown.
   * @param {HTMLCanvasElement} canvas
   * @param {number} logit
   * @param {string} finding
   * @returns {HTMLElement[]}
   */
  mine(canvas, logit, finding) {
    return [make("h3", { text: "This patch" }), framed(canvas), logitLine(logit, finding)];
  }

  /**
   * @param {Nearest} answer
   * @param {number} finding
   * @param {string} name
   */
  show({ near, facts }, finding, name) {
    const grid = facts?.grid ?? 1;
    const typical = facts?.typical ?? 1;
    this.summary.textContent = near.length ? summaryWords(near, finding, name) : "";
    this.list.replaceChildren(...near.map((one) => this.card(one, { grid, typical, finding, name })));
  }

  /**
   * @param {NearPatch} one
   * @param {{ grid: number, typical: number, finding: number, name: string }} shown
   * @returns {HTMLElement}
   */
  card(one, { grid, typical, finding, name }) {
    const place = patchName(one.patch, grid);
    const share = distanceWords(one.distance, typical);
    const picture = make("img", { src: one.picture, alt: `Patch in ${place} of ${one.case}`, decoding: "async" });
    const distance = make(
      "p",
      { class: "near-distance", title: `Euclidean distance ${one.distance.toPrecision(3)}` },
      make("b", { text: share }),
      " of the median distance",
    );
    const label = one.labels[finding];
    const says = make("p", { class: "near-says" });
    says.append(
      make("span", { text: label === null ? "label unknown" : `labelled ${LABELS[label]}` }),
      make("span", { text: markedWords(one.marked[finding]) }),
    );
    return make("li", {}, framed(picture), distance, logitLine(one.logits[finding], name), says, this.link(one, place));
  }

  /**
   * @param {NearPatch} one
   * @param {string} place
   * @returns {HTMLElement}
   */
  link({ case: id, short, listed, patch, source_label: source }, place) {
    if (!listed) {
      return make(
        "p",
        { class: "near-case", title: id },
        make("span", { text: `${source} ${short}, ${place}` }),
        make("small", { text: "not in this list" }),
      );
    }
    return make("button", {
      type: "button",
      class: "plain",
      text: `Open ${short}, ${place}`,
      title: id,
      on: { click: () => this.onOpen(id, patch) },
    });
  }
}

/**
 * A picture of a patch and half a patch around it: the patch itself is framed.
 * @param {HTMLElement} picture
 * @returns {HTMLElement}
 */
function framed(picture) {
  return make("div", { class: "near-picture" }, picture);
}

/**
 * What the nearest patches have in common.
 * @param {NearPatch[]} near
 * @param {number} finding
 * @param {string} name
 * @returns {string}
 */
function summaryWords(near, finding, name) {
  const present = near.filter((one) => one.labels[finding] === 1).length;
  const marked = near.filter((one) => (one.marked[finding] ?? 0) > 0).length;
  const drawn = near.some((one) => one.marked[finding] !== null);
  const within = drawn ? `; ${marked} lie${marked === 1 ? "s" : ""} where it was marked, in part at least` : "";
  return `${present} of these ${near.length} are of radiographs labelled ${name}${within}.`;
}
