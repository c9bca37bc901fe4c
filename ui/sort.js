// The view "Sort a folder": many radiographs by one finding's probability. `mount` puts it into an element.
import { destination } from "./js/device/destination.js";
import { DestinationNote } from "./js/device/note.js";
import { isAlone, said } from "./js/device/sentences.js";
import { make, makeSelect } from "./js/dom.js";
import { download } from "./js/drawing/session.js";
import { brought } from "./js/files/brought.js";
import { filesOfDrop, makePicker } from "./js/files/gathering.js";
import { whyNot } from "./js/files/kinds.js";
import { withoutName } from "./js/files/names.js";
import { csvOf } from "./js/sort/csv.js";
import { oncePerFrame } from "./js/frames.js";
import { GROUPS, ordered } from "./js/sort/order.js";
import { Readers } from "./js/sort/reading.js";
import { Sending } from "./js/sort/sending.js";
import { Table } from "./js/sort/table.js";
import { expectCurrent, isCurrent, RELOAD } from "./js/version.js";

/**
 * @import { BroughtFile } from "./js/files/brought.js"
 * @import { Side } from "./js/device/destination.js"
 * @import { Gathered } from "./js/files/gathering.js"
 * @import { SortedImage, SortMessage } from "./js/messages.d.ts"
 * @import { Group, Wish } from "./js/sort/order.js"
 * @import { State } from "./js/sort/sending.js"
 * @import { SortChannel } from "./js/types.d.ts"
 */

const WORDS =
  "Many radiographs at once, by one finding's probability. What cannot be read or assessed comes first, with the " +
  "reason; then what the models are not sure of; then the rest, from the most probable down. Probabilities are " +
  "calibrated here where that is known; Explore shows them as the models give them.";
const LIMITS = "For research on how models order images; not for deciding whose radiograph is read first.";
const STAYS = "the list stays in this browser until you leave the page.";
/** @type {Record<Side, string>} */
const GOES = {
  host: `Each file goes to the server under a number, is read there and deleted at once; ${STAYS}`,
  device: `Each file is read on this device and does not leave it; ${STAYS}`,
};
const UNREAD =
  "You are reading on your own: what models say of images stands here again once the second read is switched off.";
const OFTEN = 250; // milliseconds between two pictures of the list
/** @type {Record<Group | "all", string>} */
const SHOWN = { all: "All", apart: "Cannot be read or assessed", unsure: "Not sure", sure: "Sure" };

export class SortFolder {
  /** @type {BroughtFile[]} */
  files = [];
  /** @type {SortedImage[]} */
  rows = [];
  cut = "";
  serial = "";
  cost = 0; // milliseconds that the last picture of the list took
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  drawing = undefined;
  sure = make("input", {
    type: "range",
    min: 0.5,
    max: 0.99,
    step: 0.01,
    value: 0.8,
    on: { input: () => this.drawSoon() },
  });
  drawSoon = oncePerFrame(() => this.draw());
  sureText = make("span", { class: "number" });
  status = make("p", { class: "note", role: "status", text: "Nothing is chosen." });
  alert = make("p", { class: "alert", role: "alert" });
  bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "Images done" });
  cancel = make("button", { type: "button", text: "Cancel", hidden: true, on: { click: () => this.sending.cancel() } });
  more = make("button", { type: "button", text: "Go on", hidden: true, on: { click: () => this.sending.goOn() } });
  /** @type {Side} */
  side = "host"; // who reads the files
  goes = make("span");
  where = new DestinationNote(() => ({
    words: destination.ready ? "" : destination.words,
    offered: destination.failed ? (isAlone() ? ["device"] : ["device", "host"]) : [],
  }));
  names = make("button", {
    type: "button",
    "aria-pressed": "false",
    text: "Show file names",
    on: { click: () => brought.show(!brought.shown) },
  });
  save = make("button", { type: "button", text: "Save as CSV", disabled: true, on: { click: () => this.toCsv() } });

  /**
   * @param {HTMLElement} element the place of the view, emptied.
   * @param {SortChannel} channel {config, send, upload}: what ui/sort_tab.py hands over
   */
  constructor(element, { config, send, upload }) {
    expectCurrent(config);
    this.config = config;
    const { findings, models } = config;
    const redraw = () => this.draw();
    this.finding = makeSelect(
      "Finding",
      findings.map((name, i) => [String(i), name]),
      redraw,
    );
    this.finding.control.value = String(findings.indexOf("Pleural Effusion"));
    const all = models.map(({ key, label }) => /** @type {[string, string]} */ ([key, label]));
    this.by = makeSelect("In the order of", [["", "the models' mean"], ...all], redraw);
    const kinds = /** @type {[Group | "all", string][]} */ (Object.entries(SHOWN));
    this.shown = makeSelect("Show", kinds, redraw);
    this.table = new Table(models, { onOpen: (i) => this.open(i), labelOf: (i) => this.labelOf(i) });
    const readers = new Readers({ send, upload }, (message) => this.update(message));
    this.sending = new Sending(readers.send, readers.upload, config.batch, {
      onRows: (rows) => this.take(rows),
      onState: (state) => this.showState(state),
    });
    this.element = this.layOut();
    element.replaceChildren(this.element);
    brought.addEventListener("names", () => this.showNames());
    destination.addEventListener("change", () => this.turnTo());
    if (!isAlone()) destination.begin(config.device); // else Explore has chosen this device
    this.turnTo();
    this.draw();
  }

  /** @returns {HTMLElement} */
  layOut() {
    const { accept } = this.config;
    const onFiles = (/** @type {Gathered} */ all) => this.choose(all);
    const words = make("span", { text: "Sure from" });
    const title = make("h2", { text: "Sort a folder" });
    const element = make(
      "div",
      { class: "sorting viewer", "data-drops": true },
      make("p", { class: "note unread-note", text: UNREAD }),
      make("header", {}, title, make("p", { text: WORDS }), make("p", {}, `${LIMITS} `, this.goes)),
      make(
        "div",
        { class: "sort-bar" },
        makePicker("Choose a folder…", { folder: true, class: "button primary", onFiles }),
        makePicker("Choose images…", { accept, onFiles }),
        this.bar,
        this.cancel,
        this.more,
        this.status,
      ),
      this.where.element,
      this.alert,
      make(
        "div",
        { class: "sort-bar fields" },
        this.finding,
        this.by,
        make("label", { class: "field slider" }, words, this.sure, this.sureText),
        this.shown,
        this.names,
        this.save,
      ),
      this.table.element,
    );
    element.addEventListener("dragover", (event) => {
      event.preventDefault();
      event.stopPropagation();
      element.classList.add("over");
    });
    element.addEventListener("dragleave", () => element.classList.remove("over"));
    element.addEventListener("drop", (event) => this.drop(event));
    return element;
  }

  /** Another side reads the files from now on: what is under way stops, and goes on where the visitor says so. */
  turnTo() {
    const { chosen, device } = destination;
    if (this.side !== chosen && this.sending.running) this.sending.cancel();
    this.side = chosen;
    const here = chosen === "device" && device ? device.models.map(({ speaker }) => speaker.key) : null;
    const missing = this.config.models.filter(({ key }) => here && !here.includes(key));
    this.goes.textContent = [GOES[chosen], ...missing.map(({ label }) => said("model", label))].join(" ");
  }

  /** @param {DragEvent} event */
  async drop(event) {
    event.preventDefault();
    event.stopPropagation(); // it is for this view, not for Explore
    this.element.classList.remove("over");
    if (event.dataTransfer) await this.choose(await filesOfDrop(event.dataTransfer));
  }

  /** @param {Gathered} gathered */
  async choose({ files }) {
    const { most } = this.config;
    this.alert.textContent = "";
    if (!files.length) return;
    this.cut = files.length > most ? ` The first ${most} of ${files.length} were taken.` : "";
    const { images, others } = await brought.takeAll(files.slice(0, most));
    this.files = [...images, ...others];
    const all = this.files.map((one, index) => ({ index, ...waitingOf(one) }));
    this.rows = others.map(({ kind }, i) => ({
      index: images.length + i,
      error: whyNot(kind),
    }));
    this.draw();
    if (isAlone() && images.length && !destination.ready) destination.want("device"); // sets it up with the first file
    await this.sending.begin(all.slice(0, images.length), all.length);
  }

  /** @param {SortedImage[]} rows */
  take(rows) {
    this.rows.push(...rows.map((row) => (row.error ? { ...row, error: this.reasonOf(row.index, row.error) } : row)));
    this.drawing ??= setTimeout(() => this.draw(), Math.max(OFTEN, 4 * this.cost)); // a fifth of the time at most
  }

  /**
   * @param {number} index
   * @param {string} error
   * @returns {string} without the name, which stands in the row
   */
  reasonOf(index, error) {
    const reason = withoutName(error, this.files[index].name);
    return reason.charAt(0).toUpperCase() + reason.slice(1);
  }

  /** @param {State} state */
  showState({ running, done, total, error, waiting }) {
    this.bar.hidden = this.cancel.hidden = !running;
    this.more.hidden = running || done === total;
    this.bar.value = total ? done / total : 0;
    this.element?.setAttribute("aria-busy", String(running));
    const words = running ? waiting : done < total ? "Stopped." : "";
    this.status.textContent = total ? `${done} of ${total} images. ${words}${this.cut}`.trim() : "Nothing is chosen.";
    if (error) this.alert.textContent = error;
  }

  /** @returns {Wish} */
  get wish() {
    return {
      finding: Number(this.finding.control.value),
      by: this.by.control.value,
      sure: Number(this.sure.value),
    };
  }

  draw() {
    const begun = performance.now();
    clearTimeout(this.drawing);
    this.drawing = undefined;
    const { wish } = this;
    this.sureText.textContent = `${Math.round(100 * wish.sure)} %`;
    const judged = ordered(this.rows, this.config.models, wish);
    for (const option of this.shown.control.options) {
      const group = /** @type {Group | "all"} */ (option.value);
      const count = group === "all" ? judged.length : judged.filter((one) => one.group === group).length;
      option.textContent = judged.length ? `${SHOWN[group]} (${count})` : SHOWN[group];
    }
    const chosen = GROUPS.find((group) => group === this.shown.control.value);
    this.judged = chosen ? judged.filter(({ group }) => group === chosen) : judged;
    this.save.disabled = !this.judged.length;
    this.table.show(this.judged, wish, judged.length > 0);
    this.cost = performance.now() - begun;
  }

  showNames() {
    this.names.setAttribute("aria-pressed", String(brought.shown));
    this.names.textContent = brought.shown ? "Hide file names" : "Show file names";
    this.draw();
  }

  /**
   * @param {number} index
   * @returns {string}
   */
  labelOf(index) {
    return brought.labelOf(this.files[index]);
  }

  /**
   * Open an image in Explore: it is sent again from here, since the server keeps none.
   * @param {number} index
   */
  open(index) {
    document.dispatchEvent(new CustomEvent("explorer:read", { detail: { file: this.files[index].own } }));
  }

  toCsv() {
    const { wish, config } = this;
    const name = config.findings[wish.finding];
    const text = csvOf(this.judged ?? [], config.models, { ...wish, name, label: (index) => this.labelOf(index) });
    const url = URL.createObjectURL(new Blob([`\ufeff${text}`], { type: "text/csv" }));
    download(`sorted-${name.toLowerCase().replaceAll(" ", "-")}.csv`, url);
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  /**
   * Take what the server says: see ui/protocol/sorting.py.
   * @param {SortMessage | null} message
   */
  update(message) {
    if (!message || message.serial === this.serial) return;
    this.serial = message.serial;
    if (isCurrent(message)) this.sending.hear(message);
    else this.alert.textContent = RELOAD;
  }
}

/**
 * @param {BroughtFile} one
 * @returns {{ name: string, file: () => File, size: number }}
 */
function waitingOf(one) {
  return { name: one.name, file: () => one.file, size: one.own.size };
}

/**
 * Put the view into an element; returns it (`update` takes what the server says).
 * @param {HTMLElement} element
 * @param {SortChannel} channel
 * @returns {SortFolder}
 */
export function mount(element, channel) {
  return new SortFolder(element, channel);
}
