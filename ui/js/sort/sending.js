// Sending many files: a batch a request, the next one on its way while the models work; cancelled, and gone on with.

import { destination } from "../device/destination.js";

/**
 * @import { SentFile, SortedImage, SortMessage, SortRequest } from "../messages.d.ts"
 * @import { Upload } from "../types.d.ts"
 */

const PATIENCE = 180_000; // milliseconds without a word, after which no answer is expected any more
const LARGE = 32_000_000; // bytes of a batch, beyond which it takes no further file

/** @typedef {{ index: number, name: string, file: () => File, size: number }} Waiting a file that is to be sent */
/** @typedef {{ running: boolean, done: number, total: number, error: string, waiting: string }} State */
/**
 * @typedef {object} Listeners
 * @property {(rows: SortedImage[]) => void} onRows rows that are new, or new again
 * @property {(state: State) => void} onState
 */

/**
 * The first files of a queue that go into one request.
 * @param {Waiting[]} queue
 * @param {number} most
 * @returns {Waiting[]}
 */
export function nextBatch(queue, most) {
  let bytes = 0;
  const count = queue.slice(0, most).findIndex(({ size }, i) => (bytes += size) > LARGE && i > 0);
  return queue.slice(0, count < 0 ? most : count);
}

export class Sending {
  /** @type {Map<number, Waiting>} */
  left = new Map(); // files without a row
  total = 0;
  running = false;
  run = 0;
  batch = 0;
  /** @type {((error: string) => void) | null} */
  answered = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;
  waiting = "";

  /**
   * @param {{ sort(data: SortRequest): void, halt(data: object): void }} send
   * @param {Upload} upload
   * @param {number} most files of a request
   * @param {Listeners} listeners
   */
  constructor(send, upload, most, { onRows, onState }) {
    this.send = send;
    this.upload = upload;
    this.most = most;
    this.onRows = onRows;
    this.onState = onState;
  }

  /**
   * Begin with other files; those of before are given up.
   * @param {Waiting[]} files
   * @param {number} total with those that are known to be no images
   */
  begin(files, total) {
    this.cancel();
    this.left = new Map(files.map((file) => [file.index, file]));
    this.total = total;
    return this.goOn();
  }

  /** Send what has no row yet. */
  async goOn() {
    const run = ++this.run;
    this.running = true;
    this.say();
    const queue = [...this.left.values()];
    /** @type {Promise<string>} */
    let answer = Promise.resolve("");
    let error = "";
    while (queue.length && !error && run === this.run) {
      const some = queue.splice(0, nextBatch(queue, this.most).length);
      const sent = await this.uploaded(some, run);
      error = await answer; // of the batch before, which the models have worked on meanwhile
      if (error || run !== this.run) break;
      answer = this.ask(sent);
    }
    error ||= await answer;
    if (run !== this.run) return;
    this.running = false;
    this.say(error);
  }

  cancel() {
    if (this.running) this.send.halt({});
    this.run += 1;
    this.running = false;
    this.waiting = "";
    this.settle("");
    this.say();
  }

  /**
   * @param {Waiting[]} files
   * @param {number} run
   * @returns {Promise<SentFile[]>}
   */
  async uploaded(files, run) {
    /** @type {SentFile[]} */
    const sent = [];
    for (const { index, name, file } of files) {
      await destination.settled(); // and what was given up meanwhile goes nowhere
      if (run !== this.run) break;
      try {
        sent.push({ index, name, path: (await this.upload(file())).path });
      } catch {
        sent.push({ index, name, path: "" });
      }
    }
    return sent;
  }

  /**
   * @param {SentFile[]} files
   * @returns {Promise<string>} an error; "" once all have rows
   */
  ask(files) {
    this.batch += 1;
    return new Promise((resolve) => {
      this.answered = resolve;
      this.expect();
      this.send.sort({ batch: this.batch, files });
    });
  }

  expect() {
    clearTimeout(this.timer);
    const late = `No answer came within ${PATIENCE / 60_000} minutes; go on to ask again.`;
    this.timer = setTimeout(() => this.settle(late), PATIENCE);
  }

  /** @param {string} error */
  settle(error) {
    clearTimeout(this.timer);
    this.answered?.(error);
    this.answered = null;
  }

  /**
   * What the server says of the batch that is asked for; of others it is late.
   * @param {SortMessage} message
   */
  hear({ batch, busy, error, waiting, rows = [] }) {
    if (batch !== this.batch || !this.answered) return;
    this.expect();
    this.waiting = waiting?.words ?? "";
    const fresh = rows.filter(({ index }) => this.left.delete(index));
    if (fresh.length) this.onRows(fresh);
    this.say();
    if (!busy) this.settle(error ?? "");
  }

  say(error = "") {
    const { running, total, waiting } = this;
    this.onState({ running, done: total - this.left.size, total, error, waiting });
  }
}
