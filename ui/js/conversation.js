// What the viewer says to the server and hears from it.
import { ArrayCache } from "./arrays.js";

/** The viewer's half that asks and listens; the other half (`show`) draws what has come. */
export class Conversation {
  constructor({ config, send, upload }) {
    Object.assign(this, { config, send, upload, turn: 0, arrays: new ArrayCache() });
  }

  open(id) {
    this.ask("open", { case: id });
  }

  ask(what, data) {
    this.header.showError("");
    this.setBusy(true);
    this.send[what](data);
  }

  async read(file) {
    this.setBusy(true);
    this.header.showError("");
    this.notify("onUpload", file);
    try {
      const { path } = await this.upload(file);
      this.send.read({ path, name: file.name });
    } catch (error) {
      this.fail(`${file.name} could not be sent: expected a file of at most ${this.config.max_file_size}, and the server refused it.`);
    }
  }

  fail(text) {
    this.setBusy(false);
    this.header.showError(text);
  }

  setBusy(busy, waiting = null) {
    this.busy = busy;
    this.busyBar.hidden = !busy;
    this.element.setAttribute("aria-busy", String(busy));
    this.header.showWaiting((busy && waiting?.words) || "");
  }

  /** Take what the server says: see ui/messages.py. */
  async update(content) {
    if (!content) return;
    if (content.turn < this.turn) return; // an answer to a request that a newer one has overtaken
    if (content.error || content.turn > this.turn) this.header.showError(content.error ?? "");
    this.turn = content.turn;
    this.notify("onMessage", content);
    if (!content.case) return void (content.error && this.setBusy(false)); // what is under way goes on
    const serial = (this.serial = content.serial);
    this.setBusy(content.busy, content.waiting);
    if (content.models?.length) this.models.update(content.models);
    try {
      const arrays = await this.fetch(content);
      if (serial === this.serial) this.show(content, arrays);
    } catch (error) {
      if (serial === this.serial) this.fail(error.message);
    }
  }

  async fetch(content) {
    const named = { image: content.image, masks: content.masks, human: content.human, patches: content.patches, ...content.maps };
    const sources = Object.entries(named).filter(([, source]) => source);
    this.arrays.keep(sources.map(([, source]) => source));
    return Object.fromEntries(await Promise.all(sources.map(async ([key, source]) => [key, await this.arrays.get(source)])));
  }
}
