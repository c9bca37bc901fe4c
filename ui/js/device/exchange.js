// The viewer's one channel where there are two: the host's, and that of this device. A radiograph is answered by the
// one that opened it; what the other still says of an earlier one is passed over. Who gets files: see destination.js.
import { KEY } from "./channel.js";
import { destination } from "./destination.js";
import { said } from "./sentences.js";
import { reply } from "./telling.js";

/**
 * @import { ViewerConfig } from "../messages.d.ts"
 * @import { DeviceChannel } from "./channel.js"
 * @import { Side } from "./destination.js"
 * @import { Question, Upload, Uploaded, ViewerChannel, ViewerMessage, ViewerSend } from "../types.d.ts"
 */

/** @type {readonly Question[]} */
const ANSWERED = ["read", "glance", "lay", "export"]; // of radiographs that this device opened, whatever the host does

export class Exchange {
  /** @type {DeviceChannel | null} */
  device = null;
  /** @type {Side} */
  open = "host"; // who answers what is asked of the open radiograph
  now = 0; // the newest turn that the viewer knows
  busy = false; // whether the host was computing when it last spoke
  /** @type {Record<Side, { last: number, shift: number, first: number }>} */
  sides = {
    host: { last: 0, shift: 0, first: 0 }, // its newest turn, what that lacks to the viewer's, the first that counts
    device: { last: 0, shift: 0, first: 0 },
  };
  /** @type {(message: ViewerMessage) => void} */
  deliver = () => {};
  /** @type {ViewerSend} */
  send;

  /** @param {ViewerChannel} host */
  constructor(host) {
    this.host = host;
    this.config = host.config;
    this.server = host.server;
    const answered = host.config.device === "off" ? [] : ANSWERED;
    this.lacks = host.lacks?.filter((question) => !answered.includes(question)); // of both
    const to = /** @type {<T>(name: keyof ViewerSend) => (data: T) => void} */ (
      (name) => (data) => this.pass(name, data)
    );
    this.send = {
      open: to("open"),
      read: to("read"),
      glance: to("glance"),
      discard: to("discard"),
      explain: to("explain"),
      refine: to("refine"),
      annotate: to("annotate"),
      compare: to("compare"),
      nearest: to("nearest"),
      film: to("film"),
      export: to("export"),
      stop: to("stop"),
    };
  }

  /**
   * The other end, once it has been set up.
   * @param {DeviceChannel} device
   */
  join(device) {
    this.device = device;
    device.deliver = (message) => this.hear("device", message);
  }

  /**
   * @type {Upload}
   * @param {File} file kept here as long as it may be this device's
   * @returns {Promise<Uploaded>}
   */
  upload = async (file) => {
    const side = await destination.settled();
    const here = side === "device" || this.open === "device";
    return here && this.device ? this.device.upload(file) : this.host.upload(file);
  };

  /**
   * Whose a question is.
   * @param {keyof ViewerSend} name
   * @param {{ case?: string }} data
   * @returns {Side}
   */
  sideOf(name, data) {
    if (name === "open" || name === "discard" || name === "film") {
      return data.case?.startsWith(KEY) ? "device" : "host";
    }
    return name === "read" || name === "glance" ? destination.chosen : this.open;
  }

  /**
   * @param {keyof ViewerSend} name
   * @param {unknown} data
   */
  async pass(name, data) {
    const given = /** @type {{ case?: string, path?: string }} */ (data);
    const side = this.sideOf(name, given);
    if (name === "open" || name === "read") this.turnTo(side);
    const channel = side === "device" ? this.device : this.host;
    if (!channel) return;
    const send = /** @type {(data: unknown) => void} */ (channel.send[name]);
    const file = side === "host" && given.path ? this.device?.take(given.path) : null;
    if (!file) return send(data);
    if (destination.chosen === "device") {
      return this.hear("host", reply(this.sides.host.last, { error: said("annotations") }));
    }
    try {
      send({ ...given, ...(await this.host.upload(file)) }); // it was kept here, and is the host's to read
    } catch {
      this.hear("host", reply(this.sides.host.last, { error: "The file could not be sent to the server; try again." }));
    }
  }

  /**
   * From now on another side answers.
   * @param {Side} side
   */
  turnTo(side) {
    if (side === this.open) return;
    if (this.open === "device") this.device?.stop();
    else if (this.busy) this.host.send.stop({});
    const of = this.sides[side];
    of.shift = this.now - of.last;
    of.first = of.last + 1;
    this.open = side;
  }

  /**
   * @param {Side} side
   * @param {ViewerMessage} message
   */
  hear(side, message) {
    const passed = this.renumbered(side, message);
    if (passed) this.deliver(passed);
  }

  /**
   * A message as the viewer counts; null where it is of the side that answers no more.
   * @param {Side} side
   * @param {ViewerMessage} message
   * @returns {ViewerMessage | null}
   */
  renumbered(side, message) {
    const of = this.sides[side];
    of.last = Math.max(of.last, message.turn);
    if (side === "host" && "case" in message) this.busy = message.busy;
    if ("glance" in message && message.glance) return message;
    if (side !== this.open || ("case" in message && message.turn < of.first)) return null;
    const turn = message.turn + of.shift;
    this.now = Math.max(this.now, turn);
    return of.shift ? { ...message, turn } : message;
  }
}
