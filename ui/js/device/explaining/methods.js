// Which methods of the registry a visitor's own device can do, and why the others need the server.

import { said } from "../sentences.js";

/**
 * @import { Method } from "../../messages.d.ts"
 * @import { Values } from "../../types.d.ts"
 */

const POOLED = "pooled features";

/**
 * By key, what a device must be given (a capability of models/capabilities.py), and the default of each parameter; a
 * test compares both with the registry.
 * @type {Record<string, { needs: string, defaults: Values }>}
 */
export const METHODS = {
  raw: { needs: "patch logits", defaults: { shift_steps: 1, edge: "paper" } },
  scaled: { needs: "patch logits", defaults: { shift_steps: 1, edge: "paper", pairing: "own" } },
  gradcam: { needs: POOLED, defaults: { layer: "", formula: "gradcam" } },
  "gradcam++": { needs: POOLED, defaults: { layer: "" } },
  eigencam: { needs: POOLED, defaults: { layer: "", sign: "svd" } },
  layercam: { needs: POOLED, defaults: { layer: "" } },
  "gradcam-elementwise": { needs: POOLED, defaults: { layer: "" } },
  eigengradcam: { needs: POOLED, defaults: { layer: "", sign: "gradient" } },
  ablationcam: { needs: POOLED, defaults: {} },
  finercam: { needs: POOLED, defaults: { layer: "", against: "", strength: 1 } },
  attention: { needs: "attention", defaults: {} },
  segmentation: { needs: "segments", defaults: { side: 64 } },
};

/**
 * Why a kind of method cannot be done here; keys are the kinds' words in explainers/entry.py.
 * @type {Record<string, string>}
 */
const REASONS = {
  "By gradients": "it goes back through the network, and a device runs it forward alone.",
  "By perturbation": "it runs the network on many altered images.",
  "From attention": "it looks inside the network, of which a device is given the results.",
};
const ELSE = "it asks for more than the one pass that a device makes.";

/**
 * Keys of the methods that a device can do on a model.
 * @param {string[]} capabilities keys of what the model can give on a device
 * @returns {string[]}
 */
export function methodsFor(capabilities) {
  return Object.keys(METHODS).filter((key) => capabilities.includes(METHODS[key].needs));
}

/**
 * Why a method cannot be had on a device, in one sentence; empty where it can.
 * @param {Pick<Method, "key" | "label" | "kind">} method
 * @param {string[]} capabilities keys of what the model can give on a device
 * @returns {string}
 */
export function whyServer({ key, label, kind }, capabilities) {
  const known = METHODS[key];
  if (!known) return said("method", label, REASONS[kind] ?? ELSE);
  if (capabilities.includes(known.needs)) return "";
  return said("method", label, `a device is not given this model's ${known.needs}.`);
}

/**
 * The same of parameters with which a method takes more than the one pass.
 * @param {string} label
 * @param {Values} parameters
 * @returns {string}
 */
export function whyServerWith(label, { layer, shift_steps }) {
  if (layer) return said("method", `${label} of the layer ${layer}`, REASONS["By gradients"]);
  if (Number(shift_steps ?? 1) <= 1) return "";
  const alone = "a device looks at the plain grid of patches alone.";
  return said("method", `${label} with ${shift_steps} shift steps`, alone);
}
