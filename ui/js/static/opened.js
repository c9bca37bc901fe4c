// A case of a site as the files that a visitor saves of it need it: see ../device/exporting.
import { fetchArray } from "../arrays.js";
import { unpackBits } from "../maps.js";
import { SIZE } from "../view.js";

/**
 * @import { ExportedFloor, ExportedMap, Masks, Opened } from "../device/exporting/types.d.ts"
 * @import { PackedMasks, StoredArray, ViewerConfig, ViewerState } from "../messages.d.ts"
 * @import { StoredCase } from "./stored.js"
 */

const BYTES = (SIZE * SIZE) / 8; // of a mask

/**
 * Fetch what is on show, and all that people marked.
 * @param {StoredCase} stored
 * @param {ViewerConfig} config
 * @param {ViewerState} state
 * @returns {Promise<Opened>}
 */
export async function openedOf({ message, made }, { findings, methods }, state) {
  const { case: item, assessments, regions, gaze, layers } = message;
  const names = (state.methods ?? Object.keys(made.maps)).filter((name) => name in made.maps);
  const floors = Object.keys(state.floors).filter((name) => name in message.floors);
  return {
    findings,
    methods,
    content: { case: item, assessments, regions, gaze },
    models: made.models,
    logits: Object.fromEntries(Object.entries(made.logits).map(([key, values]) => [key, numbersOf(values)])),
    patches: await each(Object.keys(message.patches), (key) => floats(message.patches[key])),
    maps: await each(names, (name) => mapOf(name, { message, made })),
    masks: await masksOf(message.masks),
    human: await masksOf(message.human),
    layers: await each(layers?.keys ?? [], (key) => masksOf(layers, (i) => layers?.keys[i] === key)),
    floors: await each(floors, (name) => floorOf(message.floors[name])),
  };
}

/**
 * @template T
 * @param {string[]} names
 * @param {(name: string) => Promise<T>} make
 * @returns {Promise<Record<string, T>>}
 */
async function each(names, make) {
  const made = await Promise.all(names.map(make));
  return Object.fromEntries(names.map((name, i) => [name, made[i]]));
}

/** @param {(number | null)[]} values */
const numbersOf = (values) => Float32Array.from(values, (value) => value ?? NaN);

/**
 * @param {StoredArray} source
 * @returns {Promise<Float32Array>}
 */
async function floats(source) {
  return /** @type {Float32Array} */ (await fetchArray(source));
}

/**
 * @param {string} name
 * @param {Pick<StoredCase, "message" | "made">} stored
 * @returns {Promise<ExportedMap>}
 */
async function mapOf(name, { message, made }) {
  const { maps: source, ...about } = made.maps[name];
  const [maps, shown] = await Promise.all([floats(source), floats(message.maps[name])]);
  return { ...about, maps, shown, shape: source.shape };
}

/**
 * @param {StoredCase["message"]["floors"][string]} source
 * @returns {Promise<ExportedFloor>}
 */
async function floorOf(source) {
  const { shape, thresholds, note } = source;
  return { values: await floats(source), shape, thresholds, note };
}

/**
 * @param {PackedMasks | null} packed
 * @param {(i: number) => boolean} [isWanted] by the mask's place
 * @returns {Promise<Masks>}
 */
async function masksOf(packed, isWanted = () => true) {
  if (!packed) return {};
  const bytes = /** @type {Uint8Array} */ (await fetchArray(packed));
  const found = packed.findings.map((finding, i) => /** @type {const} */ ([finding, i])).filter(([, i]) => isWanted(i));
  return Object.fromEntries(
    found.map(([finding, i]) => [finding, unpackBits(bytes.subarray(i * BYTES, (i + 1) * BYTES), SIZE * SIZE)]),
  );
}
