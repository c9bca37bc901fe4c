// The radiographs that a visitor brings: several at once, listed, looked at one after the other, opened, opened again
// after the server let them go, and removed, here and there.
import { destination } from "../device/destination.js";
import { wordsOf } from "../dom.js";
import { brought, othersSentence } from "../files/brought.js";
import { VISIT } from "../steps.js";
import { VisitList } from "./list.js";
import { pictureOf } from "./picture.js";

/**
 * @import { Viewer } from "../../viewer.js"
 * @import { BroughtFile } from "../files/brought.js"
 * @import { Gathered } from "../files/gathering.js"
 * @import { Answer, CaseMessage, Glance } from "../messages.d.ts"
 * @import { UploadStep } from "../steps.js"
 * @import { Arrays } from "../types.d.ts"
 */

const MOST = 50; // of one drop
const PATIENCE = 60_000; // milliseconds for a glance

export class Visit {
  key = "visit";
  /** @type {Map<BroughtFile, string>} */
  keys = new Map(); // the server's, of those that it has read, as they lie now
  /** @type {Map<string, BroughtFile>} */
  read = new Map(); // all keys, also of those that were read again to be laid otherwise
  /** @type {Set<string>} */
  forgotten = new Set(); // keys of those that were removed
  /** @type {Set<number>} */
  removed = new Set();
  /** @type {BroughtFile | null} */
  coming = null; // the one that is being read
  /** @type {BroughtFile[]} */
  untried = []; // of the last drop, for as long as none of it is open
  /** @type {BroughtFile | null} */
  refused = null; // the one that the page's alert is about
  /** @type {BroughtFile[]} */
  queue = []; // to be looked at
  asked = 0; // glances since the queue was empty
  /** @type {{ name: string, answer(glance: Glance | null): void } | null} */
  looking = null;

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.list = new VisitList({ onOpen: (item) => this.open(item), onRemove: (item) => this.remove(item) });
    viewer.cases.element.before(this.list.element);
  }

  /**
   * Files that were chosen or dropped: the first radiograph that can be read is opened, the others are listed.
   * @param {Gathered} all
   */
  async take({ files, folder, cut }) {
    const { viewer } = this;
    const single = files.length === 1 && !folder;
    const annotations = viewer.feature("annotations");
    if (single && annotations.wants(files[0])) return annotations.take(files[0]);
    const { images, others } = await brought.takeAll(files);
    const taken = single ? [...images, ...others] : images.slice(0, MOST); // the server says more of a single one
    const said = [single ? "" : othersSentence(others, files.length), this.limitWords(images.length, cut)];
    if (!files.length) said.unshift("Expected radiographs in this folder, found no file.");
    taken.forEach((item) => this.bring(item));
    const [first, ...rest] = taken;
    const words = said.filter(Boolean).join(" ");
    this.list.remark(first ? words : "");
    this.untried = rest;
    if (first) await viewer.read(first.own);
    else viewer.header.showError(words);
    this.queue.push(...rest);
    this.look();
  }

  /**
   * @param {number} images
   * @param {boolean} cut whether there were more files than were looked at
   * @returns {string}
   */
  limitWords(images, cut) {
    if (images <= MOST && !cut) return "";
    return `The first ${MOST} radiographs are listed; use “Sort a folder” for more.`;
  }

  /**
   * Put a radiograph on the list.
   * @param {BroughtFile} item
   */
  bring(item) {
    this.removed.delete(item.number);
    this.list.add(item);
    this.list.say(item, "Not opened yet", "waiting");
  }

  /** @param {BroughtFile} item a radiograph that is being sent */
  async onUpload(item) {
    const { coming: overtaken } = this;
    this.bring(item);
    this.coming = item;
    if (!destination.ready) {
      this.list.say(item, "Waits until this device is ready", "waiting");
      await destination.settled();
    }
    if (this.coming === item) this.list.say(item, "Being read…", "waiting");
    if (!overtaken || overtaken === item || !this.list.rows.has(overtaken.number)) return;
    this.queue.push(overtaken); // another one is opened: this one is looked at when that has been read
    this.look();
  }

  /**
   * Open one of the list, from the server's memory where that still holds it.
   * @param {BroughtFile} item
   */
  open(item) {
    const { viewer } = this;
    const key = this.keys.get(item);
    if (!key) return viewer.read(item.own);
    viewer.opening.begin(item.title, ({ key: of }) => of === key);
    viewer.ask("open", { case: key, orientation: "", ...viewer.wanted() });
  }

  /**
   * Open the one that a step of the browser's history is about; says why not where it is not there.
   * @param {UploadStep} step
   */
  openStep({ visit, number }) {
    const item = visit === VISIT ? brought.all.find((one) => one.number === number) : undefined;
    if (item && this.list.rows.has(number)) return this.open(item);
    const gone = item ? `${item.title} was removed from this visit` : "That upload belongs to an earlier visit";
    this.viewer.header.showError(`${gone}: choose its file again to open it.`);
  }

  /** @param {BroughtFile} item */
  remove(item) {
    const { viewer } = this;
    const key = this.keys.get(item);
    const { case: open } = viewer.content;
    this.queue = this.queue.filter((one) => one !== item);
    this.removed.add(item.number);
    this.list.remove(item);
    this.keys.delete(item);
    for (const [one, of] of this.read) {
      if (of !== item) continue;
      this.read.delete(one);
      this.forgotten.add(one);
      viewer.send.discard({ case: one });
    }
    if (item === this.refused || !this.list.rows.size) viewer.header.showError("");
    if (key && open?.key === key) viewer.close(`${item.title} was removed.`);
  }

  /**
   * @param {CaseMessage} content
   * @param {Arrays} arrays
   */
  onCase({ case: { id, key, title } }, { image }) {
    const item = id === null ? brought.find(title) : null;
    this.list.choose(item?.number ?? null);
    if (!item) return;
    this.keys.set(item, key);
    this.read.set(key, item);
    this.coming = this.refused = null;
    this.untried = [];
    this.list.add(item);
    this.list.showPicture(item, pictureOf(image));
  }

  onContent() {
    const { case: item, assessments } = this.viewer.opened;
    const open = item.id === null ? brought.find(item.title) : null;
    if (open) this.list.showVerdict(open, assessments);
  }

  /** Nothing is open any more. */
  onClose() {
    this.list.choose(null);
  }

  /** @param {Answer} answer */
  onAnswer({ error, gone }) {
    if (gone) return this.sendAgain(gone);
    if (error && this.coming) this.giveUp(this.coming, "Cannot be read", error);
  }

  /**
   * A file that could not be sent.
   * @param {BroughtFile} item
   * @param {string} words
   */
  onRefusal(item, words) {
    if (this.coming === item) this.giveUp(item, "Could not be sent", words);
  }

  /**
   * Say why one was not opened, and go on with the next of its drop.
   * @param {BroughtFile} item
   * @param {string} words
   * @param {string} reason
   */
  giveUp(item, words, reason) {
    this.list.say(item, words, "wrong", reason);
    this.refused = item;
    this.coming = null;
    const next = this.untried.shift();
    if (next && this.list.rows.has(next.number)) this.viewer.read(next.own);
  }

  /** @param {string} key of an upload that the server does not hold any more */
  sendAgain(key) {
    const [item] = [...this.keys].find(([, known]) => known === key) ?? [];
    if (!item) return;
    this.keys.delete(item);
    this.viewer.say(`The server no longer had ${item.title}: it is sent again.`);
    this.viewer.read(item.own);
  }

  /** Look at those that were brought and not opened, one after the other. */
  async look() {
    if (this.looking) return;
    const { viewer, list } = this;
    for (this.asked = 0; this.queue.length;) {
      const item = this.queue.shift();
      if (!item || this.keys.has(item) || !list.rows.has(item.number)) continue;
      list.showProgress(`Checking ${++this.asked} of ${this.asked + this.queue.length}…`);
      list.say(item, "Being checked…", "waiting");
      try {
        this.show(item, await this.glance(item));
      } catch (error) {
        list.say(item, "Could not be sent", "wrong", viewer.refusal(item) || wordsOf(error));
      }
    }
    list.showProgress("");
  }

  /**
   * @param {BroughtFile} item
   * @returns {Promise<Glance | null>} null where no answer came
   */
  async glance({ file, name }) {
    const asked = new Promise((resolve) => {
      this.looking = { name, answer: resolve };
    });
    try {
      const { path } = await this.viewer.upload(file);
      this.viewer.send.glance({ path, name });
      const late = new Promise((resolve) => setTimeout(() => resolve(null), PATIENCE));
      return await Promise.race([asked, late]);
    } finally {
      this.looking = null;
    }
  }

  /** @param {Glance} glance */
  onGlance(glance) {
    if (this.looking?.name === glance.name) this.looking.answer(glance);
  }

  /**
   * @param {BroughtFile} item
   * @param {Glance | null} glance
   */
  show(item, glance) {
    if (this.keys.has(item)) return; // opened meanwhile, which says more
    if (!glance) return this.list.say(item, "Not opened yet", "waiting");
    if (glance.error) return this.list.say(item, "Cannot be read", "wrong", glance.error);
    this.list.showPicture(item, glance.thumbnail);
    this.list.showVerdict(item, glance.assessments);
  }
}
