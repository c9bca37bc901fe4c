// The table of means: findings down, methods across, a threshold slider a row. Built once; then only texts change.
import { make } from "../dom.js";
import { STEPS } from "./packed.js";
import { marker } from "./shapes.js";
import { interval, number, thresholdText } from "./words.js";

export class ScoreTable {
  /** @param on {row(row), cases(m, row), slide(f, step), forget(name)}. */
  constructor(on) {
    this.on = on;
    this.head = make("thead");
    this.body = make("tbody");
    this.table = make(
      "table",
      { class: "scores" },
      make("caption", { class: "sr-only", text: "Means by finding and method with 95 % intervals" }),
      this.head,
      this.body,
    );
    this.element = make(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of means" },
      this.table,
    );
  }

  build(board, shown, published) {
    Object.assign(this, { board, shown, published });
    const heads = shown.map((m) => this.headOf(m));
    this.table.style.setProperty("--columns", shown.length);
    this.head.replaceChildren(
      make(
        "tr",
        {},
        make("th", { scope: "col", text: "Finding" }),
        make("th", { scope: "col", class: "threshold", text: "Threshold" }),
        ...heads,
      ),
    );
    this.rows = [...board.findings, "Mean of findings"].map((name, row) => this.rowOf(name, row));
    this.body.replaceChildren(...this.rows.map(({ element }) => element));
    this.refresh(this.rows.keys());
  }

  headOf(m) {
    const method = this.board.methods[m];
    const symbol = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    symbol.setAttribute("viewBox", "-7 -7 14 14");
    symbol.setAttribute("class", "symbol");
    symbol.append(marker(method.look, 0, 0, 4));
    const remove =
      method.kind !== "own"
        ? null
        : make("button", {
            type: "button",
            class: "remove",
            "aria-label": `Remove ${method.label}`,
            title: "Remove",
            text: "×",
            on: { click: () => this.on.forget(method.label) },
          });
    const kind = { own: "your maps", human: "radiologists", ceiling: "geometry ceiling" }[method.kind] ?? "";
    return make(
      "th",
      { scope: "col", class: method.kind },
      make(
        "span",
        { class: "title" },
        method.marks || method.kind === "human" ? symbol : null,
        make("span", { text: method.label }),
        remove,
      ),
      make("small", { text: kind }),
    );
  }

  rowOf(name, row) {
    const finding = row < this.board.findings.length;
    const button = make("button", {
      type: "button",
      class: "name",
      "aria-pressed": "false",
      text: name,
      on: { click: () => this.on.row(row) },
    });
    const cells = this.shown.map((m) => this.cellOf(m, row));
    const slider = finding ? this.sliderOf(name, row) : null;
    const element = make(
      "tr",
      { class: finding ? null : "mean" },
      make("th", { scope: "row" }, button),
      make("td", { class: "threshold" }, slider?.element ?? null),
      ...cells.map((cell) => cell.element),
    );
    return { element, button, cells, slider };
  }

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

  cellOf(m, row) {
    const value = make("span", { class: "value" });
    const rank = make("span", { class: "rank" });
    const between = make("span", { class: "interval" });
    const more = make("span", { class: "more" });
    const paper = make("span", { class: "published" });
    const button = make(
      "button",
      { type: "button", class: "cell", on: { click: () => this.on.cases(m, row) } },
      make("span", { class: "line" }, value, rank),
      between,
      more,
      paper,
    );
    return {
      element: make("td", { class: this.board.methods[m].kind }, button),
      m,
      button,
      value,
      rank,
      between,
      more,
      paper,
    };
  }

  choose(row) {
    for (const [i, { element, button }] of this.rows.entries()) {
      element.classList.toggle("chosen", i === row);
      button.setAttribute("aria-pressed", String(i === row));
    }
  }

  /** Say what some rows hold now. */
  refresh(rows) {
    for (const row of rows) {
      const ranks = this.board.ranks(row);
      for (const cell of this.rows[row].cells) this.say(cell, row, ranks);
      this.saySlider(row);
    }
  }

  say(cell, row, { best, second }) {
    const { board } = this;
    const method = board.methods[cell.m];
    const estimate = board.estimates[cell.m][row];
    cell.value.textContent = number(estimate.value);
    cell.between.textContent = interval(estimate);
    const threshold =
      row < board.findings.length && board.metric !== "hit"
        ? thresholdText(method, board.markings[row], board.metric, row)
        : "";
    cell.more.textContent = `n ${estimate.n}${threshold ? ` · t ${threshold}` : ""}`;
    const place = best.has(cell.m) ? "best" : second.has(cell.m) ? "second" : "";
    cell.element.dataset.rank = place;
    cell.rank.textContent = { best: "1st", second: "2nd" }[place] ?? "";
    const paper = this.published?.(method, row);
    cell.paper.textContent = paper === null || paper === undefined ? "" : `published ${paper.toFixed(3)}`;
    cell.button.title = `${method.label}: the cases behind ${number(estimate.value)}`;
  }

  saySlider(row) {
    const { slider } = this.rows[row];
    if (!slider) return;
    const marking = this.board.markings[row];
    const fixed = marking.kind === "fixed";
    slider.element.classList.toggle("idle", !fixed);
    if (fixed) slider.control.value = marking.step;
    else slider.control.value = Math.round(STEPS * meanThreshold(this.board, marking, row));
    slider.shown.textContent = fixed
      ? (marking.step / STEPS).toFixed(3)
      : { halving: "tuned", grid: "tuned", otsu: "Otsu", cutoffs: "Otsu" }[marking.kind];
    slider.control.setAttribute("aria-valuetext", slider.shown.textContent);
  }
}

/** Where a slider rests while thresholds differ by method. */
function meanThreshold(board, marking, f) {
  const all = board.methods
    .filter((method) => method.marks)
    .map((method) => method.threshold(marking, board.metric, f))
    .filter((value) => !Number.isNaN(value));
  return all.length ? all.reduce((a, b) => a + b, 0) / all.length : 0.5;
}
