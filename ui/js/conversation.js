// What the viewer says to the server and hears from it.
import { ArrayCache } from "./arrays.js";
import { FilmCache } from "./film/arriving.js";
import { make, wordsOf } from "./dom.js";
import { brought } from "./files/brought.js";
import { Header, ModelNotes } from "./header.js";
import { bePatient, BUSY, saidBy } from "./patience.js";
import { Opening } from "./opening.js";
import { expectCurrent, isCurrent, RELOAD } from "./version.js";

/**
 * @import { CaseMessage, PanesOnShow, StoredArray, Waiting } from "./messages.d.ts"
 * @import { Arrays, Feature, Hook, Values, ViewerChannel, ViewerMessage, ViewerSend } from "./types.d.ts"
 */

/** The viewer's half that asks and listens; the other half (`show`) draws what has come. */
export class Conversation {
  turn = 0;
  busy = false;
  serial = "";
  arrays = new ArrayCache();
  films = new FilmCache();
  /** @type {Feature[]} */
  features = [];
  header = new Header();
  speakers = new ModelNotes();
  busyBar = make("div", { class: "busy", hidden: true });
  element = make("div", { class: "viewer empty" }); // until a case is open
  opening = new Opening(this.element);

  /** @param {ViewerChannel} channel */
  constructor({ config, send, upload, lacks = [] }) {
    expectCurrent(config);
    bePatient();
    document.addEventListener(BUSY, (event) => this.header.showWaiting(saidBy(event)));
    this.config = config;
    this.send = send;
    this.upload = upload;
    this.lacks = lacks;
  }

  /**
   * Draw what is known of the open case.
   * @type {(content: CaseMessage, arrays: Arrays) => void}
   */
  show() {}

  /** Nothing comes of what was asked last: panes that were waiting for it show again what is known. */
  takeBack() {}

  /**
   * Names of the maps on show that never look at the image.
   * @type {string[]}
   */
  get floors() {
    return [];
  }

  /**
   * Names of the maps on show.
   * @type {string[]}
   */
  get names() {
    return [];
  }

  /**
   * Parameters of the maps on show that are not the usual ones, by name.
   * @returns {Record<string, Values>}
   */
  chosenParameters() {
    return {};
  }

  /**
   * Call a function of all features that have it.
   * @template {Hook} H
   * @param {H} name
   * @param {Parameters<NonNullable<Feature[H]>>} values
   */
  notify(name, ...values) {
    for (const feature of this.features) {
      const hook = /** @type {((...values: unknown[]) => void) | undefined} */ (feature[name]);
      hook?.apply(feature, values);
    }
  }

  /**
   * @param {string} id
   * @param {string} [orientation] how it is to be laid: see laying.js
   */
  open(id, orientation = "") {
    this.opening.begin(id, (item) => item.id === id);
    this.ask("open", { case: id, orientation, ...this.wanted() });
  }

  /**
   * The panes on show, as the server is told them with each question about maps: see ui/panes.py.
   * @returns {PanesOnShow}
   */
  wanted() {
    return { names: this.names, floors: this.floors, parameters: this.chosenParameters() };
  }

  /**
   * @template {"open" | "explain" | "refine"} Q
   * @param {Q} what
   * @param {Parameters<ViewerSend[Q]>[0]} data
   */
  ask(what, data) {
    this.header.showError("");
    this.setBusy(true);
    const send = /** @type {(data: unknown) => void} */ (this.send[what]);
    send(data);
  }

  /**
   * @param {File} file a radiograph; it leaves this browser under its number
   * @param {string} [orientation] how it is to be laid: see laying.js
   */
  async read(file, orientation = "") {
    this.setBusy(true);
    this.header.showError("");
    const item = await brought.take(file);
    const { title } = item;
    this.opening.begin(title, (shown) => shown.title === title);
    this.notify("onUpload", item);
    try {
      const { path } = await this.upload(item.file);
      this.send.read({ path, name: item.name, orientation, ...this.wanted() });
    } catch {
      const words = this.refusal(item);
      this.fail(words);
      this.notify("onRefusal", item, words);
    }
  }

  /**
   * Why a file did not arrive.
   * @param {{ name: string }} file
   * @returns {string}
   */
  refusal({ name }) {
    const most = `expected a file of at most ${this.config.max_file_size}, and the server refused it.`;
    return `${name} could not be sent: ${most}`;
  }

  /** @param {string} text */
  fail(text) {
    this.setBusy(false);
    this.opening.end();
    this.takeBack();
    this.header.showError(text);
  }

  /**
   * @param {boolean} busy
   * @param {Waiting | null} [waiting]
   */
  setBusy(busy, waiting = null) {
    this.busy = busy;
    this.busyBar.hidden = !busy;
    this.element.setAttribute("aria-busy", String(busy));
    this.header.showWaiting((busy && waiting?.words) || "");
  }

  /**
   * Take what is said of what was asked: see ui/protocol/viewer.py.
   * @param {ViewerMessage} message
   */
  async hear(message) {
    if (!isCurrent(message)) return this.fail(RELOAD);
    if ("glance" in message && message.glance) return this.notify("onGlance", message.glance);
    if (message.turn < this.turn) return; // an answer to a request that a newer one has overtaken
    const error = "error" in message ? message.error : "";
    if (error || message.turn > this.turn) this.header.showError(this.isAtPane(message) ? "" : (error ?? ""));
    this.turn = message.turn;
    if ("case" in message) return this.takeCase(message);
    this.notify("onAnswer", message);
    if (message.waiting !== undefined) this.setBusy(message.waiting !== null, message.waiting);
    else if (error) this.setBusy(false); // without one, what is under way goes on
    if (!error) return;
    this.opening.end();
    this.takeBack();
  }

  /** @param {CaseMessage} message */
  async takeCase(message) {
    const { serial } = message;
    this.serial = serial;
    this.setBusy(message.busy, message.waiting);
    if (message.models.length) this.speakers.update(message.models);
    try {
      const arrays = await this.fetch(message);
      if (serial !== this.serial) return;
      this.opening.arrived(message.case);
      this.show(message, arrays);
    } catch (error) {
      if (serial === this.serial) this.fail(wordsOf(error));
    }
  }

  /**
   * Whether an error is about the parameters of a pane on show, and said there.
   * @param {ViewerMessage} message
   * @returns {boolean}
   */
  isAtPane(message) {
    return "at" in message && Boolean(message.at) && this.names.includes(message.at ?? "");
  }

  /**
   * All arrays of a message: {film with its tables, image, masks, human, layers, maps and floors by name of pane,
   * patches by model, gaze}; what there is not is left out.
   * @param {CaseMessage} message
   * @returns {Promise<Arrays>}
   */
  async fetch(message) {
    const { image, masks, human, layers, maps, floors, gaze, patches } = message;
    const all = { ...maps, ...floors };
    const sources = [image, masks, human, layers, ...Object.values(all), ...gaze, ...Object.values(patches)];
    const kept = [...sources, ...FilmCache.sources(message.film)];
    this.arrays.keep(kept.filter((source) => source !== null));
    const [film, first, second, third, fourth, ofMaps, ofPatches, ofGaze] = await Promise.all([
      this.films.get(message, this.arrays),
      this.arrays.get(image),
      masks ? this.arrays.get(masks) : undefined,
      human ? this.arrays.get(human) : undefined,
      layers ? this.arrays.get(layers) : undefined,
      this.fetchAll(all),
      this.fetchAll(patches),
      Promise.all(gaze.map((source) => this.arrays.get(source))),
    ]);
    const arrays = {
      ...film,
      image: first,
      masks: second,
      human: third,
      layers: fourth,
      maps: ofMaps,
      patches: ofPatches,
      gaze: ofGaze,
    };
    return /** @type {Arrays} */ (arrays); // the server says which type each is of
  }

  /** @param {Record<string, StoredArray>} named */
  async fetchAll(named) {
    const arrays = await Promise.all(Object.values(named).map((source) => this.arrays.get(source)));
    return Object.fromEntries(Object.keys(named).map((name, i) => /** @type {const} */ ([name, arrays[i]])));
  }
}
