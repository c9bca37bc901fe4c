// The list of cases: thumbnails that load as they come into view, filters by source and finding, and uploads.
import { make, makeSelect, rovingFocus } from "./dom.js";
import { makePicker } from "./files/gathering.js";

/**
 * @import { Gathered } from "./files/gathering.js"
 * @import { CaseRow } from "./messages.d.ts"
 * @import { CaseServer } from "./types.d.ts"
 */

const BATCH = 12; // thumbnails asked for in one request
const NO_FILES = "These cases alone: to open your own radiographs, start the program itself (python app.py).";

/**
 * Cases that pass the filters; an empty filter lets everything pass.
 * @param {CaseRow[]} cases
 * @param {string} source
 * @param {string} finding
 * @returns {CaseRow[]}
 */
export function filterCases(cases, source, finding) {
  return cases.filter((item) => (!source || item.source === source) && (!finding || item.positives.includes(finding)));
}

/**
 * @param {number} count
 * @returns {string}
 */
const countOf = (count) =>
  count === 1
    ? "1 case of the dataset has annotations without an image, and is"
    : `${count.toLocaleString("en")} cases of the dataset have annotations without an image, and are`;

/**
 * How many people looked at a case, in words; empty where the dataset does not say.
 * @param {CaseRow} item
 * @returns {string}
 */
const readersWords = ({ readers = 0 }) => (readers ? `${readers} reader${readers > 1 ? "s" : ""}` : "");

export class CaseList {
  /** @type {CaseRow[]} */
  cases = [];
  blind = false; // whether labels, and who marked what, are kept from the reader
  /** @type {Map<string, { option: HTMLButtonElement, picture: HTMLImageElement, describe(): void }>} */
  items = new Map();
  /** @type {string[]} */
  wanted = []; // thumbnails, by id
  fetching = false;
  /** @type {string | null} */
  chosen = null;
  count = make("span", { class: "count", role: "status" });
  list = make("div", { class: "thumbnails", role: "listbox", "aria-label": "Cases" });
  source = makeSelect("Source", [["", "All sources"]], () => this.filter());
  finding = makeSelect("Finding", [["", "Any finding"]], () => this.filter());
  filters = make("div", { class: "filters" });

  /**
   * @param {CaseServer} server {cases(null), thumbnails(ids)}; both return promises.
   * @param {string[]} findings
   * @param {string} accept types of files; "" where radiographs cannot be brought
   * @param {{ onOpen(id: string): void, onFiles(all: Gathered): void, onTold(): void }} listeners `onTold` hears that
   *   the filter has told which cases have a label
   * @param {number} [withoutImage] cases that are not in the list
   */
  constructor(server, findings, accept, { onOpen, onFiles, onTold }, withoutImage = 0) {
    this.server = server;
    this.onOpen = onOpen;
    this.onTold = onTold;
    this.onFiles = onFiles;
    this.findings = findings;
    this.element = make(
      "section",
      { class: "cases", "aria-label": "Cases" },
      make("div", { class: "heading" }, make("h2", { text: "Cases" }), this.count),
      withoutImage ? make("p", { class: "count", text: `${countOf(withoutImage)} not in this list.` }) : null,
      this.filters,
      this.list,
      this.makeUpload(accept),
    );
    rovingFocus(this.list, "[role=option]");
    this.seen = new IntersectionObserver((entries) => this.onSeen(entries), { root: this.list, rootMargin: "200px" });
  }

  /**
   * @param {string} accept
   * @returns {HTMLElement}
   */
  makeUpload(accept) {
    const { onFiles } = this;
    if (!accept) return make("p", { class: "count", text: NO_FILES });
    const kinds = accept.includes(".tif") ? "PNG, JPEG, TIFF, BMP, WebP or DICOM" : "PNG, JPEG, WebP or DICOM";
    const hint = `${kinds}; or drop them anywhere on the page`;
    return make(
      "div",
      { class: "uploads" },
      makePicker("Open radiographs…", { accept, class: "upload", hint, onFiles }),
      makePicker("Open a folder…", { folder: true, class: "upload-folder", onFiles }),
    );
  }

  /**
   * Ask for the list; returns the ids of its cases in order.
   * @returns {Promise<string[]>}
   */
  async load() {
    const cases = (await this.server.cases(null)) ?? [];
    this.cases = cases;
    const sources = [...new Map(cases.map((item) => [item.source, item.source_label]))];
    const shown = this.findings.filter((finding) => cases.some((item) => item.positives.includes(finding)));
    this.source = makeSelect("Source", [["", "All sources"], ...sources], () => this.filter());
    this.finding = makeSelect("Finding", [["", "Any finding"], ...shown.map((name) => [name, name])], () =>
      this.filter(),
    );
    this.filters.replaceChildren(this.source, this.finding);
    for (const item of cases) this.items.set(item.id, this.makeItem(item));
    this.list.replaceChildren(...[...this.items.values()].map(({ option }) => option));
    this.filter();
    this.choose(this.chosen);
    return cases.map(({ id }) => id);
  }

  /** @param {CaseRow} item */
  makeItem(item) {
    const picture = make("img", { alt: "", decoding: "async" });
    const { readers: count } = item;
    const readers = count > 1 ? make("span", { class: "badge readers-badge", text: `${count} readers` }) : null;
    const option = make(
      "button",
      {
        type: "button",
        role: "option",
        "aria-selected": "false",
        tabindex: "-1",
        "data-case": item.id,
        on: { click: () => this.onOpen(item.id) },
      },
      picture,
      item.phantom ? make("span", { class: "badge", text: "PHANTOM" }) : null,
      readers,
      make("span", { class: "id", text: item.short }),
    );
    this.seen.observe(option);
    const describe = () => {
      const words = this.blind ? "" : readersWords(item);
      const said = [item.id, item.source_label, words].filter(Boolean); // and no label: it would tell before a reading
      option.title = said.join("\n");
      option.setAttribute("aria-label", said.join(", "));
      if (readers) readers.hidden = this.blind;
    };
    describe();
    return { option, picture, describe };
  }

  /** @param {boolean} blind */
  setBlind(blind) {
    this.blind = blind;
    for (const { describe } of this.items.values()) describe();
    this.filter();
  }

  filter() {
    this.finding.hidden = this.blind; // and does not count
    const finding = this.blind ? "" : this.finding.control.value;
    if (finding) this.onTold();
    const shown = new Set(filterCases(this.cases, this.source.control.value, finding).map((item) => item.id));
    for (const [id, { option }] of this.items) option.hidden = !shown.has(id);
    this.count.textContent = `${shown.size} of ${this.cases.length}`;
    const options = [...this.items.values()].map(({ option }) => option).filter((option) => !option.hidden);
    const entry = options.find((option) => option.getAttribute("aria-selected") === "true") ?? options[0];
    for (const option of options) option.tabIndex = option === entry ? 0 : -1;
  }

  /** @param {IntersectionObserverEntry[]} entries */
  onSeen(entries) {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !(target instanceof HTMLElement)) continue;
      this.seen.unobserve(target);
      this.wanted.push(target.dataset.case ?? "");
    }
    if (!this.fetching) this.fetchThumbnails();
  }

  async fetchThumbnails() {
    this.fetching = true;
    try {
      while (this.wanted.length) this.showPictures((await this.server.thumbnails(this.wanted.splice(0, BATCH))) ?? {});
    } finally {
      this.fetching = false;
    }
  }

  /** @param {Record<string, string>} pictures by id */
  showPictures(pictures) {
    for (const [id, url] of Object.entries(pictures)) {
      const item = this.items.get(id);
      if (item) item.picture.src = url;
    }
  }

  /** @param {string | null} id */
  choose(id) {
    this.chosen = id;
    for (const [key, { option }] of this.items) option.setAttribute("aria-selected", String(key === id));
  }
}
