// The cases behind a number, from worst to best.
import { known, make } from "../dom.js";
import { METRICS, number } from "./words.js";

/**
 * @import { BoardMethod } from "../types.d.ts"
 * @import { Board } from "./board.js"
 */

const FIRST = 40; // rows shown before somebody asks for all

/**
 * What is listed.
 * @typedef {object} Listed
 * @property {Board} board
 * @property {number} m
 * @property {number} row
 * @property {Set<string>} openable ids of the cases that Explore can open
 * @property {string[]} cases their ids
 */

export class CasesBehind {
  /** @type {Listed | null} */
  listed = null;
  most = FIRST; // rows shown
  title = make("h3");
  note = make("p", { class: "note" });
  head = make("thead");
  body = make("tbody");
  all = make("button", { type: "button", class: "plain", on: { click: () => this.showAll() } });

  constructor() {
    const close = make("button", {
      type: "button",
      class: "close",
      "aria-label": "Close the list of cases",
      text: "×",
      on: { click: () => this.close() },
    });
    this.element = make(
      "section",
      { class: "panel behind", "aria-label": "Cases behind a number", hidden: true, tabindex: -1 },
      make("div", { class: "heading" }, this.title, close),
      this.note,
      make(
        "div",
        { class: "scroll fading", tabindex: 0, role: "region", "aria-label": "Table of cases" },
        make("table", {}, this.head, this.body),
      ),
      this.all,
    );
  }

  /**
   * @param {Board} board
   * @param {number} m
   * @param {number} row
   * @param {Set<string>} openable
   * @param {string[]} cases
   */
  open(board, m, row, openable, cases) {
    this.listed = { board, m, row, openable, cases };
    this.most = FIRST;
    this.element.hidden = false;
    this.draw();
    this.element.focus({ preventScroll: true });
    this.element.scrollIntoView({
      block: "nearest",
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
    });
  }

  close() {
    this.element.hidden = true;
    this.listed = null;
  }

  /** @returns {boolean} */
  get shown() {
    return this.listed !== null && !this.element.hidden;
  }

  showAll() {
    this.most = Infinity;
    this.draw();
  }

  draw() {
    const { board, m, row } = known(this.listed);
    const method = board.methods[m];
    const found = board.behind(m, row);
    const mean = row >= board.findings.length;
    const kept = found.slice(0, this.most);
    this.title.textContent = `${method.label}: ${mean ? "all findings" : board.findings[row]}, from worst to best`;
    const { label } = METRICS[board.metric];
    const count = `${found.length} ${mean ? "cases × findings" : "cases"} with a value of ${label}.`;
    const none = board.metric === "iou_all" ? " 0 also stands for a region marked where nothing is drawn." : "";
    this.note.textContent = count + none;
    const heads = [
      ["Case", ""],
      ...(mean ? [["Finding", ""]] : []),
      [label, "number"],
      ["Hit", ""],
      ["Threshold", "number"],
      ["Mask", "number"],
      ["Probability", "number"],
      ["", ""],
    ];
    this.head.replaceChildren(
      make("tr", {}, ...heads.map(([text, kind]) => make("th", { scope: "col", text, class: kind }))),
    );
    this.body.replaceChildren(...kept.map((one) => this.rowOf(one, method, mean)));
    this.all.hidden = kept.length === found.length;
    this.all.textContent = `Show all ${found.length}`;
  }

  /**
   * @param {{ c: number, f: number, value: number }} behind
   * @param {BoardMethod} method
   * @param {boolean} mean
   * @returns {HTMLTableRowElement}
   */
  rowOf({ c, f, value }, method, mean) {
    const { board, cases } = known(this.listed);
    const detail = method.detail(f, c, board.markings[f], board.metric);
    const bar = make("i");
    bar.style.width = `${100 * value}%`;
    const hit = Number.isNaN(detail.hit) ? "–" : detail.hit ? "hit" : "miss";
    return make(
      "tr",
      {},
      make("th", { scope: "row", text: cases[c] }),
      mean ? make("td", { text: board.findings[f] }) : null,
      make(
        "td",
        { class: "number" },
        make("span", { class: "meter" }, bar),
        make("span", { text: number(value), class: "value" }),
      ),
      make("td", { text: detail.why || hit }),
      make("td", { class: "number", text: number(detail.threshold) }),
      make("td", { class: "number", text: Number.isNaN(detail.share) ? "–" : `${(100 * detail.share).toFixed(1)} %` }),
      make("td", { class: "number", text: number(detail.probability) }),
      make("td", {}, this.opener(c, f)),
    );
  }

  /**
   * @param {number} c
   * @param {number} f
   * @returns {HTMLSpanElement}
   */
  opener(c, f) {
    const { board, cases, openable } = known(this.listed);
    const id = cases[c];
    if (!openable.has(id)) {
      return make("span", {
        class: "closed",
        text: "not in the app",
        title: "Only this case's maps and masks are here, not its radiograph: start the app with --root to open it",
      });
    }
    const detail = { case: id, finding: board.findings[f] };
    return make("button", {
      type: "button",
      class: "plain",
      "aria-label": `Open ${id} in Explore`,
      text: "Open in Explore",
      on: { click: () => document.dispatchEvent(new CustomEvent("explorer:open", { detail })) },
    });
  }
}
