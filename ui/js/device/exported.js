// A radiograph that is open on this device, as the files that are made of it need it.

/**
 * @import { OnDevice, ViewerConfig } from "../messages.d.ts"
 * @import { Opened } from "./exporting/types.d.ts"
 * @import { Told } from "./telling.js"
 * @import { Started } from "./types.d.ts"
 */

/**
 * @param {Told} told
 * @param {ViewerConfig} config
 * @param {OnDevice[]} models
 * @param {Started | null} started
 * @returns {Opened}
 */
export function openedOf(told, { findings, methods }, models, started) {
  const processor = started?.provider === "webgpu" ? "WebGPU" : `WebAssembly, ${started?.threads ?? 1} threads`;
  const backend = `ONNX Runtime Web on the visitor's device (${processor})`;
  const speaking = models.map(({ speaker, id, precision }) => ({
    key: speaker.key,
    label: speaker.label,
    id,
    origin: speaker.origin,
    weights_sha256: speaker.weights,
    backend,
    precision: precision === "int8" ? "int8" : `float32, weights stored as ${precision}`,
  }));
  return {
    findings,
    methods,
    content: { case: told.facts, assessments: told.read.assessments, regions: {}, gaze: [] },
    models: speaking,
    logits: Object.fromEntries(told.logits),
    patches: told.cells,
    maps: told.made,
    masks: {},
    human: {},
    layers: {},
    floors: {},
  };
}
