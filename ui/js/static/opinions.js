// The tab Trust's channel to a site without a server: what was said of each case, before any check.
import { PROTOCOL } from "../protocol.js";
import { wordsOf } from "../dom.js";
import { fetchValue } from "./stored.js";

/**
 * @import { TrustConfig, TrustMessage } from "../messages.d.ts"
 * @import { TrustChannel } from "../types.d.ts"
 * @import { Site } from "./stored.js"
 */

export class SiteOpinions {
  turn = 0;
  /** @type {(message: TrustMessage) => void} */
  tell = () => {};

  /**
   * @param {Site} site
   * @param {TrustConfig} config
   * @param {TrustChannel["server"]} server
   */
  constructor(site, config, server) {
    this.site = site;
    this.config = config;
    this.server = server;
  }

  /** @returns {TrustChannel} */
  get channel() {
    const { config, server } = this;
    return { config, server, send: { assess: () => this.assess(), check: () => {}, stop: () => {} }, lacks: ["check"] };
  }

  /** Say what was said of the case that Explore shows. */
  async assess() {
    const turn = ++this.turn;
    const address = this.site.trust.cases[globalThis.explorerShown?.key ?? ""];
    if (!address) return;
    try {
      /** @type {TrustMessage} */
      const found = await fetchValue(address);
      if (turn === this.turn) this.tell({ ...found, turn });
    } catch (error) {
      if (turn === this.turn) this.tell({ protocol: PROTOCOL, serial: "", turn, busy: false, error: wordsOf(error) });
    }
  }
}
