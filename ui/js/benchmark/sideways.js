// A table that is wider than its place: where more of it lies is seen and said, and no column is cut in two.
import { make } from "../dom.js";
import { oncePerFrame } from "../frames.js";

const LEAST = 114; // pixels: the narrowest column that holds an interval
const SLACK = 2; // pixels by which an end may be missed

export class Sideways {
  said = make("span", { role: "status" });
  back = arrow("‹", "Columns to the left", () => this.turn(-1));
  on = arrow("›", "Columns to the right", () => this.turn(1));
  bar = make("div", { class: "more-columns", hidden: true }, this.said, this.back, this.on);
  columns = 0; // besides the first
  fit = 0; // that fit beside it
  width = LEAST;
  measureSoon = oncePerFrame(() => this.measure());

  /**
   * @param {string} label
   * @param {HTMLTableElement} table whose first column stays, and whose others are alike; its style says how wide both
   *   are (--first, --column).
   */
  constructor(label, table) {
    this.table = table;
    this.region = make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, table);
    this.region.addEventListener("scroll", () => this.say(), { passive: true });
    this.frame = make("div", { class: "frame" }, this.region);
    this.element = make("div", { class: "sideways" }, this.bar, this.frame);
    new ResizeObserver(() => this.measureSoon()).observe(this.region);
  }

  /** @param {number} columns besides the first */
  show(columns) {
    this.columns = columns;
    this.measure();
  }

  /** Share the room among as many whole columns as fit. */
  measure() {
    const first = Number.parseFloat(getComputedStyle(this.table).getPropertyValue("--first"));
    const room = this.region.clientWidth - first;
    if (!this.columns || !(room > 0)) return;
    this.fit = Math.min(this.columns, Math.max(1, Math.floor(room / LEAST)));
    const from = Math.round(this.region.scrollLeft / this.width);
    this.width = room / this.fit;
    this.table.style.setProperty("--column", `${this.width}px`);
    this.table.style.setProperty("--columns", String(this.columns));
    // To the column that was first; also at the same width, for a scroll that this breaks off ends between two.
    this.region.scrollTo({ left: from * this.width, behavior: "instant" });
    this.say();
  }

  /** Say where more lies. */
  say() {
    const { scrollLeft, scrollWidth, clientWidth } = this.region;
    const left = scrollLeft > SLACK;
    const right = scrollLeft + clientWidth < scrollWidth - SLACK;
    this.frame.classList.toggle("more-left", left);
    this.frame.classList.toggle("more-right", right);
    this.bar.hidden = !left && !right;
    this.back.disabled = !left;
    this.on.disabled = !right;
    const from = Math.round(scrollLeft / this.width) + 1;
    this.said.textContent = `Columns ${from} to ${Math.min(this.columns, from + this.fit - 1)} of ${this.columns}`;
  }

  /** @param {number} way -1 to the left, 1 to the right */
  turn(way) {
    this.region.scrollBy({ left: way * this.fit * this.width });
  }
}

/**
 * @param {string} text
 * @param {string} label
 * @param {() => void} click
 */
function arrow(text, label, click) {
  return make("button", { type: "button", class: "plain", text, "aria-label": label, title: label, on: { click } });
}
