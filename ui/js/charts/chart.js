// A chart on the page: drawn by plotly once it comes into sight, readable by keys and as a table, saved as a picture.
import { make } from "../dom.js";
import { buttons, download } from "./downloads.js";
import { filled } from "./figures.js";
import { loadPlotly } from "./library.js";
import { Reader, readable, tableOf, words } from "./reading.js";
import { follow, palette } from "./theme.js";

/** @import { Click, Figure, Part, Plot, Plotly } from "./types.d.ts" */
/** @typedef {(width: number) => Figure} Build a figure for a width in pixels */
/**
 * Title, which names its file too; what stands without data; how high it will be, where that depends on what is shown.
 * @typedef {{ title: string, empty?: string, height?: (width: number) => number }} About
 */

export const HEIGHT = 300; // pixels of a chart that asks for no other
const [REST, PACE] = [150, 200]; // milliseconds
const AHEAD = "120px"; // below the window: what comes into sight is drawn by then

export class Chart {
  /** @type {Build | null} */
  build = null;
  /** @type {About} */
  about = { title: "" };
  /** @type {Figure | null} */
  figure = null;
  /** @type {Plotly | null} */
  plotly = null;
  /**
   * Names that the legend switched off.
   * @type {Set<string>}
   */
  hidden = new Set();
  visible = false;
  stale = false;
  busy = false;
  drawn = ""; // what plotly has drawn, as text
  timer = 0;
  pending = 0;
  width = 0;
  reader = new Reader();
  /** @type {ReturnType<Reader["step"]>} */
  reached = null; // by keys
  /**
   * One object for good: plotly makes everything anew where it finds another.
   * @type {Part}
   */
  config = { displaylogo: false, displayModeBar: true, modeBarButtons: buttons((format) => this.save(format)) };

  /**
   * @param {string} place of plotly.min.js, below the app's root
   * @param {{ onPick?: (meta: number, place: number) => void, table?: boolean }} options what a click on a point, or
   *   Enter, does; whether a table of the points can be opened below
   */
  constructor(place, { onPick, table = true } = {}) {
    this.place = place;
    this.onPick = onPick;
    this.plot = make("div", { class: "plot" });
    this.stage = this.makeStage();
    this.nothing = make("p", { class: "empty", hidden: true });
    this.said = make("p", { class: "sr-only", "aria-live": "polite" });
    this.table = table ? this.makeTable() : null;
    this.element = make("div", { class: "plot-chart" }, this.stage, this.nothing, this.said, this.table);
    new IntersectionObserver((seen) => this.see(seen), { rootMargin: AHEAD }).observe(this.element);
    new ResizeObserver(() => this.resize()).observe(this.element);
    follow(this);
  }

  makeStage() {
    return make(
      "div",
      {
        class: this.onPick ? "chart-stage picks" : "chart-stage",
        role: "application",
        "aria-roledescription": "chart",
        tabindex: "0",
        on: { keydown: (/** @type {KeyboardEvent} */ event) => this.press(event), blur: () => this.leave() },
      },
      this.plot,
    );
  }

  makeTable() {
    const body = make("div");
    const details = make("details", { class: "as-table" }, make("summary", { text: "The same as a table" }), body);
    details.addEventListener("toggle", () => this.fillTable());
    return details;
  }

  /**
   * Show a figure, which is built when it is drawn.
   * @param {Build} build
   * @param {About} about
   */
  show(build, about) {
    this.build = build;
    this.about = about;
    const more = this.onPick ? ", Enter shows what is behind one" : "";
    this.stage.setAttribute("aria-label", `${about.title}: arrow keys read its values${more}`);
    this.refresh();
  }

  /** Draw what changed, now where it is seen, else when it will be. */
  refresh() {
    this.stale = true;
    this.reserve();
    if (this.visible) this.draw();
  }

  /** Take the room that the figure will need: drawn when it comes into sight, it must not push away what is below. */
  reserve() {
    const { height } = this.about;
    if (height && this.width) this.stage.style.height = `${height(this.width)}px`;
  }

  /**
   * Move shapes alone.
   * @param {Part[]} shapes
   */
  mark(shapes) {
    if (!this.figure || this.stale || this.busy || !this.visible || !this.plotly) return void (this.stale = true);
    this.figure.layout.shapes = shapes;
    this.drawn = "";
    this.after(this.plotly.relayout(this.plot, { shapes: filled(shapes, palette(this.element)) }));
  }

  /**
   * Plotly must not be called while it still draws: what changed meanwhile is drawn then.
   * @param {Promise<Plot>} drawn
   */
  async after(drawn) {
    this.busy = true;
    await drawn;
    this.busy = false;
    if (this.stale && this.visible) this.draw();
  }

  /** Draw what changed when nothing has changed for a while. */
  settle() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), REST);
  }

  /** Draw what changed a few times a second while it goes on changing. */
  soon() {
    this.pending ||= setTimeout(() => {
      this.pending = 0;
      this.refresh();
    }, PACE);
  }

  /**
   * Switch the traces of a name on or off.
   * @param {string} name
   * @param {boolean} shown
   */
  toggle(name, shown) {
    this.hidden[shown ? "delete" : "add"](name);
    this.refresh();
  }

  restyle() {
    this.refresh();
  }

  /** @param {IntersectionObserverEntry[]} seen */
  see(seen) {
    this.visible = seen[seen.length - 1].isIntersecting;
    if (this.visible && this.stale) this.draw();
  }

  resize() {
    const { clientWidth } = this.element;
    if (!clientWidth || clientWidth === this.width) return;
    this.width = clientWidth;
    this.refresh();
  }

  draw() {
    if (!this.build || !this.width || this.busy) return;
    if (!this.plotly) return this.load();
    this.stale = false;
    const { data, layout } = this.build(this.width);
    this.figure = { data: data.filter(({ name }) => !this.hidden.has(name ?? "")), layout };
    if (this.sayNothing()) return;
    const drawn = filled(this.figure, palette(this.element));
    const size = { width: this.width, height: layout.height ?? HEIGHT };
    const all = JSON.stringify([drawn, size]);
    if (all === this.drawn) return; // as where an answer that came changes other charts
    this.drawn = all;
    this.after(this.plotly.react(this.plot, drawn.data, { ...drawn.layout, ...size }, this.config));
    this.fillTable();
  }

  /** Say in a sentence that there is nothing to draw; whether that is so. */
  sayNothing() {
    const none = !this.figure || !readable(this.figure).length;
    this.nothing.hidden = !none;
    this.stage.hidden = none;
    if (this.table) this.table.hidden = none;
    this.nothing.textContent = this.about.empty ?? "There is nothing to show here.";
    return none;
  }

  async load() {
    this.stage.style.minHeight ||= `${HEIGHT}px`; // what is below shall not jump
    try {
      this.plotly = await loadPlotly(this.place);
      if (this.visible && this.stale) this.draw();
      this.stage.style.minHeight = "";
      const plot = /** @type {HTMLElement & Partial<Plot>} */ (this.plot);
      if (this.onPick) plot.on?.("plotly_click", (click) => this.click(click));
    } catch (error) {
      this.nothing.hidden = false;
      this.nothing.textContent = /** @type {Error} */ (error).message;
    }
  }

  /** @param {"png" | "svg"} format */
  save(format) {
    if (!this.plotly || !this.figure) return;
    download(this.plotly, this.figure, this.about.title, this.width, palette(this.element), format);
  }

  /**
   * Of the points at one place, the one that is nearest to the pointer.
   * @param {Click} click
   */
  click({ event, points }) {
    const top = this.plot.getBoundingClientRect().top;
    const far = points.map(({ y, yaxis }) => Math.abs(top + yaxis._offset + yaxis.d2p(y) - event.clientY));
    const point = points[far.indexOf(Math.min(...far))] ?? points[0];
    if (point) this.onPick?.(point.data.meta ?? 0, point.pointNumber);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.target !== this.stage || !this.figure || !this.plotly) return;
    if (event.key === "Enter" || event.key === " ") return this.pick(event);
    const found = this.reader.step(this.figure, event.key);
    if (!found) return;
    event.preventDefault();
    this.reached = found;
    this.said.textContent = words(found.trace, found.i);
    this.plotly.Fx.hover(this.plot, [{ curveNumber: found.curve, pointNumber: found.i }]);
  }

  /** @param {KeyboardEvent} event */
  pick(event) {
    if (!this.reached || !this.onPick) return;
    event.preventDefault();
    this.onPick(this.reached.trace.meta ?? 0, this.reached.i);
  }

  leave() {
    if (this.plotly && this.figure && !this.stage.hidden) this.plotly.Fx.unhover(this.plot);
  }

  fillTable() {
    if (this.table?.open && this.figure) this.table.lastChild?.replaceWith(tableOf(this.figure));
  }
}
