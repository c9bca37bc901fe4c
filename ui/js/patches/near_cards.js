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
 * @returns {HTMLElement}
 */
function logitLine(logit) {
  if (logit === null || Number.isNaN(logit)) return make("p", { class: "near-logit", text: "not predicted" });
  const kind = logit > 0 ? "supports" : logit < 0 ? "opposes" : "neutral";
  const means = make("span", { class: "sr-only", text: `, ${kind}` }); // the sign says it to those who see it
  return make("p", { class: `near-logit ${kind}` }, "logit ", make("b", { text: signed(logit) }), means);
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
   * @returns {HTMLElement[]}
   */
  mine(canvas, logit) {
    return [make("h3", { text: "This patch" }), framed(canvas), logitLine(logit)];
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
    this.list.replaceChildren(...near.map((one) => this.card(one, { grid, typical, finding })));
  }

  /**
   * @param {NearPatch} one
   * @param {{ grid: number, typical: number, finding: number }} shown
   * @returns {HTMLElement}
   */
  card(one, { grid, typical, finding }) {
    const place = patchName(one.patch, grid);
    const share = distanceWords(one.distance, typical);
    const picture = make("img", { src: one.picture, alt: `Patch in ${place} of ${one.case}`, decoding: "async" });
    const distance = make(
      "p",
      { class: "near-distance", title: `Euclidean distance ${one.distance.toPrecision(3)}` },
      "distance ",
      make("b", { text: share }),
    );
    const label = one.labels[finding];
    const words = make(
      "div",
      { class: "near-words" },
      distance,
      logitLine(one.logits[finding]),
      make("p", { text: label === null ? "label unknown" : `labelled ${LABELS[label]}` }),
      make("p", { text: markedWords(one.marked[finding]) }),
    );
    return make("li", {}, framed(picture), words, this.link(one, place));
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
        make("span", { text: `${short}, ${place}` }),
        make("small", { text: `${source}, not in this list` }),
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
  return `Of ${name}: ${present} of these ${near.length} are of radiographs labelled with it${within}.`;
}
