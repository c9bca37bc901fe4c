// The panel of a reader's own annotations: which there are, how they fit each other, and how each method fits them.
import { make, makeSelect } from "../dom.js";
import { SIZE } from "../view.js";
import { agreement, hausdorff } from "./distance.js";

const WORDS =
  "Draw with D, or load COCO, LabelMe or CheXlocalize JSON, a PNG mask or a ZIP of these. Scores are counted on the 512×512 view, as for the radiologist. " +
  "Drawings stay in this page; only Load and Export send them to the server that runs it.";
const number = (value, digits = 3) =>
  value === null || value === undefined || Number.isNaN(value) ? "–" : value.toFixed(digits);

export class DrawingPanel {
  /** @param actions {create, copy, load(file), exportCoco, save, open(file), choose(a), rename(a, name), assign(a, finding), remove(a)} */
  constructor(findings, actions) {
    Object.assign(this, { findings, actions });
    this.list = make("ul", { class: "own-list" });
    this.pairs = make("tbody");
    this.methodsHead = make("tr");
    this.methods = make("tbody");
    this.message = make("p", { class: "own-note", role: "status" });
    this.tables = make("div", { class: "own-tables" }, this.makePairs(), this.makeMethods());
    this.element = make(
      "section",
      { class: "panel drawing", "aria-label": "Your own annotation" },
      make("div", { class: "panel-head" }, make("h2", { text: "Your own annotation" }), make("p", { text: WORDS })),
      this.makeButtons(),
      this.message,
      this.list,
      this.tables,
    );
  }

  makeButtons() {
    const { actions } = this;
    const button = (text, title, run) =>
      make("button", { type: "button", class: "plain", text, title, on: { click: run } });
    const file = (text, title, accept, run) => {
      const input = make("input", {
        type: "file",
        accept,
        class: "sr-only",
        "aria-label": text,
        on: {
          change: () => {
            if (input.files.length) run(input.files[0]);
            input.value = "";
          },
        },
      });
      return make("label", { class: "plain file", title }, input, make("span", { text }));
    };
    this.copyButton = button(
      "Copy the radiologist's",
      "Start from the radiologist's mask of the chosen finding",
      actions.copy,
    );
    this.exportButton = button(
      "Export COCO",
      "A COCO file of all annotations of this case, in pixels of the original",
      actions.exportCoco,
    );
    return make(
      "div",
      { class: "own-buttons" },
      button("New", "One more annotation of the chosen finding", actions.create),
      this.copyButton,
      file(
        "Load annotation…",
        "COCO, LabelMe or CheXlocalize JSON, PNG mask, ZIP; or drop it here",
        ".json,.png,.zip",
        actions.load,
      ),
      this.exportButton,
      make("span", { class: "gap" }),
      button("Save session", "One file with case, finding, settings, drawings and patches switched off", actions.save),
      file("Open session…", "A file that was saved here", ".json", actions.open),
    );
  }

  makePairs() {
    const head = ["Two annotations", "IoU", "Dice", "Hausdorff distance"].map((text) =>
      make("th", { scope: "col", text }),
    );
    this.pairsNote = make("p", { class: "note" });
    return make(
      "div",
      {},
      make("h3", { text: "How they fit each other" }),
      make("table", { class: "own-table" }, make("thead", {}, make("tr", {}, ...head)), this.pairs),
      this.pairsNote,
    );
  }

  makeMethods() {
    return make(
      "div",
      {},
      make("h3", { text: "How each method fits them: IoU (Dice)" }),
      make("table", { class: "own-table" }, make("thead", {}, this.methodsHead), this.methods),
    );
  }

  say(text) {
    this.message.textContent = text;
  }

  /** @param rows [{annotation, colour, active}] of the case; @param hasMask whether there is a radiologist's mask */
  showList(rows, hasMask) {
    this.copyButton.disabled = !hasMask;
    this.exportButton.disabled = !rows.some(({ annotation }) => !annotation.empty);
    if (this.list.contains(document.activeElement) && document.activeElement.type === "text") return; // a name is being typed
    this.list.replaceChildren(...rows.map((row) => this.makeRow(row)));
  }

  makeRow({ annotation, colour, active, area }) {
    const { actions, findings } = this;
    const choose = make("input", {
      type: "radio",
      name: "own-annotation",
      "aria-label": `Draw on ${annotation.name}, ${annotation.finding}`,
      on: { change: () => actions.choose(annotation) },
    });
    choose.checked = active;
    const swatch = make("i", { class: "swatch" });
    swatch.style.background = colour;
    const name = make("input", {
      type: "text",
      maxlength: 100,
      "aria-label": "Name",
      on: { change: () => actions.rename(annotation, name.value) },
    });
    name.value = annotation.name;
    const finding = makeSelect(
      "Finding",
      findings.map((text) => [text, text]),
      (value) => actions.assign(annotation, value),
    );
    finding.control.value = annotation.finding;
    finding.firstChild.className = "sr-only";
    return make(
      "li",
      { class: active ? "chosen" : "" },
      choose,
      swatch,
      name,
      finding,
      make("span", { class: "area", text: area ? `${area.toLocaleString("en")} px` : "empty" }),
      make("button", {
        type: "button",
        class: "plain",
        text: "Delete",
        "aria-label": `Delete ${annotation.name}`,
        on: { click: () => actions.remove(annotation) },
      }),
    );
  }

  /**
   * @param regions [{label, mask}] of the chosen finding, the radiologist's first where there is one
   * @param scale original pixels for each pixel of the view
   */
  showPairs(regions, scale) {
    this.tables.hidden = regions.length === 0;
    const pairs = regions.flatMap((first, i) => regions.slice(i + 1).map((second) => [first, second]));
    this.pairs.replaceChildren(
      ...pairs.map(([a, b]) => {
        const { iou, dice } = agreement(a.mask, b.mask);
        const apart = hausdorff(a.mask, b.mask, SIZE) * scale;
        return make(
          "tr",
          {},
          make("th", { scope: "row", text: `${a.label} and ${b.label}` }),
          ...[number(iou), number(dice), Number.isNaN(apart) ? "–" : `${apart.toFixed(1)} px`].map((text) =>
            make("td", { text }),
          ),
        );
      }),
    );
    this.pairs.parentElement.parentElement.hidden = pairs.length === 0;
    this.pairsNote.textContent = `Hausdorff distance in pixels of the original, exact on the 512×512 grid, whose pixels are ${scale.toFixed(2)} original ones wide.`;
  }

  /** @param columns labels; @param rows [{label, scores: [{iou, dice} or null]}] */
  showMethods(columns, rows) {
    const shown = JSON.stringify([columns, rows.map(({ label }) => label)]); // maps come in one by one
    if (this.shown !== shown) {
      this.shown = shown;
      this.methodsHead.replaceChildren(...["Method", ...columns].map((text) => make("th", { scope: "col", text })));
      this.methods.replaceChildren(
        ...rows.map(({ label }) =>
          make("tr", {}, make("th", { scope: "row", text: label }), ...columns.map(() => make("td"))),
        ),
      );
    }
    rows.forEach(({ scores }, i) =>
      scores.forEach((score, j) => {
        const text = `${number(score?.iou)} (${number(score?.dice)})`;
        const cell = this.methods.rows[i].cells[j + 1];
        if (cell.textContent !== text) cell.textContent = text;
      }),
    );
  }
}
