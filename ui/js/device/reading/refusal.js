// Why a file cannot be read, in one sentence: what was expected, what was found and what to do. The sentences are those
// of data_cache/images; where this device cannot read what the server can, the server is offered.
import { said } from "../sentences.js";

/** A refusal for the person who gave the file; any other error is a fault of the program. */
export class Refusal extends Error {
  /** @override */
  name = "Refusal";
}

/**
 * @param {string} name of the file
 * @param {string} kind such as "PNG"
 * @returns {Refusal}
 */
export const damaged = (name, kind) =>
  new Refusal(
    `${name}: expected a whole ${kind} file, found one that is cut short or damaged; export or download it again.`,
  );

/**
 * What the server reads and this device does not.
 * @param {string} name
 * @param {string} found
 * @returns {Refusal}
 */
export const onlyServer = (name, found) => new Refusal(said("kind", name, found));

const FULL = /allocation failed|out of memory/i; // as browsers say it, each in its own words

/**
 * Turns whatever is thrown on a stranger's bytes into a refusal; refusals that are there already pass.
 * @template T
 * @param {string} name
 * @param {Refusal} refusal
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function guarded(name, refusal, work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (!FULL.test(String(error))) throw refusal; // what libraries say may quote the file
    throw new Refusal(said("memory", name));
  }
}
