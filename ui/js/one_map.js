// The panel "Many methods, one map": several ways to ask which patches a logit comes from, started by hand behind what
// they cost.
import { make } from "./dom.js";
import { modelResults } from "./one_map/results.js";
import { durationText } from "./refinement.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Answer, CaseMessage, Compared, ComparedModel, CompareOffer } from "./messages.d.ts"
 */

const WORDS =
  "Four ways to ask which part of the image the logit (the model's number before it becomes a probability) comes " +
  "from: cover one part; uncover parts in random orders; fade all of them in; fit a line to random selections. " +
  "Covered parts become the image's mean grey. A model that adds up its patches gives one answer to all four: its " +
  "raw map minus what it says of that grey. Where parts act together there is no such answer, and none of the four " +
  "maps is the right one.";

/** Whether a comparison in this state is under way. */
const UNDER_WAY = new Set(["waiting", "running"]);

export class OneMap {
  static asks = /** @type {const} */ ("compare");
  key = "one-map";
  /** @type {Compared | null} */
  now = null; // what the server said last of this case
  /** @type {CompareOffer[]} */
  offers = [];
  /** @type {Map<string, ComparedModel[]>} */
  results = new Map(); // of this case, by finding
  priced = ""; // the finding that the offers are for
  /** @type {number | undefined} */
  timer = undefined;

  choices = make("div", { class: "one-map-choices", role: "group", "aria-label": "Models to ask" });
  price = make("span", { class: "cost" });
  start = make("button", { type: "button", class: "stop", text: "Start", on: { click: () => this.begin() } });
  halt = make("button", { type: "button", class: "stop", text: "Stop", on: { click: () => this.stop() } });
  bar = make("progress", { max: 1, value: 0, "aria-label": "Asking in several ways" });
  words = make("span", { class: "words", role: "status" });
  place = make("div", { class: "one-map-results" });

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.element = make(
      "details",
      { class: "panel one-map" },
      make("summary", { text: "Many methods, one map" }),
      make("p", { class: "note", text: WORDS }),
      this.choices,
      make("div", { class: "one-map-run" }, this.start, this.price, this.halt, this.bar, this.words),
      this.place,
    );
    this.element.addEventListener("toggle", () => this.later());
    viewer.below.append(this.element);
  }

  onCase() {
    Object.assign(this, { now: null, offers: [], priced: "" });
    this.results.clear();
    this.later();
  }

  /** @param {CaseMessage} content */
  onContent(content) {
    if (content.models.length && this.priced === "") this.later(); // there is nobody to ask before
  }

  onFinding() {
    this.later();
  }

  /** @returns {boolean} */
  get underWay() {
    return this.now !== null && UNDER_WAY.has(this.now.state);
  }

  later() {
    clearTimeout(this.timer);
    if (this.element.open) this.timer = setTimeout(() => this.refresh(), 60);
  }

  /** Show what is known of the chosen finding, and ask what the rest would cost. */
  refresh() {
    const { content, findingName: finding } = this.viewer;
    if (!content.case) return;
    if (!this.underWay && this.priced !== finding && content.models.length) {
      this.priced = finding;
      this.viewer.send.compare({ what: "price", finding, models: [] });
    }
    this.drawResults();
    this.draw();
  }

  begin() {
    const models = this.chosen.map(({ key }) => key);
    const { findingName: finding } = this.viewer;
    this.start.disabled = true;
    this.viewer.send.compare({ what: "start", finding, models });
  }

  stop() {
    this.halt.disabled = true;
    this.viewer.send.compare({ what: "stop", finding: this.viewer.findingName, models: [] });
  }

  /** @param {Answer} answer */
  onAnswer({ compared }) {
    if (!compared || compared.case !== this.viewer.content.case?.key) return;
    if (compared.offers.length) this.takeOffers(compared);
    else this.now = compared;
    if (compared.models) {
      this.results.set(compared.finding, compared.models);
      this.drawResults();
    }
    this.draw();
  }

  /** @param {Compared} compared */
  takeOffers({ finding, offers }) {
    if (finding !== this.viewer.findingName) return;
    this.offers = offers;
    this.now = null;
    this.choices.replaceChildren(...offers.map((offer) => this.makeChoice(offer)));
  }

  /**
   * @param {CompareOffer} offer
   * @returns {HTMLElement}
   */
  makeChoice({ key, label, chosen, refused }) {
    const on = { change: () => this.draw() };
    const box = make("input", { type: "checkbox", value: key, checked: chosen, disabled: refused !== "", on });
    const text = make("span", { text: refused ? `${label} (${refused})` : label });
    return make("label", { class: "switch" }, box, text);
  }

  /**
   * The models that are ticked.
   * @returns {CompareOffer[]}
   */
  get chosen() {
    /** @type {NodeListOf<HTMLInputElement>} */
    const boxes = this.choices.querySelectorAll("input:checked");
    const keys = [...boxes].map(({ value }) => value);
    return this.offers.filter(({ key }) => keys.includes(key));
  }

  draw() {
    const { underWay, now } = this;
    this.start.hidden = underWay;
    this.start.disabled = this.chosen.length === 0;
    this.halt.hidden = this.bar.hidden = !underWay;
    if (!underWay) this.halt.disabled = false;
    this.choices.hidden = this.price.hidden = underWay;
    this.price.textContent = this.priceText();
    this.bar.value = now?.share ?? 0;
    this.words.textContent = this.saying();
  }

  /** @returns {string} */
  priceText() {
    const passes = this.chosen.reduce((sum, offer) => sum + offer.passes, 0);
    if (!passes) return "";
    const known = this.chosen.every(({ seconds }) => seconds > 0);
    const seconds = this.chosen.reduce((sum, offer) => sum + offer.seconds, 0);
    const time = known ? `, about ${durationText(seconds)} on this machine (an estimate)` : "";
    return `At most ${passes.toLocaleString("en")} passes through the networks${time}`;
  }

  /** @returns {string} */
  saying() {
    const { now, viewer } = this;
    if (!now) return "";
    const other = now.finding === viewer.findingName ? "" : `${now.finding}: `;
    if (now.state === "stopped") return `${other}Stopped; what had come stays.`;
    return now.state === "done" ? "" : `${other}${now.words}`;
  }

  drawResults() {
    const { viewer } = this;
    const palette = viewer.paletteOf("diverging");
    const models = this.results.get(viewer.findingName) ?? [];
    const open = new Set([...this.place.querySelectorAll("details[open]")].map((one) => one.closest("section")));
    const keys = [...open].map((section) => section?.dataset.model);
    this.place.replaceChildren(...models.map((model) => modelResults(model, palette, viewer.plain.grey)));
    for (const section of this.place.querySelectorAll("section")) {
      if (keys.includes(section.dataset.model)) section.querySelector("details")?.setAttribute("open", "");
    }
  }
}
