// The sorted list: a group after the other, a row an image.
import { make } from "../dom.js";
import { probabilityText } from "../findings.js";
import { GROUPS, reasonOf } from "./order.js";

/**
 * @import { ModelName } from "../messages.d.ts"
 * @import { Group, Judged, Wish } from "./order.js"
 */

/** @type {Record<Group, [string, string]>} */
const HEADS = {
  apart: ["Cannot be read or assessed", "A person has to look at these: their probabilities mean nothing."],
  unsure: ["Not sure", "The probability is closer to 0.5 than you asked for."],
  sure: ["By probability", "The most probable first."],
};

export class Table {
  body = make("div", { class: "sort-groups" });
  empty = make("p", { class: "note", text: "No image in this group." });

  /**
   * @param {ModelName[]} models
   * @param {{ onOpen(index: number): void, labelOf(index: number): string }} listeners
   */
  constructor(models, { onOpen, labelOf }) {
    this.models = models;
    this.onOpen = onOpen;
    this.labelOf = labelOf;
    this.element = make("div", { class: "sort-list" }, this.body);
  }

  /**
   * @param {Judged[]} judged in their order
   * @param {Wish} wish
   * @param {boolean} any whether there is any image at all
   */
  show(judged, wish, any) {
    const groups = GROUPS.map((group) => judged.filter((one) => one.group === group));
    const tables = groups.flatMap((all, i) => (all.length ? [this.makeGroup(GROUPS[i], all, wish)] : []));
    this.body.replaceChildren(...(tables.length || !any ? tables : [this.empty]));
  }

  /**
   * @param {Group} group
   * @param {Judged[]} judged
   * @param {Wish} wish
   * @returns {HTMLElement}
   */
  makeGroup(group, judged, wish) {
    const [title, words] = HEADS[group];
    const models = this.models.map(({ key, short }) => make("th", { scope: "col", "data-model": key, text: short }));
    const heads = [make("td"), make("th", { scope: "col", text: "Image" }), ...models];
    const row = make("tr", {}, ...heads, make("th", { scope: "col", text: "Can it be read?" }));
    return make(
      "section",
      { class: `sort-group ${group}`, "aria-label": title },
      make("h3", {}, make("span", { text: `${title} ` }), make("span", { class: "count", text: `${judged.length}` })),
      make("p", { class: "note", text: words }),
      make("table", {}, make("thead", {}, row), make("tbody", {}, ...judged.map((one) => this.makeRow(one, wish)))),
    );
  }

  /**
   * @param {Judged} judged
   * @param {Wish} wish
   * @returns {HTMLTableRowElement}
   */
  makeRow({ row, cells }, { sure }) {
    const name = this.labelOf(row.index);
    const click = () => this.onOpen(row.index);
    const words = { class: "plain open", text: name, title: "Open in Explore" };
    const open = make("button", { type: "button", ...words, on: { click } });
    const picture = row.thumbnail ? make("img", { src: row.thumbnail, alt: "", width: 44, height: 44 }) : null;
    const numbers = this.models.map((model) => this.makeCell(model, cells[model.key], sure));
    const reason = reasonOf(row, this.models);
    return make(
      "tr",
      { class: row.error ? "wrong" : null },
      make("td", { class: "picture" }, picture),
      make("th", { scope: "row" }, row.error ? make("span", { text: name }) : open),
      ...numbers,
      make("td", { class: "reason", text: reason || "Can be read" }),
    );
  }

  /**
   * @param {ModelName} model
   * @param {number | null} value
   * @param {number} sure
   * @returns {HTMLTableCellElement}
   */
  makeCell({ key, short }, value, sure) {
    const unsure = value !== null && Math.max(value, 1 - value) < sure;
    return make(
      "td",
      { class: "number", "data-model": key, "data-short": short },
      make("span", { text: value === null ? "–" : probabilityText(value) }),
      unsure ? make("span", { class: "unsure", text: "not sure" }) : null,
    );
  }
}
