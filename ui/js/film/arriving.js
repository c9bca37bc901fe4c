// The film of the open case, as it comes from the server: the overview first, tiles when they are asked for.
import { Film } from "./film.js";
import { inflate, tilesFrom } from "./packing.js";

/**
 * @import { ArrayCache } from "../arrays.js"
 * @import { CaseMessage } from "../messages.d.ts"
 * @import { Arrays } from "../types.d.ts"
 */

/** What of a message's arrays belongs to the film. */
/** @typedef {Pick<Arrays, "film" | "filmValues" | "filmTables">} FilmArrays */

export class FilmCache {
  key = "";
  /** @type {Promise<FilmArrays> | null} */
  coming = null;

  /**
   * The film of a message's case, the same for all messages of one case.
   * @param {CaseMessage} message
   * @param {ArrayCache} arrays
   * @returns {Promise<FilmArrays>}
   */
  get({ case: item, film }, arrays) {
    const key = `${item.key} ${film.packed.file.url}`;
    if (this.key !== key || !this.coming) {
      this.key = key;
      this.coming = this.make(item.geometry.crop, film, arrays);
      this.coming.catch(() => (this.key = "")); // the next message tries again
    }
    return this.coming;
  }

  /**
   * @param {CaseMessage["case"]["geometry"]["crop"]} crop
   * @param {CaseMessage["film"]} facts
   * @param {ArrayCache} arrays
   * @returns {Promise<FilmArrays>}
   */
  async make(crop, facts, arrays) {
    const { packed, values, windows, levels, overview, depth } = facts;
    const [bytes, filmValues, ...filmTables] = await Promise.all([
      arrays.get(packed),
      values ? arrays.get(values) : undefined,
      ...windows.map(({ shades }) => (shades ? arrays.get(shades) : undefined)),
    ]);
    const whole = /** @type {Uint8Array<ArrayBuffer>} */ (bytes);
    const isUnpacked = packed.shape.length > 1; // a picture of its own
    const [codes] = isUnpacked ? [whole] : tilesFrom(await inflate(whole), [levels[overview]], depth);
    return /** @type {FilmArrays} */ ({ film: new Film(facts, crop, codes), filmValues, filmTables });
  }

  /**
   * All arrays that a message's film takes.
   * @param {CaseMessage["film"]} facts
   */
  static sources({ packed, values, windows }) {
    return [packed, values, ...windows.map(({ shades }) => shades)];
  }
}
