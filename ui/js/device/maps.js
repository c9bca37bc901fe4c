// Which maps can be made on this device, and making them.
import { pairOf } from "../pairs.js";
import { chosenOf, defaultsOf } from "../parameters.js";
import { said } from "./sentences.js";
import { whyServer, whyServerWith } from "./explaining/methods.js";

/**
 * @import { OnDevice, Price, ViewerConfig } from "../messages.d.ts"
 * @import { Pair, Values } from "../types.d.ts"
 * @import { Engine } from "./engine.js"
 * @import { Told } from "./telling.js"
 */

/**
 * Parameters as a text that is another one where they are.
 * @param {Pair["method"]} method
 * @param {Values} values
 * @returns {string}
 */
const chosen = (method, values) => JSON.stringify(chosenOf(method, { ...defaultsOf(method), ...values }));

export class DeviceMaps {
  /**
   * @param {ViewerConfig} config
   * @param {OnDevice[]} models
   * @param {Engine} engine
   */
  constructor(config, models, engine) {
    this.config = config;
    this.models = models;
    this.engine = engine;
  }

  /**
   * Why a map cannot be made on this device, in one sentence; empty where it can.
   * @param {string} name
   * @returns {string}
   */
  whyNot(name) {
    const pair = pairOf(name, this.config);
    const found = this.models.find(({ speaker }) => speaker.key === pair?.model.key);
    if (!pair) return "";
    if (!found) return said("model", pair.model.label);
    return whyServer(pair.method, found.speaker.capabilities);
  }

  /**
   * What stands at the panes whose maps a device does not make.
   * @param {string[]} names
   * @returns {Record<string, Price>}
   */
  prices(names) {
    /** @type {Record<string, Price>} */
    const found = {};
    for (const name of names) {
      const words = this.whyNot(name);
      if (words) found[name] = { state: "refused", words, share: 0, parameters: {} };
    }
    return found;
  }

  /**
   * Make a map that is missing, or has other parameters now.
   * @param {Told} told whose model has spoken
   * @param {Pair} pair
   * @param {Values | undefined} wanted parameters; those that a map has may stay where nobody says any
   * @returns {Promise<string>} what is wrong with the parameters, in one sentence; else empty
   */
  async make(told, pair, wanted) {
    const { name, method, model } = pair;
    const known = told.maps[name];
    const stays = known && (!wanted || chosen(method, wanted) === chosen(method, known.parameters));
    if (stays || this.whyNot(name)) return "";
    const parameters = wanted ?? {};
    const problem = whyServerWith(method.label, parameters);
    if (problem) return problem;
    try {
      const wish = { key: told.key, model: model.key, method: method.key, parameters };
      told.take(pair, await this.engine.ask("explain", wish));
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
