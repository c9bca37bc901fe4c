// Who reads the images that are sorted: the server or this device, as the visitor chose.
import { destination } from "../device/destination.js";
import { DeviceSorting } from "../device/sorting.js";

/**
 * @import { SortMessage } from "../messages.d.ts"
 * @import { SortChannel, Uploaded } from "../types.d.ts"
 * @import { DeviceChannel } from "../device/channel.js"
 */

export class Readers {
  /** @type {DeviceSorting | null} */
  here = null;
  /** @type {Set<string>} */
  kept = new Set(); // paths of files that are this device's to read

  /**
   * @param {Pick<SortChannel, "send" | "upload">} host
   * @param {(message: SortMessage) => void} deliver takes what this device says
   */
  constructor(host, deliver) {
    this.host = host;
    this.deliver = deliver;
  }

  /** @type {SortChannel["send"]} */
  send = {
    sort: (asked) => {
      const own = asked.files.some(({ path }) => this.kept.has(path));
      if (own) this.here?.send.sort(asked);
      else this.host.send.sort(asked);
    },
    halt: (data) => {
      this.here?.send.halt();
      this.host.send.halt(data);
    },
  };

  /**
   * @param {File} file which stays in this browser where this device is chosen
   * @returns {Promise<Uploaded>}
   */
  upload = async (file) => {
    const side = await destination.settled();
    if (side === "host") return this.host.upload(file);
    const uploaded = await this.device.upload(file);
    this.kept.add(uploaded.path);
    return uploaded;
  };

  /** @returns {DeviceChannel} */
  get device() {
    const { device } = destination;
    if (!device) {
      throw new Error("Expected this device to be set up, found that it is not: choose it again in Explore.");
    }
    this.here ??= new DeviceSorting(device, this.deliver);
    return device;
  }
}
