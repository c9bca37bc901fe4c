// The radiographs that were brought in this visit, by their numbers. Their own names stay in this page's memory, and
// are shown here alone, when somebody asks for them.
import { kindOf } from "./kinds.js";
import { matched } from "./matching.js";
import { companionName, uploadName } from "./names.js";

/**
 * @import { Kind } from "./kinds.js"
 * @import { PublicName } from "./names.js"
 */

const NAMED = 5; // files that a sentence names
const SHARED = new Intl.ListFormat("en");

/** A file that was brought, and what it is called outside this browser. */
export class BroughtFile {
  /**
   * @param {File} own as it is on this computer
   * @param {number} number within the visit
   * @param {PublicName} called
   * @param {Kind} kind
   */
  constructor(own, number, called, kind) {
    this.own = own;
    this.number = number;
    this.stem = called.stem;
    this.name = called.name;
    this.title = called.title;
    this.kind = kind;
  }

  /**
   * The file as it leaves this browser.
   * @returns {File}
   */
  get file() {
    return new File([this.own], this.name, { type: this.own.type });
  }
}

export class Brought extends EventTarget {
  /** @type {BroughtFile[]} */
  all = [];
  /** @type {WeakMap<File, BroughtFile>} */
  known = new WeakMap();
  shown = false; // whether own names are shown
  companions = 0; // files that belong to a case

  /**
   * Number a file; one that was brought before keeps its number.
   * @param {File} file
   * @returns {Promise<BroughtFile>}
   */
  async take(file) {
    return this.number(file, await kindOf(file));
  }

  /**
   * @param {File} file
   * @param {Kind} kind
   * @returns {BroughtFile}
   */
  number(file, kind) {
    const known = this.known.get(file);
    if (known) return known;
    const number = this.all.length + 1;
    const brought = new BroughtFile(file, number, uploadName(file.name, number, new Date()), kind);
    this.all.push(brought);
    this.known.set(file, brought);
    return brought;
  }

  /**
   * Number many files, in their order, and part those that may be radiographs from the others.
   * @param {File[]} files
   * @returns {Promise<{ images: BroughtFile[], others: BroughtFile[] }>}
   */
  async takeAll(files) {
    const kinds = await Promise.all(files.map(kindOf));
    const all = files.map((file, i) => this.number(file, kinds[i]));
    return { images: all.filter(({ kind }) => kind.image), others: all.filter(({ kind }) => !kind.image) };
  }

  /**
   * A file of annotations, masks or gaze as it leaves this browser.
   * @param {File} own
   * @param {BroughtFile | null} of the upload that it is meant for, where it is for one
   * @param {string[]} findings all names of findings that are understood
   * @returns {Promise<File>}
   * @throws Error with one sentence, of an archive that cannot be read here.
   */
  async companion(own, of, findings) {
    const name = companionName(own.name, ++this.companions, findings);
    const content = of ? await matched(own, of.own.name, of.stem) : own;
    return new File([content], name, { type: own.type });
  }

  /**
   * The upload of a title.
   * @param {string} title
   * @returns {BroughtFile | null}
   */
  find(title) {
    return this.all.find((one) => one.title === title) ?? null;
  }

  /**
   * What a file is called on this page: by its own name where somebody wants to see these.
   * @param {BroughtFile} file
   * @returns {string}
   */
  labelOf({ own, title }) {
    return this.shown ? own.name : title;
  }

  /** @param {boolean} shown whether own names shall be shown; "names" is dispatched */
  show(shown) {
    this.shown = shown;
    this.dispatchEvent(new Event("names"));
  }
}

/**
 * One sentence for files that are no radiographs; "" where all may be.
 * @param {BroughtFile[]} others
 * @param {number} total files that were brought with them
 * @returns {string}
 */
export function othersSentence(others, total) {
  if (!others.length) return "";
  const named = others.slice(0, NAMED).map(({ number, kind }) => `Upload ${number} (${kind.words})`);
  const more = others.length > NAMED ? [`${others.length - NAMED} more`] : [];
  const list = SHARED.format([...named, ...more]);
  const count = total === 1 ? "This file is no radiograph" : `${others.length} of ${total} files are no radiographs`;
  const one = others.length === 1 && total > 1 ? `1 of ${total} files is no radiograph` : count;
  return `${one}: ${list}.`;
}

/** All files of this visit, for all tabs of the page. */
export const brought = new Brought();
