// Several readers of one radiograph: a layer for each, with its shapes as they were drawn, and what is scored against.
import { isList, isObject, make, makeSelect, makeSvg } from "./dom.js";
import { SIZE } from "./view.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { MarkedShape, Reader } from "./messages.d.ts"
 * @import { Pane } from "./pane.js"
 */

const AT_FIRST = 6; // layers that are on when a case is opened
export const LOOKS = 6; // colours and dashes: see readers.css
const TALL = 14; // screen pixels that a reader's number takes
/** @type {Record<MarkedShape["form"], [string, string]>} */
const FORMS = {
  box: ["box", "boxes"],
  ellipse: ["ellipse", "ellipses"],
  disc: ["disc", "discs"],
  polygon: ["outline", "outlines"],
  mask: ["mask", "masks"],
};

/**
 * What a reader marked of a finding, in words: "2 boxes, 1 ellipse"; "nothing".
 * @param {Reader} reader
 * @param {string} finding
 * @returns {string}
 */
export function countWords({ marks }, finding) {
  /** @type {Map<MarkedShape["form"], number>} */
  const counts = new Map();
  for (const { form } of marks[finding] ?? []) counts.set(form, (counts.get(form) ?? 0) + 1);
  return [...counts].map(([form, n]) => `${n} ${FORMS[form][n === 1 ? 0 : 1]}`).join(", ") || "nothing";
}

/**
 * The dataset's own words for what a reader marked, and how sure the reader was, where it says so.
 * @param {Reader} reader
 * @param {string} finding
 * @returns {string}
 */
function labelWords({ marks }, finding) {
  const said = (marks[finding] ?? []).map(({ label, relation, certainty }) =>
    [
      label && `“${label}”`,
      label && relation === "narrower" ? "a part of the finding" : "",
      label && relation === "near" ? "near to the finding" : "",
      certainty === null ? "" : `certainty ${certainty}`,
    ]
      .filter(Boolean)
      .join(", "),
  );
  return [...new Set(said.filter(Boolean))].join("; ");
}

/** @param {number} i */
const lookOf = (i) => `look-${i % LOOKS}`;

/** @param {number} i */
const swatch = (i) =>
  makeSvg(
    "svg",
    { class: `reader-line ${lookOf(i)}`, viewBox: "0 0 26 8", "aria-hidden": "true" },
    makeSvg("path", { class: "line", d: "M0 4H26" }),
  );

export class Readers {
  key = "readers";
  /** @type {Set<number>} */
  hidden = new Set(); // places of readers whose layer is off
  /** @type {WeakMap<Pane, SVGElement>} */
  drawings = new WeakMap();
  chips = make("span", { class: "reader-chips" });
  against = make("span", { class: "against" });
  keys = make("div", { class: "reader-keys" });
  element = make(
    "div",
    { class: "readers", role: "group", "aria-label": "Readers", hidden: true },
    make("span", { class: "soft", text: "Readers" }),
    this.chips,
    this.against,
  );

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    viewer.controls.element.append(this.element);
    viewer.legend.outline.before(this.keys);
    addEventListener("resize", () => this.onView());
  }

  /** @returns {Reader[]} */
  get readers() {
    return this.viewer.content.case?.readers ?? [];
  }

  /**
   * Whether the layers on show say what is scored against, so that it needs no line of its own.
   * @param {string} truth
   * @returns {boolean}
   */
  tells(truth) {
    if (truth === "union") return this.hidden.size === 0;
    return truth !== "majority" && !this.hidden.has(Number(truth));
  }

  onCase() {
    this.hidden = new Set([...this.readers.keys()].filter((i) => i >= AT_FIRST));
    this.element.hidden = !this.readers.length;
    const { truth } = this.viewer;
    const choice = makeSelect("Scored against", truth.choices, (value) => this.viewer.controls.set("truth", value));
    choice.control.value = truth.key;
    this.against.replaceChildren(choice);
  }

  /** @param {Pane} pane */
  onPane(pane) {
    this.drawings.set(pane, pane.addDrawing("marks"));
    if (this.viewer.content.case && this.viewer.finding !== null) this.show(pane);
  }

  onFinding() {
    const { viewer, readers } = this;
    const choice = this.against.querySelector("select");
    if (choice) choice.value = viewer.truth.key;
    const focused = [...this.chips.children].indexOf(document.activeElement ?? this.chips);
    this.chips.replaceChildren(...readers.map((reader, i) => this.makeChip(reader, i)));
    const again = this.chips.children[focused];
    if (again instanceof HTMLElement) again.focus();
    this.keys.replaceChildren(...readers.flatMap((reader, i) => (this.hidden.has(i) ? [] : [this.makeKey(reader, i)])));
    for (const pane of viewer.allPanes) this.show(pane);
  }

  /**
   * The switch of one reader's layer.
   * @param {Reader} reader
   * @param {number} i
   * @returns {HTMLButtonElement}
   */
  makeChip(reader, i) {
    const { findingName } = this.viewer;
    const count = countWords(reader, findingName);
    const title = [`${reader.name}: ${count} for ${findingName}`, labelWords(reader, findingName)];
    return make(
      "button",
      {
        type: "button",
        class: `chip ${lookOf(i)}`,
        "aria-pressed": String(!this.hidden.has(i)),
        title: title.filter(Boolean).join("; "),
        on: { click: () => this.toggle(i) },
      },
      swatch(i),
      make("b", { text: String(i + 1) }),
      make("span", { text: reader.name }),
      make("span", { class: "what", text: count }),
    );
  }

  /**
   * What a reader's line means, below the plain radiograph.
   * @param {Reader} reader
   * @param {number} i
   * @returns {HTMLElement}
   */
  makeKey(reader, i) {
    const { findingName } = this.viewer;
    const words = [countWords(reader, findingName), labelWords(reader, findingName)].filter(Boolean).join(", ");
    return make("p", { class: "key" }, swatch(i), make("span", { text: `${i + 1} ${reader.name}: ${words}` }));
  }

  /** @param {number} i */
  toggle(i) {
    if (!this.hidden.delete(i)) this.hidden.add(i);
    this.follow();
  }

  /** Everything that depends on the layers on show. */
  follow() {
    const { viewer } = this;
    if (!viewer.content.case || viewer.finding === null) return;
    viewer.pick(viewer.finding);
    viewer.redraw();
  }

  /**
   * The shapes of all readers on show, in one pane.
   * @param {Pane} pane
   */
  show(pane) {
    const { findingName } = this.viewer;
    const shown = this.readers.flatMap(({ marks }, i) =>
      this.hidden.has(i) ? [] : [{ i, shapes: marks[findingName] }],
    );
    const layers = shown.map(({ i, shapes = [] }) => makeLayer(shapes, i));
    const tags = shown.flatMap(({ i, shapes = [] }) => shapes.map((shape) => makeTag(shape, i))); // above all lines
    this.drawings.get(pane)?.replaceChildren(...layers, ...tags);
    this.placeTags(pane);
  }

  /**
   * Numbers keep their size however far the view is zoomed, and none covers another or leaves the view.
   * @param {Pane} pane
   */
  placeTags(pane) {
    const tags = this.drawings.get(pane)?.querySelectorAll("text") ?? [];
    if (!tags.length) return; // asking for a width makes the browser lay the page out
    const { view } = this.viewer;
    const unit = view.size / (pane.stage.clientWidth || SIZE);
    /** @type {Tag[]} */
    const taken = [];
    for (const tag of tags) {
      const [x, y] = [tag.dataset.x, tag.dataset.y].map(Number);
      const width = (8 * (tag.textContent?.length ?? 1) + 5) * unit;
      const top = y - view.y < TALL * unit ? Math.max(y, view.y) + 12 * unit : y - 3 * unit; // or inside
      const from = view.x + 2 * unit;
      const place = freePlace({
        left: Math.max(x, view.x) + 2 * unit,
        top: Math.min(top, view.y + view.size - 3 * unit),
        width,
        height: TALL * unit,
        taken,
        limits: [from, view.x + view.size - width],
      });
      taken.push(place);
      const { left, top: down } = place;
      tag.setAttribute("transform", `translate(${left.toFixed(2)} ${down.toFixed(2)}) scale(${unit.toFixed(3)})`);
    }
  }

  onView() {
    for (const pane of this.viewer.allPanes) this.placeTags(pane);
  }

  onLayout() {
    this.onView();
  }

  onState() {
    return this.hidden.size ? { hidden: [...this.hidden].sort((a, b) => a - b) } : null;
  }

  /** @param {unknown} state as `onState` gives it */
  restore(state) {
    if (!isObject(state) || !isList(state.hidden)) return;
    this.hidden = new Set(state.hidden.map(Number).filter((i) => Number.isInteger(i) && i < this.readers.length));
    this.follow();
  }
}

/**
 * One reader's shapes of a finding.
 * @param {MarkedShape[]} shapes
 * @param {number} i
 * @returns {SVGElement}
 */
function makeLayer(shapes, i) {
  return makeSvg(
    "g",
    { class: lookOf(i) },
    ...shapes.flatMap(({ form, path }) => [
      makeSvg("path", { class: "casing", d: path }),
      makeSvg("path", { class: "line", d: path, "data-form": form }),
    ]),
  );
}

/**
 * The reader's number at a shape.
 * @param {MarkedShape} shape
 * @param {number} i
 * @returns {SVGElement}
 */
const makeTag = ({ at: [x, y] }, i) => makeSvg("text", { class: lookOf(i), "data-x": x, "data-y": y }, String(i + 1));

/** @typedef {{ left: number, top: number, width: number }} Tag */

/**
 * The place nearest to where a number should stand that no other takes: to the right, to the left, or else below.
 * @param {Tag & { height: number, taken: Tag[], limits: [number, number] }} wanted
 * @returns {Tag}
 */
export function freePlace({ left, top, width, height, taken, limits: [least, most] }) {
  const start = Math.min(Math.max(left, least), Math.max(least, most));
  const steps = [...Array(4 * taken.length + 1).keys()].map((step) => (step * width) / 4);
  const places = [...steps.map((step) => start + step), ...steps.map((step) => start - step)].filter(
    (at) => at === start || (at >= least && at <= most),
  );
  for (let row = 0; row <= taken.length; row++) {
    const down = top + row * height;
    const beside = taken.filter((one) => Math.abs(one.top - down) < height);
    const free = places.find((at) => !beside.some((one) => at < one.left + one.width && one.left < at + width));
    if (free !== undefined) return { left: free, top: down, width };
  }
  return { left: start, top, width };
}
