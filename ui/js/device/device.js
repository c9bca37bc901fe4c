// The visitor's own device as the page asks it: see worker.js. Everything here runs beside the page.
import { checkImage, differenceOf } from "./checking.js";
import { checkedFile } from "./fetching.js";
import { judged } from "./judging.js";
import { Network } from "./network.js";
import { useLibraries } from "./reading/index.js";
import { OpenRadiograph, warmUp } from "./radiograph.js";
import { startRuntime, threads } from "./runtime.js";
import { worksAlone } from "./sentences.js";

/**
 * @import { DeviceFile } from "../messages.d.ts"
 * @import { Explained, Heard, JudgedFile, ManyFile, Opening, Progress, Read } from "./types.d.ts"
 * @import { Started, Starting, Wish } from "./types.d.ts"
 */

const NO_WEBASSEMBLY = "This browser's workers have no WebAssembly, or it is switched off there: use another browser";

export class Device {
  /** @type {Map<string, Network>} */
  networks = new Map();
  /** @type {Map<string, OpenRadiograph>} */
  open = new Map();
  /** @type {Starting | null} */
  given = null;
  /** @type {Promise<unknown>} */
  passing = Promise.resolve(); // one model after the other; tiles and maps come in between

  /** @param {(progress: Progress) => void} report */
  constructor(report) {
    this.report = report;
  }

  /**
   * Fetch the runtime and the models, and ask each model what it was asked when it was written.
   * @param {Starting} starting
   * @returns {Promise<Started>}
   */
  async start(starting) {
    if (typeof WebAssembly !== "object") throw new Error(NO_WEBASSEMBLY);
    this.given = starting;
    worksAlone(starting.alone);
    const { provider, runtime, readers, models } = starting;
    const reading = readers ? [readers.dicom, readers.openjpeg.script, readers.openjpeg.wasm] : [];
    const get = this.getter([runtime.script, runtime.wasm, ...reading, ...models.map(({ graph }) => graph)]);
    const [dicomParser, openjpeg, openjpegWasm] = await Promise.all(
      reading.map(async (file) => URL.createObjectURL(new Blob([await get(file)]))),
    );
    if (readers) useLibraries({ dicomParser, openjpeg, openjpegWasm });
    const ort = await startRuntime(await get(runtime.script), await get(runtime.wasm));
    /** @type {Record<string, number>} */
    const differences = {};
    for (const facts of models) {
      const network = await Network.load(ort, facts, await get(facts.graph), provider);
      this.networks.set(facts.speaker.key, network);
      const { logits } = await network.look(checkImage(network.side));
      differences[facts.speaker.key] = differenceOf(logits, facts.check.logits);
    }
    warmUp(starting.assessing);
    return { provider, threads: threads(), differences };
  }

  /**
   * What fetches files, and reports how far all of them are.
   * @param {DeviceFile[]} files
   * @returns {(file: DeviceFile) => Promise<Uint8Array<ArrayBuffer>>}
   */
  getter(files) {
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    /** @type {Map<string, number>} */
    const here = new Map();
    return (file) =>
      checkedFile(file, (bytes) => {
        here.set(file.address, bytes);
        this.report({ stage: "files", done: [...here.values()].reduce((sum, one) => sum + one, 0), total });
      });
  }

  /**
   * Read a file; nothing of it leaves this device.
   * @param {Opening} opening
   * @returns {Promise<Read>}
   */
  async read(opening) {
    const { assessing, models } = /** @type {Starting} */ (this.given);
    const sides = [...this.networks.values()].map(({ side }) => side);
    const open = await OpenRadiograph.of(opening, sides, models, assessing);
    this.open.set(opening.key, open);
    return open.read;
  }

  /**
   * What a model says of an open radiograph.
   * @param {{ key: string, model: string }} asked
   * @returns {Promise<Heard>}
   */
  async hear({ key, model }) {
    const network = this.networks.get(model);
    if (!network) throw new Error(`Expected a model of this device, found ${model}; reload the page.`);
    const onPass = (/** @type {number} */ done) =>
      this.report({ stage: "passes", model: network.facts.speaker.label, done, total: network.passes });
    const heard = this.passing.then(() => this.find(key).hear(network, this.given?.findings ?? [], onPass));
    this.passing = heard.catch(() => {});
    return heard;
  }

  /**
   * Judge one of many files; it is not opened.
   * @param {ManyFile} file
   * @returns {Promise<JudgedFile>}
   */
  async judge(file) {
    const { assessing } = /** @type {Starting} */ (this.given);
    const found = this.passing.then(() => judged(file, this.networks, assessing));
    this.passing = found.catch(() => {});
    return found;
  }

  /**
   * A method's maps.
   * @param {Wish} wish
   * @returns {Promise<Explained>}
   */
  async explain({ key, model, method, parameters }) {
    return this.find(key).explain(model, method, parameters);
  }

  /**
   * Tiles of the film.
   * @param {{ key: string, level: number, tiles: [number, number][] }} asked
   * @returns {Promise<Uint8Array>}
   */
  async tiles({ key, level, tiles }) {
    return this.find(key).tiles(level, tiles);
  }

  /**
   * Let go of a radiograph.
   * @param {{ key: string }} asked
   */
  async drop({ key }) {
    this.open.delete(key);
  }

  /**
   * @param {string} key
   * @returns {OpenRadiograph}
   */
  find(key) {
    const found = this.open.get(key);
    if (!found) throw new Error("This device has closed that radiograph: open it again.");
    return found;
  }
}
