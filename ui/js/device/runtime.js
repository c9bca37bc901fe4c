// ONNX Runtime Web, started from files that were checked.

/** @typedef {typeof import("onnxruntime-web")} Ort */

const MOST_THREADS = 4;

/**
 * How many threads may work: shared memory needs an isolated page.
 * @returns {number}
 */
export function threads() {
  return globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency || 1, MOST_THREADS) : 1;
}

/**
 * Whether this browser has a graphics processor that can compute.
 * @returns {Promise<boolean>}
 */
export async function hasGraphics() {
  const { gpu } = /** @type {{ gpu?: { requestAdapter(): Promise<object | null> } }} */ (navigator);
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return Boolean(adapter);
}

/**
 * Start the runtime.
 * @param {Uint8Array<ArrayBuffer>} script its module
 * @param {Uint8Array<ArrayBuffer>} wasm what that runs
 * @returns {Promise<Ort>}
 */
export async function startRuntime(script, wasm) {
  // not revoked: its threads are started from the same address
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  /** @type {Ort} */
  const ort = await import(address);
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = threads();
  ort.env.wasm.wasmBinary = wasm.buffer;
  return ort;
}
