// The cases behind a number, from worst to best.
import { make } from "../dom.js";
import { METRICS, number } from "./words.js";

const FIRST = 40; // rows shown before somebody asks for all

export class CasesBehind {
  constructor() {
    this.title = make("h3");
    this.note = make("p", { class: "note" });
    this.head = make("thead");
    this.body = make("tbody");
    this.all = make("button", {
      type: "button",
      class: "plain",
      on: {
        click: () => {
          this.most = Infinity;
          this.draw();
        },
      },
    });
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
      make("div", { class: "scroll" }, make("table", {}, this.head, this.body)),
      this.all,
    );
  }

  open(board, m, row, openable, cases) {
    Object.assign(this, { board, m, row, openable, cases, most: FIRST });
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
    this.board = null;
  }

  get shown() {
    return this.board !== null && this.board !== undefined && !this.element.hidden;
  }

  draw() {
    const { board, m, row } = this;
    const method = board.methods[m];
    const found = board.behind(m, row);
    const mean = row >= board.findings.length;
    const kept = found.slice(0, this.most);
    this.title.textContent = `${method.label}: ${mean ? "all findings" : board.findings[row]}, from worst to best`;
    const count = `${found.length} ${mean ? "cases × findings" : "cases"} with a value of ${METRICS[board.metric].label}.`;
    const none = board.metric === "iou_all" ? " 0 also stands for a region marked where nothing is drawn." : "";
    this.note.textContent = count + none;
    const heads = [
      ["Case", ""],
      ...(mean ? [["Finding", ""]] : []),
      [METRICS[board.metric].label, "number"],
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

  rowOf({ c, f, value }, method, mean) {
    const { board } = this;
    const detail = method.detail(f, c, board.markings[f], board.metric);
    const bar = make("span", { class: "meter" }, make("i"));
    bar.firstChild.style.width = `${100 * value}%`;
    const hit = Number.isNaN(detail.hit) ? "–" : detail.hit ? "hit" : "miss";
    return make(
      "tr",
      {},
      make("th", { scope: "row", text: this.cases[c] }),
      mean ? make("td", { text: board.findings[f] }) : null,
      make("td", { class: "number" }, bar, make("span", { text: number(value), class: "value" })),
      make("td", { text: detail.why || hit }),
      make("td", { class: "number", text: number(detail.threshold) }),
      make("td", { class: "number", text: Number.isNaN(detail.share) ? "–" : `${(100 * detail.share).toFixed(1)} %` }),
      make("td", { class: "number", text: number(detail.probability) }),
      make("td", {}, this.opener(c, f)),
    );
  }

  opener(c, f) {
    const id = this.cases[c];
    if (!this.openable.has(id))
      return make("span", {
        class: "closed",
        text: "not in the app",
        title: "Only this case's maps and masks are here, not its radiograph: start the app with --root to open it",
      });
    const detail = { case: id, finding: this.board.findings[f] };
    return make("button", {
      type: "button",
      class: "plain",
      "aria-label": `Open ${id} in Explore`,
      text: "Open in Explore",
      on: { click: () => document.dispatchEvent(new CustomEvent("explorer:open", { detail })) },
    });
  }
}
