// The table of means: findings down, methods across, a threshold slider a row. Built once; then only texts change.
import { known, make, makeSvg } from "../dom.js";
import { STEPS } from "./packed.js";
import { findingsOfMean } from "./comparable.js";
import { meanDice } from "./dice.js";
import { OWN } from "./methods.js";
import { marker } from "./shapes.js";
import { Sideways } from "./sideways.js";
import { bestFloor, skillOf, skillValue } from "./skill.js";
import { interval, number, signedNumber, thresholdText } from "./words.js";

/**
 * @import { BoardMethod, Marking, MethodKind, PublishedOf } from "../types.d.ts"
 * @import { Board } from "./board.js"
 */

/** @type {Record<MethodKind, string>} */
const KINDS = {
  cached: "",
  own: "your maps",
  human: "",
  floor: "",
  ceiling: "geometry ceiling",
  comparator: "not ranked",
};
const SKILL =
  "Skill of the best method: (score − best floor) / (ceiling − best floor). 0 is as good as not looking, 1 as a " +
  "perfect map";
const GROUP = "Upper comparator";
const WHY =
  "What a network that was shown masks in training can do. It is in no rank, no paired difference and no test of the " +
  "others, which were shown labels of whole images alone. Dice follows from the IoU, at the same threshold; HD95 " +
  "needs the outlines, which are not on this page: `python -m evaluation benchmark` writes it into summary.md";
const DICE = "At this table's threshold; the model's card takes pixels of probability 1/2 and more";
const TUNED = { halving: "tuned", grid: "tuned", otsu: "Otsu", cutoffs: "Otsu" };

/**
 * What is chosen in the table.
 * @typedef {object} TableListeners
 * @property {(row: number) => void} row
 * @property {(m: number, row: number) => void} cases behind a number
 * @property {(f: number, step: number) => void} slide a finding's threshold
 * @property {(name: string) => void} forget one of the visitor's own methods
 */

/** @typedef {ReturnType<ScoreTable["cellOf"]>} Cell */

export class ScoreTable {
  /** @type {Board | null} */
  shown = null;
  /** @type {PublishedOf | null} */
  published = null;
  /** @type {ReturnType<ScoreTable["rowOf"]>[]} */
  rows = [];
  floors = false; // whether there are any
  head = make("thead");
  body = make("tbody");
  table = make(
    "table",
    { class: "scores" },
    make("caption", { class: "sr-only", text: "Means by finding and method with 95 % intervals" }),
    this.head,
    this.body,
  );
  sideways = new Sideways("Table of means", this.table);
  element = this.sideways.element;

  /** @param {TableListeners} on */
  constructor(on) {
    this.on = on;
  }

  /**
   * What is shown; only to be asked for once there is something.
   * @returns {Board}
   */
  get board() {
    return known(this.shown);
  }

  /**
   * @param {Board} board
   * @param {number[]} methods those that have numbers
   * @param {PublishedOf | null} published
   */
  build(board, methods, published) {
    this.shown = board;
    this.published = published;
    const heads = methods.map((m) => this.headOf(m));
    this.floors = board.methods.some(({ kind }) => kind === "floor");
    this.head.replaceChildren(
      make(
        "tr",
        {},
        make("th", { scope: "col", text: "Finding" }),
        make("th", { scope: "col", class: "threshold", text: "Threshold" }),
        this.floors ? this.skillHead() : null,
        ...heads,
      ),
    );
    this.rows = [...board.findings, "Mean of findings"].map((name, row) => this.rowOf(name, row, methods));
    this.body.replaceChildren(...this.rows.map(({ element }) => element));
    this.sideways.show(methods.length + (this.floors ? 2 : 1));
    this.refresh(this.rows.keys());
  }

  /**
   * @param {number} m
   * @returns {HTMLTableCellElement}
   */
  headOf(m) {
    const method = this.board.methods[m];
    const frame = { viewBox: "-7 -7 14 14", class: "symbol" };
    const symbol = method.marks || method.kind === "human" ? makeSvg("svg", frame, marker(method.look, 0, 0, 4)) : null;
    const parts = method.kind === "floor" || method.kind === "comparator";
    const [name, model] = parts ? apart(method.label) : [method.label, ""];
    const remove = method.kind === "own" ? this.remover(method) : null;
    return make(
      "th",
      { scope: "col", class: method.kind },
      method.kind === "comparator" ? make("small", { class: "group", text: GROUP, title: WHY }) : null,
      make("span", { class: "title" }, symbol, make("span", { text: name }), remove),
      model ? make("small", { text: model }) : null,
      make("small", { text: method.note || KINDS[method.kind] }),
    );
  }

  /**
   * @param {BoardMethod} method one of the visitor's own
   * @returns {HTMLButtonElement}
   */
  remover({ key, label }) {
    const said = { "aria-label": `Remove ${label}`, title: "Remove", text: "×" };
    return make("button", {
      type: "button",
      class: "remove",
      ...said,
      on: { click: () => this.on.forget(key.slice(OWN.length)) },
    });
  }

  /**
   * @param {string} name
   * @param {number} row
   * @param {number[]} methods
   */
  rowOf(name, row, methods) {
    const finding = row < this.board.findings.length;
    const button = make("button", {
      type: "button",
      class: "name",
      "aria-pressed": "false",
      text: name,
      on: { click: () => this.on.row(row) },
    });
    const cells = methods.map((m) => this.cellOf(m, row));
    const slider = finding ? this.sliderOf(name, row) : null;
    const skill = this.floors ? this.skillCell() : null;
    const element = make(
      "tr",
      { class: finding ? null : "mean" },
      make("th", { scope: "row" }, button),
      make("td", { class: "threshold" }, slider?.element ?? null),
      skill?.element ?? null,
      ...cells.map((cell) => cell.element),
    );
    return { element, button, cells, slider, skill };
  }

  skillHead() {
    const title = make("span", { class: "title" }, make("span", { text: "Skill" }));
    return make(
      "th",
      { scope: "col", class: "skill", title: SKILL },
      title,
      make("small", { text: "of the best method" }),
    );
  }

  /** What the best method of a row shows beyond the best floor. */
  skillCell() {
    const value = make("span", { class: "worth" });
    const between = make("span", { class: "interval" });
    const against = make("span", { class: "more" });
    const element = make("td", { class: "skill", title: SKILL }, make("div", {}, value, between, against));
    return { element, value, between, against };
  }

  /**
   * @param {string} name
   * @param {number} f
   */
  sliderOf(name, f) {
    const control = make("input", {
      type: "range",
      min: 0,
      max: STEPS - 1,
      step: 1,
      "aria-label": `Threshold of ${name}`,
    });
    const shown = make("span", { class: "number" });
    control.addEventListener("input", () => this.on.slide(f, Number(control.value)));
    return { element: make("div", { class: "slider" }, control, shown), control, shown };
  }

  /**
   * @param {number} m
   * @param {number} row
   */
  cellOf(m, row) {
    const value = make("span", { class: "value" });
    const rank = make("span", { class: "rank" });
    const between = make("span", { class: "interval" });
    const more = make("span", { class: "more" });
    const dice = make("span", { class: "more dice" });
    const skill = make("span", { class: "more skill" });
    const paper = make("span", { class: "published" });
    const button = make(
      "button",
      { type: "button", class: "cell", on: { click: () => this.on.cases(m, row) } },
      make("span", { class: "line" }, value, rank),
      between,
      more,
      dice,
      skill,
      paper,
    );
    const element = make("td", { class: this.board.methods[m].kind }, button);
    return { element, m, button, value, rank, between, more, dice, skill, paper };
  }

  /** @param {number} row */
  choose(row) {
    for (const [i, { element, button }] of this.rows.entries()) {
      element.classList.toggle("chosen", i === row);
      button.setAttribute("aria-pressed", String(i === row));
    }
  }

  /**
   * Say what some rows hold now.
   * @param {Iterable<number>} rows
   * @param {boolean} [moving] whether a threshold moves: then all that it does not change stays as it is, and intervals
   *   of the skill wait until it rests, see `settle`.
   */
  refresh(rows, moving = false) {
    for (const row of rows) {
      const ranks = this.board.ranks(row);
      const floor = this.floors ? bestFloor(this.board, row) : null;
      for (const cell of this.rows[row].cells) {
        if (!moving || this.board.methods[cell.m].marks) this.say(cell, row, ranks, floor);
      }
      if (this.floors) this.saySkill(row, ranks.best, moving);
      this.saySlider(row);
    }
  }

  /**
   * @param {Cell} cell
   * @param {number} row
   * @param {{ best: Set<number>, second: Set<number> }} ranks
   * @param {number | null} floor the best of the row
   */
  say(cell, row, { best, second }, floor) {
    const { board } = this;
    const method = board.methods[cell.m];
    const estimate = board.estimates[cell.m][row];
    cell.value.textContent = number(estimate.value);
    cell.between.textContent = interval(estimate);
    const threshold =
      row < board.findings.length && board.metric !== "hit"
        ? thresholdText(method, board.markings[row], board.metric, row)
        : "";
    cell.more.textContent = `n ${estimate.n}${threshold ? ` · t ${threshold}` : ""}${this.fewer(cell.m, row)}`;
    const overlap = method.kind === "comparator" && board.metric === "iou_tp";
    cell.dice.textContent = overlap ? `Dice ${number(meanDice(board, cell.m, row))}` : "";
    cell.dice.title = overlap ? DICE : "";
    const place = best.has(cell.m) ? "best" : second.has(cell.m) ? "second" : "";
    const isBest = cell.m === floor && (best.size > 0 || Number(estimate.value.toFixed(3)) > 0);
    cell.element.dataset.rank = isBest ? "floor" : place;
    cell.rank.textContent = isBest ? "best" : { best: "1st", second: "2nd", "": "" }[place];
    const skill = method.marks || method.kind === "human" ? skillValue(board, cell.m, row) : null;
    cell.skill.textContent = skill ? `skill ${signedNumber(skill.value)}` : "";
    const paper = this.published?.(method, row);
    cell.paper.textContent = paper === null || paper === undefined ? "" : `published ${paper.toFixed(3)}`;
    cell.button.title = `${method.label}: the cases behind ${number(estimate.value)}`;
  }

  /** Say what waited while a threshold moved. */
  settle() {
    if (!this.floors) return;
    for (const row of this.rows.keys()) this.saySkill(row, this.board.ranks(row).best, false);
  }

  /**
   * @param {number} row
   * @param {Set<number>} best the best methods of the row
   * @param {boolean} moving
   */
  saySkill(row, best, moving) {
    const { board } = this;
    const { skill: cell } = this.rows[row];
    const [m] = best;
    if (!cell) return;
    const value = m === undefined ? null : skillValue(board, m, row);
    cell.value.textContent = value ? signedNumber(value.value) : "–";
    cell.against.textContent = m === undefined ? "" : board.methods[m].label;
    if (moving) {
      cell.element.dataset.sign = "";
      cell.between.textContent = "…";
      return;
    }
    const skill = m === undefined ? null : skillOf(board, m, row);
    cell.element.dataset.sign = skill ? (skill.low > 0 ? "above" : skill.value < 0 ? "below" : "") : "";
    const none = m === undefined ? "no scores" : "no room above the floor";
    cell.between.textContent = skill ? interval(skill, signedNumber) : none;
    cell.between.classList.toggle("words", !skill);
  }

  /**
   * What a mean says that is over fewer findings than others.
   * @param {number} m
   * @param {number} row
   * @returns {string}
   */
  fewer(m, row) {
    if (row < this.board.findings.length) return "";
    const { own, all } = findingsOfMean(this.board, m);
    return own > 0 && own < all ? ` · ${own} of ${all} findings` : "";
  }

  /** @param {number} row */
  saySlider(row) {
    const { slider } = this.rows[row];
    if (!slider) return;
    const marking = this.board.markings[row];
    const fixed = marking.kind === "fixed";
    slider.element.classList.toggle("idle", !fixed);
    const step = fixed ? marking.step : Math.round(STEPS * meanThreshold(this.board, marking, row));
    slider.control.value = String(step);
    slider.shown.textContent = fixed ? (marking.step / STEPS).toFixed(3) : TUNED[marking.kind];
    slider.control.setAttribute("aria-valuetext", slider.shown.textContent);
  }
}

/**
 * The name of a floor, and the model in brackets behind it, which is too long a word for a head in bold.
 * @param {string} label
 * @returns {string[]}
 */
function apart(label) {
  const [, name, model] = /^(.+) \((.+)\)$/.exec(label) ?? [];
  return name ? [name, model] : [label, ""];
}

/**
 * Where a slider rests while thresholds differ by method.
 * @param {Board} board
 * @param {Marking} marking
 * @param {number} f
 * @returns {number}
 */
function meanThreshold(board, marking, f) {
  const all = board.methods
    .filter((method) => method.marks)
    .map((method) => method.threshold(marking, board.metric, f))
    .filter((value) => !Number.isNaN(value));
  return all.length ? all.reduce((a, b) => a + b, 0) / all.length : 0.5;
}
