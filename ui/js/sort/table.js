// The sorted list: a group after the other, a row an image.
import { make, withCode } from "../dom.js";
import { probabilityText } from "../findings.js";
import { GROUPS, isCalibrated, reasonOf, saidOnce } from "./order.js";

/**
 * @import { ModelName, SortedImage } from "../messages.d.ts"
 * @import { Group, Judged, Wish } from "./order.js"
 */

/** @type {Record<Group, [string, string]>} */
const HEADS = {
  apart: ["Cannot be read or assessed", "A person has to look at these: the models can say nothing of them."],
  unsure: ["Not sure", "The number that decides the order is less sure than you asked for."],
  sure: ["By probability", "The most probable first."],
};

const CALIBRATED =
  "Calibrated: of 10 images with 0.70, 7 should have the finding. Explore shows the number as the model gives it.";
const AS_GIVEN = "As the model gives it, like in Explore: for this finding nothing is calibrated.";

/** A group's place in the list; it stays there while its rows come and go. */
class Section {
  count = make("span", { class: "count" });
  body = make("tbody");

  /**
   * @param {Group} group
   * @param {ModelName[]} models
   */
  constructor(group, models) {
    const [title, words] = HEADS[group];
    this.heads = models.map(({ key, short }) => {
      const kind = make("small");
      return { kind, element: make("th", { scope: "col", "data-model": key }, make("span", { text: short }), kind) };
    });
    const own = this.heads.map(({ element }) => element);
    const heads = [make("td"), make("th", { scope: "col", text: "Image" }), ...own];
    const row = make("tr", {}, ...heads, make("th", { scope: "col", text: "Can it be read?" }));
    this.element = make(
      "section",
      { class: `sort-group ${group}`, "aria-label": title, hidden: true },
      make("h3", {}, make("span", { text: `${title} ` }), this.count),
      make("p", { class: "note", text: words }),
      make("table", {}, make("thead", {}, row), this.body),
    );
  }

  /**
   * @param {Row[]} rows in their order
   * @param {boolean[]} said which models say something of one of them
   * @param {boolean[]} calibrated of which models that is calibrated
   */
  show(rows, said, calibrated) {
    this.element.hidden = !rows.length;
    this.count.textContent = String(rows.length);
    this.heads.forEach(({ kind, element }, i) => {
      element.hidden = !said[i];
      element.title = calibrated[i] ? CALIBRATED : AS_GIVEN;
      kind.textContent = calibrated[i] ? "calibrated" : "not calibrated";
    });
    for (const row of rows) row.leaveOut(said);
    this.element.style.setProperty("--said", "110px ".repeat(said.filter(Boolean).length).trim());
    this.arrange(rows.map(({ element }) => element));
  }

  /**
   * Put rows in their order; those that stand right are not touched, so that a slider moves few of hundreds.
   * @param {Element[]} elements
   */
  arrange(elements) {
    const wanted = new Set(elements);
    for (const one of [...this.body.children]) if (!wanted.has(one)) one.remove();
    let next = this.body.firstElementChild;
    for (const one of elements) {
      if (one === next) next = one.nextElementSibling;
      else this.body.insertBefore(one, next);
    }
  }
}

/** One image. What was said of it stays; its name, and what is made of the numbers, may change. */
class Row {
  name = make("span");

  /**
   * @param {SortedImage} image
   * @param {ModelName[]} models
   * @param {() => void} onOpen
   */
  constructor(image, models, onOpen) {
    const open = { type: "button", class: "plain open", title: "Open in Explore", on: { click: onOpen } };
    const picture = image.thumbnail ? make("img", { src: image.thumbnail, alt: "", width: 44, height: 44 }) : null;
    this.models = models;
    this.cells = models.map(({ key, short }) => {
      const [value, unsure] = [make("span"), make("span", { class: "unsure", text: "not sure", hidden: true })];
      const marks = { class: "number", "data-model": key, "data-short": short };
      return { value, unsure, element: make("td", marks, value, unsure) };
    });
    this.element = make(
      "tr",
      { class: image.error ? "wrong" : null },
      make("td", { class: "picture" }, picture),
      make("th", { scope: "row" }, image.error ? this.name : make("button", open, this.name)),
      ...this.cells.map(({ element }) => element),
      make("td", { class: "reason" }, ...withCode(reasonOf(image, models, true) || "Can be read")),
    );
  }

  /**
   * @param {string} name
   * @param {Judged["cells"]} values
   * @param {number} sure
   */
  say(name, values, sure) {
    if (this.name.textContent !== name) this.name.textContent = name;
    this.cells.forEach(({ value, unsure }, i) => {
      const p = values[this.models[i].key];
      const text = p === null ? "–" : probabilityText(p);
      if (value.textContent !== text) value.textContent = text;
      unsure.hidden = p === null || Math.max(p, 1 - p) >= sure;
    });
  }

  /** @param {boolean[]} said */
  leaveOut(said) {
    this.cells.forEach(({ element }, i) => {
      if (element.hidden === said[i]) element.hidden = !said[i];
    });
  }
}

export class Table {
  /** @type {WeakMap<SortedImage, Row>} */
  rows = new WeakMap(); // so that a slider that moves makes none anew
  empty = make("p", { class: "note", text: "No image in this group.", hidden: true });
  once = make("p", { class: "note said-once", hidden: true });

  /**
   * @param {ModelName[]} models
   * @param {{ onOpen(index: number): void, labelOf(index: number): string }} listeners
   */
  constructor(models, { onOpen, labelOf }) {
    this.models = models;
    this.onOpen = onOpen;
    this.labelOf = labelOf;
    this.sections = GROUPS.map((group) => new Section(group, models));
    const all = this.sections.map(({ element }) => element);
    this.element = make(
      "div",
      { class: "sort-list" },
      this.once,
      make("div", { class: "sort-groups" }, ...all, this.empty),
    );
  }

  /**
   * @param {Judged[]} judged in their order
   * @param {Wish} wish
   * @param {boolean} any whether there is any image at all
   */
  show(judged, { sure, finding }, any) {
    GROUPS.forEach((group, i) => {
      const own = judged.filter((one) => one.group === group);
      const said = this.models.map(({ key }) => own.some(({ cells }) => cells[key] !== null));
      this.sections[i].show(
        own.map((one) => this.rowOf(one, sure)),
        said,
        this.models.map(({ key }) =>
          isCalibrated(
            own.map(({ row }) => row),
            key,
            finding,
          ),
        ),
      );
    });
    this.empty.hidden = judged.length > 0 || !any;
    this.sayOnce(saidOnce(judged.map(({ row }) => row)));
  }

  /** @param {string} words */
  sayOnce(words) {
    if (this.once.dataset.words === words) return;
    this.once.dataset.words = words;
    this.once.hidden = !words;
    this.once.replaceChildren(...withCode(words));
  }

  /**
   * @param {Judged} judged
   * @param {number} sure
   * @returns {Row}
   */
  rowOf({ row: image, cells }, sure) {
    const row = this.rows.get(image) ?? new Row(image, this.models, () => this.onOpen(image.index));
    this.rows.set(image, row);
    row.say(this.labelOf(image.index), cells, sure);
    return row;
  }
}
