// Triage: many radiographs of a folder, sorted by calibrated probability, those without an answer apart.
import { probabilityText } from "../findings.js";
import { make, makeSelect } from "../dom.js";

const MOST = 100; // files in one go

export class Triage {
  /**
   * @param findings CheXpert's; @param accept for the file field; @param onFiles takes File objects; @param onOpen shows
   *   one of them in Explore.
   */
  constructor(findings, models, accept, { onFiles, onOpen }) {
    Object.assign(this, { findings, onFiles, onOpen });
    this.files = [];
    this.rows = [];
    this.input = make("input", {
      type: "file",
      accept,
      multiple: true,
      class: "sr-only",
      on: { change: () => this.take(this.input.files) },
    });
    this.folder = make("input", {
      type: "file",
      webkitdirectory: true,
      class: "sr-only",
      on: { change: () => this.take(this.folder.files) },
    });
    this.finding = makeSelect(
      "Finding",
      findings.map((name, i) => [String(i), name]),
      () => this.show(),
    );
    this.finding.control.value = String(findings.indexOf("Pleural Effusion"));
    this.model = makeSelect(
      "Model",
      models.map(({ key, label }) => [key, label]),
      () => this.show(),
    );
    this.tau = make("input", {
      type: "range",
      min: 0.5,
      max: 0.99,
      step: 0.01,
      value: 0.8,
      on: { input: () => this.show() },
    });
    this.tauText = make("span", { class: "number" });
    this.status = make("p", {
      class: "note",
      role: "status",
      text: "Nothing is open. Files stay in this visit's memory and are not kept.",
    });
    this.body = make("tbody");
    const head = ["", "Image", "Probability", "Answer", "Image quality", ""];
    this.element = make(
      "section",
      { class: "trust-card", "aria-label": "Triage" },
      make("h3", { text: "Triage: which images first?" }),
      make("p", {
        text: "Sorts a folder of radiographs by the calibrated probability of one finding. Where the model is not sure enough it abstains; those images come first, because somebody has to look.",
      }),
      make(
        "div",
        { class: "fields" },
        make("label", { class: "button" }, this.input, make("span", { text: "Choose images…" })),
        make("label", { class: "button" }, this.folder, make("span", { text: "Choose a folder…" })),
        this.finding,
        this.model,
        make(
          "label",
          { class: "field slider" },
          make("span", { text: "Answer only when at least" }),
          this.tau,
          this.tauText,
        ),
      ),
      this.status,
      make(
        "div",
        { class: "scroll", tabindex: "0", role: "group", "aria-label": "Sorted images" },
        make(
          "table",
          { class: "triage" },
          make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col", text })))),
          this.body,
        ),
      ),
    );
  }

  take(list) {
    const all = [...(list ?? [])];
    for (const input of [this.input, this.folder]) input.value = "";
    if (!all.length) return;
    this.files = all.slice(0, MOST);
    this.rows = [];
    this.left = all.length - this.files.length;
    this.onFiles(this.files);
  }

  say(text) {
    this.status.textContent = text;
  }

  /** @param triage {done, total, rows: [{index, name, thumbnail, error, opinions, flags}]} */
  update(triage) {
    this.rows = triage.rows;
    const more = this.left ? ` The first ${MOST} of ${MOST + this.left} were taken.` : "";
    this.say(`${triage.done} of ${triage.total} images read.${more}`);
    this.show();
  }

  show() {
    const tau = Number(this.tau.value);
    this.tauText.textContent = `${Math.round(100 * tau)} % sure`;
    const index = Number(this.finding.control.value);
    const judged = this.rows.map((row) => {
      const opinion = row.opinions?.[this.model.control.value];
      const p = (opinion?.calibrated ?? opinion?.raw)?.[index] ?? null; // null: not predicted
      return { ...row, p, abstains: p !== null && Math.max(p, 1 - p) < tau };
    });
    const group = (row) => (row.error ? 2 : row.abstains ? 0 : 1);
    judged.sort((a, b) => group(a) - group(b) || (b.p ?? 0) - (a.p ?? 0) || a.index - b.index);
    this.body.replaceChildren(...judged.map((row) => this.makeRow(row)));
  }

  makeRow({ index, name, thumbnail, error, p, abstains, flags }) {
    const open = make("button", {
      type: "button",
      class: "open",
      text: "Open",
      "aria-label": `Open ${name} in Explore`,
      on: { click: () => this.onOpen(this.files[index]) },
    });
    const answer = error ? "–" : p === null ? "not predicted" : abstains ? "abstains" : p >= 0.5 ? "present" : "absent";
    return make(
      "tr",
      { class: error ? "wrong" : abstains ? "abstains" : null },
      make("td", {}, thumbnail ? make("img", { src: thumbnail, alt: "", width: 44, height: 44 }) : null),
      make("th", { scope: "row", text: name }),
      make("td", { text: p === null ? "–" : probabilityText(p) }),
      make("td", {}, make("span", { class: `answer ${abstains ? "abstains" : ""}`, text: answer })),
      make("td", { text: error || (flags?.length ? flags.join(", ") : "usual") }),
      make("td", {}, error ? null : open),
    );
  }
}
