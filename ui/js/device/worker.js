// What runs beside the page: the runtime, the models, and the radiographs that are open. The page asks by messages
// {id, what, data} and hears {id, done} or {id, error}, and {progress} in between.
import { Device } from "./device.js";

const device = new Device((progress) => globalThis.postMessage({ progress }));

/** @param {MessageEvent<import("./types.d.ts").Asked>} event */
async function answer({ data: { id, what, data } }) {
  try {
    const ask = /** @type {(data: unknown) => Promise<unknown>} */ (device[what]).bind(device);
    globalThis.postMessage({ id, done: await ask(data) });
  } catch (error) {
    globalThis.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

globalThis.addEventListener("message", answer);
