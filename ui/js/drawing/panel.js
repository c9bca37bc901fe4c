// The panel of a reader's own annotations: which there are, and how each method fits them.
import { make, makeSelect } from "../dom.js";

/**
 * @import { DrawingActions, Scores } from "../types.d.ts"
 * @import { Annotation } from "./annotation.js"
 */

const WORDS =
  "Draw with D, or load COCO, LabelMe or CheXlocalize JSON, a PNG mask, a ZIP of these, or fixations (CSV of REFLACX " +
  "or EGD-CXR). Scores are counted on the 512×512 view, as for the radiologist. Drawings stay in this page; only " +
  "Load and Export send them to the server that runs it.";
const WORDS_ALONE =
  "Draw with D. Scores are counted on the 512×512 view, as for the radiologist. Drawings stay in this page.";

/**
 * @param {number | null | undefined} value
 * @param {number} [digits]
 */
const number = (value, digits = 3) =>
  value === null || value === undefined || Number.isNaN(value) ? "–" : value.toFixed(digits);

/** @typedef {{ annotation: Annotation, colour: string, active: boolean, area: number }} ListRow */
/**
 * @param {string} text
 * @param {string} title
 * @param {() => void} run
 * @returns {HTMLButtonElement}
 */
function makeButton(text, title, run) {
  return make("button", { type: "button", class: "plain", text, title, on: { click: run } });
}

/**
 * @param {string} text
 * @param {string} title
 * @param {string} accept
 * @param {(file: File) => void} run
 * @returns {HTMLLabelElement}
 */
function makeFileButton(text, title, accept, run) {
  const change = () => {
    if (input.files?.length) run(input.files[0]);
    input.value = "";
  };
  const input = make("input", { type: "file", accept, class: "sr-only", "aria-label": text, on: { change } });
  return make("label", { class: "plain file", title }, input, make("span", { text }));
}

export class DrawingPanel {
  shown = ""; // what the table of methods is about
  list = make("ul", { class: "own-list" });
  methodsHead = make("tr");
  methods = make("tbody");
  message = make("p", { class: "own-note", role: "status" });
  tables = this.makeMethods();

  /**
   * @param {string[]} findings
   * @param {DrawingActions} actions
   * @param {boolean} [alone] whether nobody reads or writes files for the page but the page itself
   */
  constructor(findings, actions, alone = false) {
    this.alone = alone;
    this.findings = findings;
    this.actions = actions;
    this.copyButton = makeButton(
      "Copy the radiologist's",
      "Start from the radiologist's mask of the chosen finding",
      actions.copy,
    );
    this.exportButton = makeButton(
      "Export COCO",
      "A COCO file of all annotations of this case, in pixels of the original",
      actions.exportCoco,
    );
    this.element = make(
      "section",
      { class: "panel drawing", "aria-label": "Your own annotation" },
      make(
        "div",
        { class: "panel-head" },
        make("h2", { text: "Your own annotation" }),
        make("p", { text: alone ? WORDS_ALONE : WORDS }),
      ),
      this.makeButtons(),
      this.message,
      this.list,
      this.tables,
    );
  }

  /** @returns {HTMLDivElement} */
  makeButtons() {
    const { create, load, save, open } = this.actions;
    const masks = "COCO, LabelMe or CheXlocalize JSON, PNG mask, ZIP";
    const kinds = `${masks}, DICOM SEG, SR or GSPS, CSV of fixations; or drop it here`;
    const session = "One file with case, finding, settings, drawings and patches switched off";
    const files = [makeFileButton("Load annotation…", kinds, ".json,.png,.zip,.csv,.dcm", load), this.exportButton];
    return make(
      "div",
      { class: "own-buttons" },
      makeButton("New", "One more annotation of the chosen finding", create),
      this.copyButton,
      ...(this.alone ? [] : files),
      make("span", { class: "gap" }),
      makeButton("Save session", session, save),
      makeFileButton("Open session…", "A file that was saved here", ".json", open),
    );
  }

  /** @returns {HTMLDivElement} */
  makeMethods() {
    return make(
      "div",
      { class: "own-tables" },
      make("h3", { text: "How each method fits them: IoU (Dice)" }),
      make("table", { class: "own-table" }, make("thead", {}, this.methodsHead), this.methods),
    );
  }

  /** @param {string} text */
  say(text) {
    this.message.textContent = text;
  }

  /**
   * @param {ListRow[]} rows [{annotation, colour, active}] of the case
   * @param {boolean} hasMask whether there is a radiologist's mask
   * @param {boolean} compared whether anything is drawn that methods are compared with
   */
  showList(rows, hasMask, compared) {
    this.tables.hidden = !compared;
    this.copyButton.disabled = !hasMask;
    this.exportButton.disabled = !rows.some(({ annotation }) => !annotation.empty);
    const typing = document.activeElement;
    if (typing instanceof HTMLInputElement && typing.type === "text" && this.list.contains(typing)) return; // a name
    this.list.replaceChildren(...rows.map((row) => this.makeRow(row)));
  }

  /**
   * @param {ListRow} row
   * @returns {HTMLLIElement}
   */
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
    finding.querySelector("span")?.classList.add("sr-only");
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
   * @param {string[]} columns labels
   * @param {{ label: string, scores: (Scores | null)[] }[]} rows [{label, scores: [{iou, dice} or null]}]
   */
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
