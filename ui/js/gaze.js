// Where somebody looked, as a pane of its own: an annotation that is a map and has no border. The maps on show are
// compared with it by scores of maps alone, never by those of masks.
import { fetchArray } from "./arrays.js";
import { make } from "./dom.js";
import { gazeScores, sampled } from "./gaze/scores.js";
import { upsampleBilinear } from "./maps.js";
import { Pane } from "./pane.js";
import { SIZE } from "./view.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Answer, GazeSource } from "./messages.d.ts"
 * @import { GazeScores } from "./gaze/scores.js"
 */

const SHARE = 0.2; // as ui/gaze.py has it
const SETTLED = 200; // milliseconds after the last change, when maps are compared
const [RED, GREEN, BLUE] = [0, 196, 224];
/** @type {[keyof GazeScores, string, string][]} */
const COLUMNS = [
  ["ncc", "NCC", "Normalised cross-correlation of both maps, from −1 to 1"],
  ["auc_judd", "AUC", "Area under the ROC curve: fixated cells against all others; 0.5 is chance"],
  ["kl", "KL", "Kullback–Leibler divergence of the map from the gaze; 0 is best"],
  ["iou_top", "IoU", "Overlap of the regions that hold 20 % of the mass of each"],
];

export class GazePane extends Pane {
  /** @type {Float32Array | null} */
  values = null; // share of time in each cell, over the view
  most = 0;
  whose = make("p", { class: "cut-text" });
  body = make("tbody");
  low = make("span", { text: "0" });
  high = make("span", { text: "most" });

  constructor() {
    super("gaze", "Gaze");
    this.hidden = true;
    const bar = make("div", { class: "bar" });
    bar.style.background = `linear-gradient(90deg, rgb(60 60 60), rgb(${RED} ${GREEN} ${BLUE}))`;
    const heads = COLUMNS.map(([, text, title]) => make("th", { scope: "col", text, title }));
    this.says.append(
      make("div", { class: "legend" }, this.low, bar, this.high),
      this.whose,
      make(
        "table",
        { class: "scores gaze-scores", "aria-label": "Maps against the gaze" },
        make("thead", {}, make("tr", {}, make("th", { scope: "col", text: "Map" }), ...heads)),
        this.body,
      ),
      make("p", {
        class: "note",
        text: "Share of time. Gaze has no border: it is compared with maps as a map, and counts in no mean over masks.",
      }),
    );
  }

  /**
   * @param {GazeSource | null} source
   * @param {Float32Array} [cells]
   */
  setGaze(source, cells) {
    const side = source?.shape[0] ?? 0;
    this.values = cells ? upsampleBilinear(cells, side, side, SIZE) : null;
    this.most = this.values?.reduce((most, value) => Math.max(most, value), 0) ?? 0;
    this.whose.textContent = source ? `${source.name}: ${source.window}` : "no gaze loaded for this case";
  }

  /** @param {number} opacity */
  drawGaze(opacity) {
    this.pixels.set(this.plain);
    const { values, most } = this;
    for (let i = 0; values && i < values.length; i++) {
      const cover = opacity * Math.sqrt(values[i] / most);
      const grey = (this.plain[i] & 255) * (1 - cover);
      const [red, green, blue] = [RED, GREEN, BLUE].map((channel) => Math.round(grey + cover * channel));
      this.pixels[i] = 0xff000000 | (blue << 16) | (green << 8) | red;
    }
    this.context.putImageData(this.frame, 0, 0);
  }

  /**
   * @override
   * @param {number} x
   * @param {number} y
   */
  valueWords(x, y) {
    if (!this.values) return "no gaze";
    return `${Math.round((100 * this.values[this.indexAt(x, y)]) / this.most)} % of the longest`;
  }

  /** @param {{ title: string, scores: GazeScores }[]} rows */
  sayScores(rows) {
    /** @param {number} value */
    const text = (value) => (Number.isNaN(value) ? "–" : value.toFixed(2).replace("-", "−"));
    this.body.replaceChildren(
      ...rows.map(({ title, scores }) =>
        make(
          "tr",
          {},
          make("th", { scope: "row", text: title, title }),
          ...COLUMNS.map(([key]) => make("td", { text: text(scores[key]) })),
        ),
      ),
    );
  }
}

export class Gaze {
  key = "gaze";
  /** @type {Map<string, { source: GazeSource, cells: Float32Array }>} */
  known = new Map(); // by case
  drawn = ""; // what the pane's picture was made of
  /** @type {number | undefined} */
  timer = undefined;

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.pane = viewer.gaze;
  }

  /** @param {Answer} answer */
  async onAnswer({ gaze }) {
    const { viewer } = this;
    const { key } = viewer.content.case ?? {};
    if (!gaze || !key) return;
    const cells = /** @type {Float32Array} */ (await fetchArray(gaze));
    this.known.set(key, { source: gaze, cells });
    viewer.feature("annotations").say([`${gaze.name}: gaze loaded.`]);
    if (key !== viewer.content.case?.key) return;
    this.onCase();
    const panes = viewer.feature("panes");
    if (!panes.shown.includes("gaze")) panes.set([...panes.shown, "gaze"]);
    viewer.redraw();
  }

  get current() {
    return this.known.get(this.viewer.content.case?.key ?? "");
  }

  onCase() {
    const { current } = this;
    this.pane.setGaze(current?.source ?? null, current?.cells);
    this.later();
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

  onFrame() {
    if (!this.pane.hidden) this.pane.drawGaze(this.viewer.settings.opacity);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.count(), SETTLED);
  }

  count() {
    const { current, pane, viewer } = this;
    if (pane.hidden) return;
    const rows = viewer.panes.flatMap(({ title, signed }) => {
      if (!signed || !current) return [];
      const { cells, source } = current;
      const map = sampled(signed, source.shape[0]);
      return [{ title, scores: gazeScores(map, cells, source.points, SHARE) }];
    });
    pane.sayScores(rows);
  }
}
