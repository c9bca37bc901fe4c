// What the viewer says to the server and hears from it.
import { ArrayCache } from "./arrays.js";
import { bePatient } from "./patience.js";

/** The viewer's half that asks and listens; the other half (`show`) draws what has come. */
export class Conversation {
  constructor({ config, send, upload }) {
    Object.assign(this, { config, send, upload, turn: 0, arrays: new ArrayCache() });
    bePatient();
    document.addEventListener("explorer:busy", ({ detail }) => this.header.showWaiting(detail));
  }

  open(id) {
    this.ask("open", { case: id, ...this.wanted() });
  }

  /** The panes on show, as the server is told them with each question about maps: see ui/panes.py. */
  wanted() {
    return { names: this.names, parameters: this.chosenParameters() };
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
      this.send.read({ path, name: file.name, ...this.wanted() });
    } catch (error) {
      this.fail(
        `${file.name} could not be sent: expected a file of at most ${this.config.max_file_size}, and the server refused it.`,
      );
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
    if (content.error || content.turn > this.turn)
      this.header.showError(this.isAtPane(content) ? "" : (content.error ?? ""));
    this.turn = content.turn;
    this.notify("onMessage", content);
    if (content.waiting !== undefined && !content.case) return void this.setBusy(Boolean(content.waiting), content.waiting);
    if (!content.case) return void (content.error && this.setBusy(false)); // what is under way goes on
    const serial = (this.serial = content.serial);
    this.setBusy(content.busy, content.waiting);
    if (content.models?.length) this.speakers.update(content.models);
    try {
      const arrays = await this.fetch(content);
      if (serial === this.serial) this.show(content, arrays);
    } catch (error) {
      if (serial === this.serial) this.fail(error.message);
    }
  }

  /** Whether an error is about the parameters of a pane on show, and said there. */
  isAtPane({ at }) {
    return Boolean(at) && this.names.includes(at);
  }

  /** All arrays of a message: {image, masks, human, maps by name of pane, patches by model}; what there is not is left out. */
  async fetch({ image, masks, human, maps, patches }) {
    const sources = [image, masks, human, ...Object.values(maps), ...Object.values(patches)].filter(Boolean);
    this.arrays.keep(sources);
    const get = (source) => (source ? this.arrays.get(source) : undefined);
    const all = async (named) =>
      Object.fromEntries(
        await Promise.all(Object.entries(named).map(async ([name, source]) => [name, await get(source)])),
      );
    const [first, second, third, ofMaps, ofPatches] = await Promise.all([
      get(image),
      get(masks),
      get(human),
      all(maps),
      all(patches),
    ]);
    return { image: first, masks: second, human: third, maps: ofMaps, patches: ofPatches };
  }
}
