// The page's end of the worker on this device: what is asked, what is answered, and what became of it.
import { hasGraphics } from "./runtime.js";
import { isAlone } from "./sentences.js";

/**
 * @import { DeviceContent } from "../messages.d.ts"
 * @import { Answered, Progress, Provider, Question, Started } from "./types.d.ts"
 * @import { Device } from "./device.js"
 */

const WORTH_IT = 8e6; // bytes of models from which the larger runtime of graphics processors pays
const LIMIT = 1e-3; // logits by which a device may differ from where the models were written
const ROUNDED = 0.05; // the same on processors that round whole numbers otherwise

/** Why a browser cannot do it; "" where it can. @returns {string} */
export function whyNot() {
  if (typeof WebAssembly !== "object") {
    return "This browser has no WebAssembly, or it is switched off: use another browser";
  }
  if (typeof Worker !== "function") return "This browser runs no workers: use another browser";
  if (!globalThis.isSecureContext) {
    return "Browsers compute only on pages over HTTPS or from this machine (localhost): ask whoever runs this one";
  }
  return "";
}

export class Engine {
  /** @type {Worker | null} */
  worker = null;
  /** @type {Map<number, (answer: Answered) => void>} */
  waiting = new Map();
  asked = 0;
  /** @type {Promise<Started> | null} */
  starting = null;
  /** @type {Started | null} */
  started = null;

  /**
   * @param {DeviceContent} content
   * @param {string[]} findings
   * @param {string} root the address below which the files of the content are
   * @param {(progress: Progress) => void} onProgress
   */
  constructor(content, findings, root, onProgress) {
    this.findings = findings;
    this.content = absolute(content, root);
    this.onProgress = onProgress;
  }

  /** Bytes that the browser keeps of it. */
  get bytes() {
    const { wasm, webgpu, readers, models } = this.content;
    const runtime = this.started?.provider === "webgpu" ? webgpu : wasm;
    const openjpeg = readers?.openjpeg;
    const files = [runtime?.script, runtime?.wasm, readers?.dicom, openjpeg?.script, openjpeg?.wasm];
    return [...files, ...models.map(({ graph }) => graph)].reduce((sum, file) => sum + (file?.bytes ?? 0), 0);
  }

  /**
   * Fetch and start all, once; after a failure the next call tries again.
   * @returns {Promise<Started>}
   * @throws Error with one sentence.
   */
  start() {
    this.starting ??= this.begin().catch((error) => {
      this.starting = null;
      this.end();
      throw error;
    });
    return this.starting;
  }

  /** @returns {Promise<Started>} */
  async begin() {
    const { webgpu, models } = this.content;
    const large = models.reduce((sum, { graph }) => sum + graph.bytes, 0) >= WORTH_IT;
    if (webgpu && large && (await hasGraphics())) {
      const found = await this.run("webgpu").catch(() => null);
      if (found) return found;
      this.end(); // a graphics processor that gives other numbers, or none, is not used
    }
    return this.run("wasm");
  }

  /**
   * @param {Provider} provider
   * @returns {Promise<Started>}
   */
  async run(provider) {
    const { worker: script, wasm, webgpu, readers, models } = this.content;
    const { findings } = this;
    const alone = isAlone();
    const assessing = /** @type {import("./assessing/types.d.ts").AssessingTables} */ (this.content.assessing);
    const runtime = provider === "webgpu" ? webgpu : wasm;
    if (!runtime) throw new Error("Expected the host to name what this device computes with, found nothing");
    this.worker = new Worker(script, { type: "module" });
    this.worker.addEventListener("message", ({ data }) => this.hear(data));
    this.worker.addEventListener("error", (event) => this.lose(event.message));
    const started = await this.ask("start", { alone, provider, runtime, readers, models, findings, assessing });
    for (const { speaker, precision } of models) {
      const difference = started.differences[speaker.key];
      if (difference <= (provider === "wasm" && precision === "int8" ? ROUNDED : LIMIT)) continue;
      const found = `found others by ${difference.toFixed(4)}: it cannot be relied on here`;
      throw new Error(`Expected the logits that ${speaker.label} gave when it was written, ${found}`);
    }
    this.started = started;
    return started;
  }

  /**
   * @template {Question} Q
   * @param {Q} what
   * @param {Parameters<Device[Q]>[0]} data
   * @param {Transferable[]} [transfer]
   * @returns {Promise<Awaited<ReturnType<Device[Q]>>>}
   * @throws Error with one sentence.
   */
  ask(what, data, transfer = []) {
    const { worker } = this;
    if (!worker) return Promise.reject(new Error("This device stopped computing: open the file again"));
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ done, error }) =>
        error === undefined
          ? resolve(/** @type {Awaited<ReturnType<Device[Q]>>} */ (done))
          : reject(new Error(sentenceOf(error))),
      );
      worker.postMessage({ id, what, data }, transfer);
    });
  }

  /** @param {Answered | { progress: Progress }} message */
  hear(message) {
    if ("progress" in message) return this.onProgress(message.progress);
    this.waiting.get(message.id)?.(message);
    this.waiting.delete(message.id);
  }

  /** @param {string} words what the browser says; "" where it says nothing, as of scripts that it does not run */
  lose(words) {
    const error = words || "Something on this computer or on the way blocks workers: allow them for this page";
    for (const answer of this.waiting.values()) answer({ id: 0, error });
    this.waiting.clear();
    this.starting = null;
    this.end();
  }

  /** The worker ends, and all that it holds. */
  end() {
    this.worker?.terminate();
    this.worker = null;
    this.started = null;
  }
}

/**
 * What went wrong in one sentence: those of this page's own modules are such, a browser's are not.
 * @param {string} error
 * @returns {string}
 */
function sentenceOf(error) {
  if (/out of memory|memory access|allocat/i.test(error)) {
    return "This device has not enough memory for it: close other tabs, or take a smaller image";
  }
  if (/no available backend/i.test(error)) {
    return "This browser could not run what this device computes with (WebAssembly): use another browser";
  }
  return error;
}

/**
 * The same content with whole addresses: a worker knows no page that they could be relative to.
 * @param {DeviceContent} content
 * @param {string} root
 * @returns {DeviceContent}
 */
function absolute(content, root) {
  const base = new URL(`${root.replace(/\/$/, "")}/`, location.href);
  /** @type {(key: string, value: unknown) => unknown} */
  const whole = (key, value) => (key === "address" || key === "worker" ? new URL(String(value), base).href : value);
  return JSON.parse(JSON.stringify(content), whole);
}
