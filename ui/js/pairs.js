// Methods on models: a pane shows one pair. Its name is the method's key for the method's default model, else
// METHOD@MODEL.

/**
 * @import { Method, Model } from "./messages.d.ts"
 * @import { Pair } from "./types.d.ts"
 */

/**
 * The name of a pair, as the server writes it.
 * @param {Method} method
 * @param {Model} model
 * @returns {string}
 */
export function pairName(method, model) {
  return method.model === model.key ? method.key : `${method.key}@${model.key}`;
}

/**
 * The method and the model of a name; null where there is no such method, or the page has no such model.
 * @param {string} name
 * @param {{ methods: Method[], models: Model[] }} config
 * @returns {Pair | null}
 */
export function pairOf(name, { methods, models }) {
  const at = String(name).indexOf("@");
  const method = methods.find(({ key }) => key === (at < 0 ? name : name.slice(0, at)));
  const wanted = at < 0 ? method?.model : name.slice(at + 1);
  const model = models.find(({ key }) => key === wanted);
  return method && model ? { name: pairName(method, model), method, model } : null;
}

/**
 * Why a method cannot explain a model, in a few words; empty where it can.
 * @param {Method} method
 * @param {Model} model
 * @returns {string}
 */
export function lacking({ needs }, { capabilities }) {
  return capabilities.includes(needs.key) ? "" : `needs ${needs.words}`;
}
