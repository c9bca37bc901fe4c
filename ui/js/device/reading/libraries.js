// Libraries that are fetched only when a file needs them: dicom-parser and OpenJPEG, whose files are no modules. Each
// is run as the body of a function that is handed `module` and `exports`: pages, workers and Node take the same.
import { said } from "../sentences.js";
import { Refusal } from "./refusal.js";

/** @import { DicomParser, OpenJpeg } from "./types.d.ts" */

/**
 * Where the files are, as `fetch` takes it: dist/dicomParser.min.js, dist/openjpegwasm_decode.js and its .wasm.
 * @typedef {{ dicomParser: string, openjpeg: string, openjpegWasm: string }} Addresses
 */

/** @type {Addresses | null} */
let addresses = null;
/** @type {Map<string, Promise<any>>} */
const coming = new Map();

/** @param {Addresses} where */
export function useLibraries(where) {
  addresses = where;
  coming.clear();
}

/**
 * @param {keyof Addresses} key
 * @returns {Promise<Response>}
 */
async function file(key) {
  if (!addresses) throw new Error("no addresses");
  const response = await fetch(addresses[key]);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response;
}

/**
 * What a file exports, as it is where neither a document nor Node is found.
 * @param {keyof Addresses} key
 * @returns {Promise<any>}
 */
async function exported(key) {
  const text = await (await file(key)).text();
  const module = { exports: {} };
  const names = ["module", "exports", "require", "define", "process", "document"];
  new Function(...names, text)(module, module.exports, () => ({}));
  return module.exports;
}

/**
 * Something that is fetched once, and again where that failed.
 * @template T
 * @param {string} key
 * @param {string} what
 * @param {string} name of the file that needs it
 * @param {() => Promise<T>} load
 * @returns {Promise<T>}
 */
async function once(key, what, name, load) {
  if (!coming.has(key)) coming.set(key, load());
  try {
    return await /** @type {Promise<T>} */ (coming.get(key));
  } catch {
    coming.delete(key);
    throw new Refusal(said("reader", name, what));
  }
}

/**
 * @param {string} name of the file that needs it
 * @returns {Promise<DicomParser>}
 */
export const dicomParser = (name) => once("dicomParser", "DICOM", name, () => exported("dicomParser"));

/**
 * @param {string} name of the file that needs it
 * @returns {Promise<OpenJpeg>}
 */
export const openJpeg = (name) =>
  once("openjpeg", "JPEG 2000", name, async () => {
    const [start, wasm] = await Promise.all([exported("openjpeg"), file("openjpegWasm")]);
    const said = () => undefined; // what it says of a file belongs into no console
    return start({ wasmBinary: await wasm.arrayBuffer(), print: said, printErr: said });
  });
