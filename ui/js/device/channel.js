// A channel for the viewer whose other end is this device: it answers what a server answers, with the same messages,
// and sends nothing anywhere.
import { pairOf } from "../pairs.js";
import { passing, stored } from "./addresses.js";
import { Engine } from "./engine.js";
import { openedOf } from "./exported.js";
import { exported } from "./exporting/export.js";
import { printReport, reportPage } from "./exporting/printing.js";
import { Report } from "./exporting/report.js";
import { DeviceMaps } from "./maps.js";
import { noNearest, noWays } from "./refusals.js";
import { said } from "./sentences.js";
import { pictureOf } from "../visit/picture.js";
import { reply, Told } from "./telling.js";
import { titleOf } from "./titles.js";

/**
 * @import { AnnotateRequest, DeviceContent, DiscardRequest, ExplainRequest } from "../messages.d.ts"
 * @import { ExportRequest, FilmRequest } from "../messages.d.ts"
 * @import { GlanceRequest, OpenRequest, PanesOnShow } from "../messages.d.ts"
 * @import { ReadRequest, ViewerConfig } from "../messages.d.ts"
 * @import { Uploaded, ViewerMessage, ViewerSend } from "../types.d.ts"
 * @import { Progress } from "./types.d.ts"
 */

const MOST = 6; // radiographs whose films are held; the oldest goes, and is read again from its file
const HELD = "on this device: "; // how the paths of files begin that wait to be read
export const KEY = "device "; // how the keys of radiographs begin

export class DeviceChannel {
  turn = 0;
  /** @type {Map<string, Told>} */
  told = new Map(); // by key, the one seen longest ago first
  /** @type {Told | null} */
  current = null;
  /** @type {Map<string, File>} */
  files = new Map();
  numbers = 0;
  /** @type {ViewerSend} */
  send = {
    open: (data) => this.run(() => this.open(data)),
    read: (data) => this.run(() => this.read(data)),
    glance: (data) => this.run(() => this.glance(data)),
    discard: (data) => this.run(() => this.discard(data)),
    explain: (data) => this.run(() => this.explain(data)),
    refine: () => this.refuse(said("finer")),
    annotate: (data) => this.annotate(data),
    compare: (data) => this.deliver(reply(this.turn, noWays(this.key, data, this.models))),
    nearest: (data) => this.deliver(reply(this.turn, noNearest(this.key, data))),
    film: (data) => this.run(() => this.film(data)),
    export: (data) => this.run(() => this.export(data)),
    stop: () => this.stop(),
  };

  /**
   * It needs nothing of a server beside the files that `content` names, which are fetched by `start` and then kept by
   * the browser; so it serves a page without a server too.
   * @param {object} given
   * @param {ViewerConfig} given.config the viewer's
   * @param {DeviceContent} given.content with what is computed, as ui/device/content.py tells it, without a problem
   * @param {string} given.root the address below which the files of the content are, such as gradio_config.root
   * @param {(message: ViewerMessage) => void} given.deliver takes each message, as `update` of a viewer does
   * @param {(progress: Progress) => void} [given.onProgress] told how far downloads and passes are
   * @param {() => Promise<string>} [given.picture] the panes as they are seen, as a data URL, for the report
   */
  constructor({ config, content, root, deliver, onProgress = () => {}, picture = async () => "" }) {
    this.picture = picture;
    this.config = config;
    this.models = content.models;
    this.deliver = deliver;
    this.engine = new Engine(content, config.findings, root, (progress) => {
      onProgress(progress);
      this.progress(progress);
    });
    this.maps = new DeviceMaps(config, content.models, this.engine);
  }

  /**
   * Fetch what is needed and start, unless that has been done.
   * @returns {ReturnType<Engine["start"]>}
   * @throws Error with one sentence.
   */
  start() {
    return this.engine.start();
  }

  /**
   * Take a file that `read`, `glance` or `annotate` will name; it stays in this browser.
   * @param {File} file
   * @returns {Promise<Uploaded>}
   */
  async upload(file) {
    const path = `${HELD}${++this.numbers}`;
    this.files.set(path, file);
    return { path };
  }

  /**
   * The file of a path, which is given out once.
   * @param {string} path
   * @returns {File | null} null where it is none of this device's
   */
  take(path) {
    const file = this.files.get(path) ?? null;
    this.files.delete(path);
    return file;
  }

  /**
   * What goes wrong is said in one sentence.
   * @param {() => Promise<void>} work
   */
  async run(work) {
    try {
      await work();
    } catch (error) {
      this.refuse(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} error */
  refuse(error) {
    const whole = /[.?!]$/.test(error) ? error : `${error}.`;
    this.deliver(reply(this.turn, { error: whole }));
  }

  /**
   * @param {string} path
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  async bytesOf(path) {
    const file = this.take(path);
    if (!file) throw new Error("Expected a file of this page, found none: choose it again.");
    return new Uint8Array(await file.arrayBuffer());
  }

  /** @param {ReadRequest} request */
  async read({ path, name, orientation = "", ...wanted }) {
    const turn = ++this.turn;
    await this.start();
    const bytes = await this.bytesOf(path);
    if (turn !== this.turn) return; // another one is to be opened, and whoever asked looks at this one by itself
    const key = `${KEY}${++this.numbers}`;
    const read = await this.engine.ask("read", { key, bytes, name, orientation }, [bytes.buffer]);
    const told = new Told(key, titleOf(name), read, this.config.findings);
    this.told.set(key, told);
    while (this.told.size > MOST) await this.drop([...this.told.keys()][0]);
    if (turn === this.turn) await this.show(told, turn, wanted);
  }

  /** @param {OpenRequest} request */
  async open({ case: key, ...wanted }) {
    const told = this.told.get(key);
    if (!told) return this.deliver(reply(this.turn, { gone: key }));
    this.told.delete(key); // and last again
    this.told.set(key, told);
    await this.show(told, ++this.turn, wanted);
  }

  /**
   * Show a radiograph at once, and what the models say of it as they speak.
   * @param {Told} told
   * @param {number} turn
   * @param {PanesOnShow} wanted
   */
  async show(told, turn, wanted) {
    this.current = told;
    this.tell(told, turn, true, wanted.names);
    await this.make(told, turn, wanted);
  }

  /**
   * Hear the models that have not spoken, and make the maps that are missing.
   * @param {Told} told
   * @param {number} turn
   * @param {PanesOnShow} wanted
   */
  async make(told, turn, { names, parameters }) {
    for (const { speaker } of this.models) {
      if (!told.logits.has(speaker.key)) {
        told.hear(speaker.key, await this.engine.ask("hear", { key: told.key, model: speaker.key }));
      }
      for (const name of names) {
        const pair = pairOf(name, this.config);
        if (turn !== this.turn) return;
        if (pair?.model.key !== speaker.key) continue;
        const error = await this.maps.make(told, pair, parameters[name]);
        if (error) this.deliver(reply(turn, { busy: true, error, at: name }));
      }
      if (turn !== this.turn) return; // a newer question has overtaken this one
      this.tell(told, turn, true, names);
    }
    this.tell(told, turn, false, names);
  }

  /**
   * Say what is known of the open radiograph.
   * @param {Told} told
   * @param {number} turn
   * @param {boolean} busy
   * @param {string[]} names of the maps on show
   */
  tell(told, turn, busy, names) {
    this.names = names;
    const prices = this.maps.prices(names);
    const waiting = busy ? this.words : "";
    this.deliver(told.message({ turn, busy, models: this.models, names, prices }, waiting));
  }

  words = "";

  /** @param {Progress} progress */
  progress(progress) {
    if (progress.stage !== "passes") return;
    const { model, done, total } = progress;
    const over = total === 1 || done === total;
    this.words = over ? "" : `${model} on this device: ${done} of ${total} patches`;
    const waiting = over ? null : { before: 0, seconds: null, words: this.words };
    if (waiting) this.deliver(reply(this.turn, { busy: true, waiting }));
  }

  /** @param {ExplainRequest} wanted */
  async explain(wanted) {
    const told = this.opened();
    const turn = ++this.turn;
    await this.make(told, turn, wanted);
  }

  /** Key of the open radiograph, empty where there is none. */
  get key() {
    return this.current?.key ?? "";
  }

  /** @returns {Told} */
  opened() {
    if (!this.current) throw new Error("This device has closed that radiograph: open it again.");
    return this.current;
  }

  stop() {
    this.turn++;
    if (this.current) this.tell(this.current, this.turn, false, this.names ?? []);
  }

  /** @type {string[] | undefined} */
  names = undefined;

  /** @param {GlanceRequest} request */
  async glance({ path, name }) {
    const glance = { name, thumbnail: "", assessments: {}, error: "" };
    try {
      await this.start();
      const bytes = await this.bytesOf(path);
      const asked = { key: `${KEY}${++this.numbers}`, bytes, name, orientation: "" };
      const { image, assessments } = await this.engine.ask("read", asked, [bytes.buffer]);
      await this.engine.ask("drop", { key: asked.key });
      Object.assign(glance, { thumbnail: pictureOf(/** @type {Uint8Array} */ (image.data)), assessments });
    } catch (error) {
      glance.error = error instanceof Error ? error.message : String(error);
    }
    this.deliver(reply(this.turn, { glance }));
  }

  /** @param {DiscardRequest} request */
  async discard({ case: key }) {
    await this.drop(key);
  }

  /** @param {string} key */
  async drop(key) {
    const told = this.told.get(key);
    this.told.delete(key);
    if (told && told === this.current) this.current = null;
    told?.free();
    if (told) await this.engine.ask("drop", { key });
  }

  /** @param {FilmRequest} request */
  async film({ case: key, level, tiles }) {
    const film = { case: key, level, tiles, packed: null, problem: "" };
    const bytes = await this.engine.ask("tiles", { key, level, tiles });
    const packed = stored({ data: bytes, shape: [bytes.length] }, passing);
    this.deliver(reply(this.turn, { film: { ...film, packed } }));
  }

  /** @param {AnnotateRequest} request */
  annotate({ path }) {
    this.take(path);
    this.refuse(said("annotations"));
  }

  /** @param {ExportRequest} request */
  async export({ what, state }) {
    const { config, models, engine } = this;
    const opened = openedOf(this.opened(), config, models, engine.started);
    if (what === "pdf") {
      const pictured = await this.picture();
      await printReport(reportPage(new Report(opened, state), pictured));
      return this.deliver(reply(this.turn, { note: "The browser's print view makes a PDF of the report." }));
    }
    const { name, bytes, type } = await exported(what, opened, state);
    const url = passing(new Blob([bytes], { type }));
    this.deliver(reply(this.turn, { download: { file: { url }, name } }));
  }
}
