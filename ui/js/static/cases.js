// The viewer's channel to a site without a server: cases from files, everything else in one sentence.
import { wordsOf } from "../dom.js";
import { exported } from "../device/exporting/export.js";
import { printReport, reportPage } from "../device/exporting/printing.js";
import { Report } from "../device/exporting/report.js";
import { remember } from "../remember.js";
import { openedOf } from "./opened.js";
import { answer, fetchValue } from "./stored.js";

/**
 * @import { ExportRequest, OpenRequest, PanesOnShow, StoredArray, ViewerConfig } from "../messages.d.ts"
 * @import { ViewerState } from "../messages.d.ts"
 * @import { CaseServer, Question, ViewerChannel, ViewerMessage, ViewerSend } from "../types.d.ts"
 * @import { Site, StoredCase } from "./stored.js"
 */

const NEEDS = "which this site is without: it holds files alone. Start the program itself (python app.py) for that.";
const UPLOAD = `Expected a case of the list, found a file of yours: reading it needs Python, ${NEEDS}`;
const FILES = `Reading a file of annotations needs Python, ${NEEDS}`;
const LAID = "This site shows its cases as they lie in their files; laid otherwise, they would have to be read again.";
const UNKNOWN = "Expected a case of this site, found one that it was written without: choose one of the list.";
/** @type {readonly Question[]} */
const LACKS = ["read", "annotate", "refine", "compare", "nearest", "lay"];
const SAVED = 60_000; // milliseconds within which the browser has saved a file

export class SiteCases {
  turn = 0;
  count = 0; // of messages
  /** @type {StoredCase | null} */
  current = null;
  /** @type {Map<string, Promise<StoredCase>>} */
  kept = new Map(); // by address
  /** @type {(message: ViewerMessage) => void} */
  tell = () => {};
  /** @type {() => Promise<string>} */
  picture = async () => ""; // the panes as they are seen, as a data URL

  /**
   * @param {Site} site
   * @param {ViewerConfig} config
   */
  constructor(site, config) {
    this.site = site;
    this.config = config;
  }

  /** @returns {ViewerChannel} */
  get channel() {
    const { site, config } = this;
    const device = async () => (site.device ? fetchValue(site.device) : null);
    const server = { cases: () => fetchValue(site.rows), thumbnails: thumbnailsOf(site), device };
    return { config, server, send: this.send, upload: async () => ({ path: "" }), root: ".", lacks: LACKS };
  }

  /** @returns {ViewerSend} */
  get send() {
    const nothing = () => {};
    return {
      open: (asked) => this.open(asked),
      explain: (asked) => this.show(++this.turn, asked),
      film: (asked) => this.film(asked),
      read: () => this.refuse(UPLOAD),
      annotate: () => this.refuse(FILES),
      glance: ({ name }) =>
        this.tell(answer(this.turn, { glance: { name, thumbnail: "", assessments: {}, error: UPLOAD } })),
      discard: nothing,
      refine: nothing,
      compare: nothing,
      nearest: nothing,
      export: ({ what, state }) => this.export(what, state),
      stop: nothing,
    };
  }

  /** @param {OpenRequest} asked */
  async open(asked) {
    const turn = ++this.turn;
    const address = this.site.cases[asked.case];
    if (!address) return this.refuse(UNKNOWN);
    try {
      const found = await remember(this.kept, address, () => fetchValue(address));
      if (turn !== this.turn) return;
      this.current = found;
      this.show(turn, asked);
      if (asked.orientation) this.refuse(LAID);
    } catch (error) {
      this.kept.delete(address);
      if (turn === this.turn) this.refuse(wordsOf(error));
    }
  }

  /**
   * Say what is known of the open case.
   * @param {number} turn
   * @param {PanesOnShow} asked which panes are on show
   */
  show(turn, { names, floors }) {
    if (!this.current) return;
    const { message } = this.current;
    this.tell({
      ...message,
      serial: `${++this.count}`,
      turn,
      maps: among(message.maps, names ?? this.config.shown),
      floors: among(message.floors, floors ?? []),
    });
  }

  /**
   * Tiles of the film, each a file of its own.
   * @param {Parameters<ViewerSend["film"]>[0]} asked
   */
  film({ case: key, level, tiles }) {
    const { current } = this;
    if (!current || current.message.case.key !== key) return;
    const { message, tiles: levels } = current;
    const columns = Math.ceil(message.film.levels[level][1] / message.film.tile);
    for (const [column, row] of tiles) {
      const url = levels[level]?.[row * columns + column];
      /** @type {StoredArray | null} */
      const packed = url ? { file: { url }, dtype: "uint8", shape: [] } : null;
      const problem = packed ? "" : "Expected this part of the film among the files of the site, found none.";
      this.tell(answer(this.turn, { film: { case: key, level, tiles: [[column, row]], packed, problem } }));
    }
  }

  /**
   * Make a file of what is on show.
   * @param {ExportRequest["what"]} what
   * @param {ViewerState} state
   */
  async export(what, state) {
    if (!this.current) return;
    try {
      const opened = await openedOf(this.current, this.config, state);
      if (what === "pdf") {
        await printReport(reportPage(new Report(opened, state), await this.picture()));
        return this.tell(answer(this.turn, { note: "The browser's print view makes a PDF of the report." }));
      }
      const { name, bytes, type } = await exported(what, opened, state);
      const url = URL.createObjectURL(new Blob([bytes], { type }));
      setTimeout(() => URL.revokeObjectURL(url), SAVED);
      this.tell(answer(this.turn, { download: { file: { url }, name } }));
    } catch (error) {
      this.refuse(wordsOf(error));
    }
  }

  /** @param {string} error */
  refuse(error) {
    this.tell(answer(this.turn, { error }));
  }
}

/**
 * What gives the addresses of thumbnails, by id; of those that there are.
 * @param {Site} site
 * @returns {CaseServer["thumbnails"]}
 */
export function thumbnailsOf({ pictures }) {
  return async (ids) => among(pictures, ids);
}

/**
 * Those of some names.
 * @template T
 * @param {Record<string, T>} all
 * @param {string[]} names
 * @returns {Record<string, T>}
 */
function among(all, names) {
  return Object.fromEntries(names.filter((name) => name in all).map((name) => [name, all[name]]));
}
