// Where the maps on show agree: one more pane with the number of maps above their thresholds at each pixel, and a table
// of their rank correlations.
import { pixelOf } from "./colour.js";
import { make } from "./dom.js";
import { Pane } from "./pane.js";
import { correlation, ranksOf } from "./ranks.js";
import { SIZE } from "./view.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { MapPane } from "./map_pane.js"
 */

const COVER = 0.6; // exponent of the opacity, as at the strong end of the maps' scales

const WORDS =
  "Spearman's rank correlation of the signed maps over all pixels of the view: +1 when two maps order all places " +
  "alike, 0 when they have nothing in common, −1 when one reverses the other.";

export class AgreementPane extends Pane {
  counts = new Uint8Array(SIZE * SIZE); // of maps that mark a pixel
  shown = new Uint32Array(1); // pixels by that number
  said = -1; // number of maps in the legend
  steps = make("div", { class: "steps-legend" });
  text = make("p", { class: "cut-text" });

  /** @param {number[][]} scales colours by number of maps: scales[n] has the RGB of 0, 1 … n agreeing ones */
  constructor(scales) {
    super("agreement", "Agreement");
    this.scales = scales;
    this.hidden = true;
    this.says.append(
      this.steps,
      this.text,
      make("p", { class: "note", text: "Share of the maps on show that mark a pixel, each above its own threshold." }),
    );
  }

  /**
   * Count the panes that mark each pixel, and draw the shares over the radiograph.
   * @param {MapPane[]} panes
   * @param {number} opacity
   */
  drawAgreement(panes, opacity) {
    const chosen = panes.filter((pane) => pane.signed !== null);
    this.counts.fill(0);
    for (const { levels, level } of chosen) {
      for (let i = 0; i < levels.length; i++) if (levels[i] > level) this.counts[i]++;
    }
    this.paint(chosen.length, opacity);
    this.context.putImageData(this.frame, 0, 0);
    this.say(chosen.length);
  }

  /**
   * @param {number} count
   * @param {number} opacity
   */
  paint(count, opacity) {
    const colours = this.scales[count];
    const cover = opacity > 0 ? opacity ** COVER : 0;
    const table = Uint32Array.from({ length: count + 1 }, (_, n) =>
      n ? pixelOf(colours[3 * n], colours[3 * n + 1], colours[3 * n + 2], cover) : 0,
    );
    this.shown = new Uint32Array(count + 1);
    for (let i = 0; i < this.counts.length; i++) {
      const n = this.counts[i];
      this.shown[n]++;
      this.pixels[i] = table[n];
    }
  }

  /** @param {number} count */
  say(count) {
    if (this.said !== count) this.saySteps(count);
    this.said = count;
    /** @param {number} pixels */
    const percent = (pixels) => `${((100 * pixels) / (SIZE * SIZE)).toFixed(1)} %`;
    this.text.textContent = count
      ? `all mark ${percent(this.shown[count])} of the view, none ${percent(this.shown[0])}`
      : "no map on show";
  }

  /**
   * The legend for so many maps.
   * @param {number} count
   */
  saySteps(count) {
    /** @param {number} n */
    const colour = (n) => `rgb(${this.scales[count].slice(3 * n, 3 * n + 3).join(" ")})`;
    /** @param {number} n */
    const step = (n) => {
      const swatch = make("i");
      if (n) swatch.style.background = colour(n);
      const text = n === 0 ? "none" : n === count ? `all ${n}` : String(n);
      return make("span", { title: `${n} of ${count} maps` }, swatch, make("span", { text }));
    };
    this.steps.replaceChildren(...Array.from({ length: count + 1 }, (_, n) => step(n)));
  }

  /**
   * @override
   * @param {number} x
   * @param {number} y
   */
  valueWords(x, y) {
    if (!this.sees(x, y)) return "not seen by the models";
    return `${this.counts[this.indexAt(x, y)]} of ${Math.max(0, this.said)} maps`;
  }
}

/** Spearman's rank correlation of each pair of signed maps, counted only while the table is open. */
export class RankTable {
  /** @type {number | undefined} */
  timer = undefined;

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.table = make("table", { class: "ranks" });
    this.element = make(
      "details",
      { class: "panel rank-panel" },
      make("summary", { text: "Do the maps agree? Rank correlations" }),
      make("p", { class: "note", text: WORDS }),
      this.table,
    );
    this.element.addEventListener("toggle", () => this.later());
    viewer.below.append(this.element);
  }

  onContent() {
    this.later();
  }

  onFinding() {
    this.later();
  }

  onLayout() {
    this.later();
  }

  later() {
    clearTimeout(this.timer);
    if (this.element.open) this.timer = setTimeout(() => this.count(), 60);
  }

  count() {
    const { panes } = this.viewer;
    const ranks = panes.map((pane) => (pane.signed ? ranksOf(pane.signed) : null));
    const names = panes.map((pane) => pane.title);
    const head = make("tr", {}, make("td"), ...names.map((text) => make("th", { scope: "col", text })));
    const rows = names.map((text, r) =>
      make("tr", {}, make("th", { scope: "row", text }), ...names.map((_, c) => cellOf(panes, ranks, r, c))),
    );
    this.table.replaceChildren(
      make("caption", { class: "sr-only", text: "Rank correlations between maps" }),
      make("thead", {}, head),
      make("tbody", {}, ...rows),
    );
  }
}

/**
 * One pair of maps.
 * @param {MapPane[]} panes
 * @param {(Float64Array | null)[]} ranks
 * @param {number} r
 * @param {number} c
 * @returns {HTMLTableCellElement}
 */
function cellOf(panes, ranks, r, c) {
  if (r === c) return make("td", { class: "self", text: "1" });
  const [first, second] = [ranks[r], ranks[c]];
  if (!first || !second) return make("td", { title: whyNone(panes[first ? c : r]), text: "n/a" });
  const value = correlation(first, second);
  const text = `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
  return make("td", { title: `${panes[r].title} and ${panes[c].title}`, text });
}

/**
 * Why a map has no ranks.
 * @param {MapPane} pane
 * @returns {string}
 */
function whyNone({ title, signed, absence }) {
  return signed ? `${title} has the same value everywhere` : `${title} is ${absence || "not computed yet"}`;
}
