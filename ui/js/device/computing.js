// "Compute on: the server, this device": what is chosen in Explore, and how far setting this device up is.
import { make, wordsOf } from "../dom.js";
import { isCurrent, RELOAD } from "../version.js";
import { DeviceChannel } from "./channel.js";
import { destination } from "./destination.js";
import { whyNot } from "./engine.js";
import { worksAlone } from "./sentences.js";

/**
 * @import { Viewer } from "../../viewer.js"
 * @import { Progress, Started } from "./types.d.ts"
 * @import { Side } from "./destination.js"
 */

const WAITS = "Waits until this device is ready.";
const KEPT_BACK = "This device is not ready: your files wait here until you try again";
const NOT_READY = `${KEPT_BACK} or use the server.`;

/**
 * @param {number} bytes
 * @returns {string}
 */
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

export class Computing {
  key = "computing";
  says = make("p", { class: "computing-says", role: "status" });
  bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "Getting what this device computes with" });
  again = make("button", { type: "button", class: "link-button", text: "Try again", hidden: true });
  host = make("button", { type: "button", class: "link-button", text: "Use the server", hidden: true });
  /** @type {Promise<DeviceChannel> | null} */
  joining = null;
  holding = false; // whether a radiograph of Explore waits
  /** @type {Record<Side, HTMLInputElement>} */
  choices = { host: this.makeChoice("host"), device: this.makeChoice("device") };

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.exchange = viewer.exchange;
    const mode = viewer.config.device;
    this.alone = Boolean(this.exchange.host.lacks?.includes("read")); // whether the host reads no files
    const group = make(
      "div",
      { class: "computing-choices", role: "radiogroup", "aria-label": "Compute on" },
      make("h2", { text: "Compute on" }),
      make("label", {}, this.choices.host, make("span", { text: "the server" })),
      make("label", {}, this.choices.device, make("span", { text: "this device" })),
    );
    worksAlone(this.alone);
    this.again.addEventListener("click", () => destination.want("device"));
    this.host.addEventListener("click", () => destination.want("host"));
    this.element = make(
      "section",
      { class: "computing", "aria-label": "Where your files are computed" },
      this.alone ? make("h2", { text: "Your own radiographs" }) : group,
      this.says,
      this.bar,
      this.again,
      " ",
      this.host,
    );
    if (mode === "off") return;
    viewer.cases.element.before(this.element);
    destination.addEventListener("wanted", (event) => this.choose(/** @type {CustomEvent<Side>} */ (event).detail));
    if (this.alone) {
      this.wait();
      return;
    }
    destination.begin(mode);
    this.choose(destination.chosen);
  }

  /** Where the host reads no files, this device does; what that needs is fetched with the first. */
  async wait() {
    destination.choose("device", false);
    this.choices.device.checked = true;
    try {
      const { engine } = await this.channel();
      const size = megabytes(engine.bytes);
      this.say(`Files that you open stay on this device, which computes. The first one fetches ${size}, once.`);
    } catch (error) {
      this.fail(wordsOf(error));
    }
  }

  /** A radiograph is brought: say that it waits; where the host reads none, this device is set up for it. */
  onUpload() {
    if (destination.ready) return;
    this.holding = true;
    destination.settled().then(() => {
      this.holding = false;
      this.viewer.header.showWaiting("");
    });
    if (this.alone) this.choose("device");
    else if (destination.failed) this.keepBack();
    else this.viewer.header.showWaiting(WAITS);
  }

  /** What waits goes on waiting, until the visitor says what shall become of it. */
  keepBack() {
    const { viewer, alone } = this;
    viewer.setBusy(false);
    viewer.opening.end();
    viewer.header.showWaiting(alone ? `${KEPT_BACK}.` : NOT_READY);
  }

  /**
   * @param {Side} side
   * @returns {HTMLInputElement}
   */
  makeChoice(side) {
    const on = { change: () => destination.want(side) };
    return make("input", { type: "radio", name: "compute-on", value: side, on });
  }

  /** @param {Side} side who reads the next file, and computes what is said of it */
  async choose(side) {
    this.choices[side].checked = true;
    this.again.hidden = this.host.hidden = true;
    this.bar.hidden = true;
    if (this.holding) this.viewer.setBusy(true);
    if (side === "host") {
      destination.choose("host", true);
      this.say("Files that you open are sent to the server, and not kept there.");
      return;
    }
    destination.choose("device", false); // from now on no file leaves this browser
    if (this.holding) this.viewer.header.showWaiting(WAITS);
    this.say("Asking for what this device computes with…");
    try {
      const started = await (await this.channel()).start();
      if (!this.choices.device.checked) return;
      destination.choose("device", true);
      this.say(this.readyWords(started));
    } catch (error) {
      if (!this.choices.device.checked) return;
      this.fail(wordsOf(error));
    }
    this.bar.hidden = true;
  }

  /**
   * @returns {Promise<DeviceChannel>}
   * @throws Error with one sentence, where nothing can be computed here.
   */
  channel() {
    this.joining ??= this.joined().catch((error) => {
      this.joining = null;
      throw error;
    });
    return this.joining;
  }

  /** @returns {Promise<DeviceChannel>} */
  async joined() {
    const { exchange, viewer } = this;
    const problem = whyNot();
    if (problem) throw new Error(problem);
    const content = await viewer.exchange.server.device?.(null);
    if (!content) throw new Error("Expected the host to say with what this device computes, and no answer came");
    if (!isCurrent(content)) throw new Error(RELOAD);
    if (content.problem) throw new Error(content.problem);
    const { config } = viewer;
    const { root = "" } = exchange.host;
    const onProgress = (/** @type {Progress} */ progress) => this.progress(progress);
    const picture = async () => (await viewer.feature("exports").snapshot.draw()).toDataURL("image/png");
    const device = new DeviceChannel({ config, content, root, deliver: () => {}, onProgress, picture });
    exchange.join(device);
    destination.device = device;
    return device;
  }

  /** @param {Progress} progress */
  progress(progress) {
    if (progress.stage !== "files" || !this.choices.device.checked) return;
    const { done, total } = progress;
    this.bar.hidden = done >= total;
    this.bar.value = done / total;
    const what = "the runtime and the models";
    if (done < total) this.say(`Getting ${what}: ${megabytes(done)} of ${megabytes(total)}, once`);
    else this.say("Starting…");
  }

  /**
   * @param {Started} started
   * @returns {string}
   */
  readyWords({ provider, threads }) {
    const { device } = this.exchange;
    const bytes = device?.engine.bytes ?? 0;
    const with_ = provider === "webgpu" ? "its graphics processor" : `${threads} thread${threads === 1 ? "" : "s"}`;
    const memory = "some 0.2 GB of memory, and what radiographs take";
    return (
      `Files that you open stay on this device, which computes with ${with_}. Kept by this browser: ` +
      `${megabytes(bytes)}; it takes ${memory}. Listed cases come ${this.alone ? "with the page" : "from the server"}.`
    );
  }

  /**
   * Setting this device up failed: files wait until it is tried again, or the visitor takes the server.
   * @param {string} error
   */
  fail(error) {
    const { alone } = this;
    destination.choose("device", false, true);
    const whole = /[.?!]$/.test(error) ? error : `${error}.`;
    this.again.hidden = false;
    this.host.hidden = alone;
    if (this.holding) this.keepBack();
    const rest = alone ? "Listed cases are shown without it." : "No file is sent unless you use the server.";
    this.say(`Not on this device: ${whole} ${rest}`);
  }

  /** @param {string} words */
  say(words) {
    this.says.textContent = words;
    destination.say(words);
  }
}
