// Where somebody looked, as a pane of its own: an annotation that is a map and has no border. The maps on show are
// compared with it by scores of maps alone, never by those of masks.
import { fetchArray } from "./arrays.js";
import { pixelOf } from "./colour.js";
import { isNumber, isObject, make } from "./dom.js";
import { oncePerFrame } from "./frames.js";
import { GazeChoice } from "./gaze/choice.js";
import { gazeScores, NO_SCORES, sampled } from "./gaze/scores.js";
import { CELLS, seen, WHOLE } from "./gaze/seen.js";
import { upsampleBilinear } from "./maps.js";
import { Pane } from "./pane.js";
import { SIZE } from "./view.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Answer, CaseMessage, GazeSource, GazeState } from "./messages.d.ts"
 * @import { GazeScores } from "./gaze/scores.js"
 * @import { Reading, Seen } from "./gaze/seen.js"
 * @import { Arrays, TypedArray } from "./types.d.ts"
 */

const SHARE = 0.2; // as ui/gaze/chosen.py has it
const NONE = "no gaze on this case; fixations can be loaded as a file";
const SETTLED = 200; // milliseconds after the last change, when maps are compared
const [RED, GREEN, BLUE] = [0, 196, 224];
const AUC =
  "Area under the ROC curve: fixated cells, or those with 20 % of the mass of finished maps, against all others; 0.5 " +
  "is chance";
/** @type {[keyof GazeScores, string, string][]} */
const COLUMNS = [
  ["ncc", "NCC", "Normalised cross-correlation of both maps, from −1 to 1"],
  ["auc_judd", "AUC", AUC],
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

  problemCount = make("summary");
  problemList = make("ul", { class: "note" });
  problems = make("details", { class: "gaze-problems", hidden: true }, this.problemCount, this.problemList);
  choice = make("div");

  constructor() {
    super("gaze", "Gaze");
    this.hidden = true;
    const bar = make("div", { class: "bar" });
    bar.style.background = `linear-gradient(90deg, rgb(60 60 60), rgb(${RED} ${GREEN} ${BLUE}))`;
    const heads = COLUMNS.map(([, text, title]) => make("th", { scope: "col", text, title }));
    this.says.append(
      make("div", { class: "legend" }, this.low, bar, this.high),
      this.whose,
      this.choice,
      this.problems,
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

  /** @param {Seen | null} gaze */
  setGaze(gaze) {
    this.values = gaze?.values ? upsampleBilinear(gaze.values, CELLS, CELLS, SIZE) : null;
    this.most = this.values?.reduce((most, value) => Math.max(most, value), 0) ?? 0;
    this.low.textContent = this.values ? "0" : "";
    this.high.textContent = this.values ? "most" : "";
    const nobody = gaze && !gaze.values ? "; nobody looked at what the view shows" : "";
    this.whose.textContent = gaze ? `${gaze.who}: ${gaze.window}${nobody}` : NONE;
  }

  /** @param {GazeSource[]} sources those that are chosen */
  sayProblems(sources) {
    const count = sources.reduce((sum, { left_out: more }) => sum + more, 0);
    const named = sources.length > 1;
    const said = sources.flatMap(({ name, problems }) => problems.map((one) => (named ? `${name}: ${one}` : one)));
    this.problemCount.textContent = `Left out: ${count.toLocaleString("en")}, and why`;
    this.problemList.replaceChildren(...said.map((text) => make("li", { text })));
    this.problems.hidden = !count;
  }

  /** @param {number} opacity */
  drawGaze(opacity) {
    this.pixels.fill(0);
    const { values, most } = this;
    for (let i = 0; values && i < values.length; i++) {
      const cover = opacity * Math.sqrt(values[i] / most);
      this.pixels[i] = pixelOf(RED, GREEN, BLUE, cover);
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
    if (!this.sees(x, y)) return "not seen by the models";
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
  /** @type {Map<string, Reading[]>} */
  known = new Map(); // by case
  /** @type {Map<string, GazeState>} */
  states = new Map(); // by case, where somebody has chosen
  /** @type {Seen | null} */
  seen = null;
  offered = false; // whether the pane has come by itself
  choice = new GazeChoice(() => this.changed());
  draw = oncePerFrame(() => this.look());
  /** @type {number | undefined} */
  timer = undefined;

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.pane = viewer.gaze;
    this.pane.choice.replaceWith(this.choice.element);
  }

  get caseKey() {
    return this.viewer.content.case?.key ?? "";
  }

  /** What is seen of the gaze, for the server. */
  get state() {
    return this.states.get(this.caseKey) ?? WHOLE;
  }

  /** @param {Answer} answer */
  async onAnswer({ gaze, loaded = 0, note = "" }) {
    const { viewer, caseKey: key } = this;
    if (!gaze?.length || !key) return;
    const data = await Promise.all(gaze.map(fetchArray));
    viewer.feature("annotations").say([note]);
    this.states.set(key, { ...WHOLE, reader: loaded });
    this.know(key, gaze, data);
    if (key !== this.caseKey) return;
    this.show();
    const panes = viewer.feature("panes");
    if (!panes.shown.includes("gaze")) panes.set([...panes.shown, "gaze"]);
    viewer.redraw();
  }

  /**
   * @param {string} key
   * @param {GazeSource[]} sources
   * @param {TypedArray[]} data
   */
  know(key, sources, data) {
    this.known.set(
      key,
      sources.map((source, i) => ({ source, data: data[i] })),
    );
  }

  /**
   * @param {CaseMessage} content
   * @param {Arrays} arrays
   */
  onCase({ case: { key }, gaze }, arrays) {
    this.know(key, gaze, arrays.gaze);
    if (gaze.length && !this.offered) {
      this.offered = true;
      this.viewer.feature("panes").add("gaze");
    }
    this.show();
  }

  /** Offer what there is of the open case, and look. */
  show() {
    const readings = this.known.get(this.caseKey) ?? [];
    this.choice.offer(readings, this.state);
    this.choice.element.hidden = !readings.length;
    this.look();
  }

  /** Something else was chosen. */
  changed() {
    this.states.set(this.caseKey, this.choice.state);
    this.draw();
  }

  /** Make the map of what is chosen. */
  look() {
    const { choice, pane, viewer } = this;
    const { readings } = choice;
    this.seen = readings.length ? seen(readings, choice.state) : null;
    pane.setGaze(this.seen);
    pane.sayProblems(choice.chosen.map(({ source }) => source));
    this.later();
    if (viewer.finding !== null) viewer.redraw();
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

  onState() {
    const { state } = this;
    return this.states.has(this.caseKey) ? state : null;
  }

  /** @param {unknown} state as `onState` gives it */
  restore(state) {
    if (!isObject(state)) return;
    /** @param {unknown} value */
    const number = (value) => (isNumber(value) ? value : null);
    const { start, end, part } = state;
    this.states.set(this.caseKey, {
      reader: number(state.reader),
      start: number(start),
      end: number(end),
      part: typeof part === "string" ? part : "",
    });
    this.show();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.count(), SETTLED);
  }

  count() {
    const { seen: gaze, pane, viewer } = this;
    if (pane.hidden) return;
    const rows = viewer.panes.flatMap(({ title, signed }) => {
      if (!signed || !gaze) return [];
      const { values, points } = gaze;
      const scores = values ? gazeScores(sampled(signed, CELLS), values, points, SHARE) : NO_SCORES;
      return [{ title, scores: points.length ? scores : { ...scores, auc_judd: scores.auc_region } }];
    });
    pane.sayScores(rows);
  }
}
