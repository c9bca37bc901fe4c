// A channel for "Sort a folder" whose other end is this device: it answers what the server answers, a row an image.
import { PROTOCOL } from "../protocol.js";
import { pictureOf } from "../visit/picture.js";
import { calibrated, probabilities } from "./explaining/probabilities.js";

/**
 * @import { OnDevice, SentFile, SortedImage, SortMessage, SortRequest } from "../messages.d.ts"
 * @import { DeviceChannel } from "./channel.js"
 * @import { JudgedFile } from "./types.d.ts"
 */

let serials = 0;

/**
 * What models say of one image, as ui/sorting.py tells it.
 * @param {JudgedFile} judged
 * @param {OnDevice[]} models
 * @returns {Pick<SortedImage, "assessments" | "opinions">}
 */
export function rowOf({ assessments, logits }, models) {
  const heard = models.filter(({ speaker: { key } }) => logits[key]);
  const opinions = heard.map(({ speaker: { key }, temperatures }) => [
    key,
    { raw: probabilities(logits[key]), calibrated: temperatures && calibrated(logits[key], temperatures) },
  ]);
  return { assessments, opinions: Object.fromEntries(opinions) };
}

export class DeviceSorting {
  run = 0;
  send = {
    sort: (/** @type {SortRequest} */ asked) => void this.sort(asked),
    halt: () => void (this.run += 1),
  };

  /**
   * @param {DeviceChannel} device
   * @param {(message: SortMessage) => void} deliver
   */
  constructor(device, deliver) {
    this.device = device;
    this.deliver = deliver;
  }

  /**
   * Judge some images, one after the other; a newer request, or a stop, ends this one after the image under way.
   * @param {SortRequest} asked
   */
  async sort({ batch, files }) {
    const run = ++this.run;
    /** @type {SortedImage[]} */
    const rows = [];
    try {
      await this.device.start();
      for (const file of files) {
        const row = await this.row(file);
        if (run !== this.run) break;
        rows.push(row);
        this.tell({ batch, busy: rows.length < files.length, rows: [...rows] });
      }
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      if (run === this.run) this.tell({ batch, busy: false, error: words, rows });
    }
    for (const { path } of files) this.device.take(path); // what was not looked at is let go
  }

  /** @param {Pick<SortMessage, "batch" | "busy" | "rows"> & { error?: string }} content */
  tell(content) {
    this.deliver({ protocol: PROTOCOL, serial: `device ${++serials}`, ...content });
  }

  /**
   * @param {SentFile} file
   * @returns {Promise<SortedImage>}
   * @throws Error with one sentence, where the device computes no more.
   */
  async row({ index, name, path }) {
    const { engine, models } = this.device;
    try {
      const bytes = await this.device.bytesOf(path);
      const judged = await engine.ask("judge", { bytes, name }, [bytes.buffer]);
      return { index, ...rowOf(judged, models), thumbnail: pictureOf(judged.image) };
    } catch (error) {
      if (!engine.worker) throw error;
      return { index, error: error instanceof Error ? error.message : String(error) };
    }
  }
}
