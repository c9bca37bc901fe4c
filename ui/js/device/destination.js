// Who reads what a visitor gives, on all tabs of the page: the host, or this device. Where this device is chosen, no
// file goes to the host: files wait until the device is ready, or the visitor chooses the host.
import { keep, kept } from "../kept.js";

/**
 * @import { DeviceChannel } from "./channel.js"
 * @typedef {"host" | "device"} Side
 */

const KEPT = "compute on";

/** Says "change" where another side is chosen, or is ready or not; and "words". */
export class Destination extends EventTarget {
  /** @type {Side} */
  chosen = "host"; // who gets the next file
  ready = true; // whether who is chosen can take one
  failed = false; // whether setting this device up went wrong
  words = ""; // how far that is, in sentences
  /** @type {DeviceChannel | null} */
  device = null; // once it has been set up
  /** @type {(() => void)[]} */
  waiting = []; // called once who is chosen is ready

  /**
   * What is chosen before anybody presses anything: what this browser kept, else what the host says. Each view asks for
   * it before it takes a file, since nobody knows which of them comes first.
   * @param {string} mode "off", "offer" or "default", as the host has it
   */
  begin(mode) {
    const last = kept(KEPT);
    const device = mode !== "off" && (last === "device" || (mode === "default" && last !== "host"));
    if (device && this.chosen === "host") this.choose("device", false);
  }

  /**
   * @param {Side} side who gets files from now on
   * @param {boolean} ready whether it can take them; until then they wait here
   * @param {boolean} [failed] whether it will not be
   */
  choose(side, ready, failed = false) {
    Object.assign(this, { chosen: side, ready, failed });
    if (ready) for (const goOn of this.waiting.splice(0)) goOn();
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Somebody presses a button: whoever sets the device up hears "wanted".
   * @param {Side} side kept in this browser
   */
  want(side) {
    keep(KEPT, side);
    this.dispatchEvent(new CustomEvent("wanted", { detail: side }));
  }

  /** @param {string} words */
  say(words) {
    this.words = words;
    this.dispatchEvent(new Event("words"));
  }

  /** Resolved with who is chosen, once that side can take files. @returns {Promise<Side>} */
  async settled() {
    while (!this.ready) await /** @type {Promise<void>} */ (new Promise((resolve) => this.waiting.push(resolve)));
    return this.chosen;
  }
}

export const destination = new Destination();
