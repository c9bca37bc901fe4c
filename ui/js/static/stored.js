// The files of a site that was written once (ui/static): what a server would have said, under relative addresses.
import { PROTOCOL } from "../protocol.js";

/**
 * @import { ExportedMap, SpeakingModel } from "../device/exporting/types.d.ts"
 * @import { Answer, CaseMessage, StoredArray } from "../messages.d.ts"
 */

/**
 * What a site's page holds of its files: addresses, of JSON values where nothing else is said; see ui/static/writing.py
 * @typedef {object} Site
 * @property {string} viewer of a ViewerConfig
 * @property {string} rows of the list of cases
 * @property {Record<string, string>} cases of a StoredCase each, by id
 * @property {Record<string, string>} pictures thumbnails, by id
 * @property {{ config: string, cohorts: Record<string, string> }} benchmark of a BenchmarkConfig, and of a
 *   BenchmarkMessage each by the cohort's key and alignment with a slash between them
 * @property {{ config: string, cases: Record<string, string> }} trust of a TrustConfig, and of a TrustMessage by id
 * @property {{ content: string, cards: string }} about of an AboutContent, and of HTML
 * @property {string | null} device of a DeviceContent; null where visitors' devices compute nothing
 * @property {string} sort of a SortConfig; there is such a tab where visitors' devices compute
 */

/**
 * What files that visitors save tell of a case besides its message.
 * @typedef {object} Made
 * @property {SpeakingModel[]} models
 * @property {Record<string, (number | null)[]>} logits by model
 * @property {Record<string, Pick<ExportedMap, "method" | "model" | "parameters"> & { maps: StoredArray }>} maps as they
 *   were made, by name
 */

/**
 * A case: all that would be said of it, and for each level of the film that is not whole in it, addresses of tiles.
 * @typedef {{ message: CaseMessage, tiles: string[][], made: Made }} StoredCase
 */

/**
 * Fetch a JSON value.
 * @template T
 * @param {string} address
 * @returns {Promise<T>}
 */
export async function fetchValue(address) {
  return JSON.parse(await fetchText(address));
}

/**
 * @param {string} address
 * @returns {Promise<string>}
 */
export async function fetchText(address) {
  const response = await fetch(address).catch(() => null);
  if (!response) {
    throw new Error(`The file ${address} could not be fetched: the connection is gone; try again when it is back.`);
  }
  if (!response.ok) {
    throw new Error(`Expected the file ${address} of this site, found HTTP ${response.status}: reload the page.`);
  }
  return response.text();
}

/**
 * The site that the page was written with.
 * @returns {Site}
 */
export function siteOfPage() {
  return JSON.parse(document.getElementById("site")?.textContent ?? "{}");
}

/**
 * An answer of the viewer's that says one thing.
 * @param {number} turn of the question
 * @param {Partial<Answer>} content
 * @returns {Answer}
 */
export function answer(turn, content) {
  return { protocol: PROTOCOL, serial: "", turn, busy: false, ...content };
}
