// The tab Benchmark's channel to a site without a server: the cohorts that it was written with.
import { PROTOCOL } from "../protocol.js";
import { wordsOf } from "../dom.js";
import { remember } from "../remember.js";
import { curvesAt } from "./curves.js";
import { fetchValue } from "./stored.js";

/**
 * @import { BenchmarkConfig, BenchmarkMessage, CohortRequest } from "../messages.d.ts"
 * @import { BenchmarkChannel } from "../types.d.ts"
 * @import { Site } from "./stored.js"
 */

const UNKNOWN = "Expected a cohort in a way that this site was written with, found another: choose one of the list.";
const OWN = "Heat maps of your own are read by Python, which this site is without: start the program (python app.py).";

export class SiteCohorts {
  /** @type {BenchmarkMessage} */
  shown = {
    protocol: PROTOCOL,
    ...{ turn: 0, cohort: null, own: [], elsewhere: [], progress: null, error: "" },
  };
  /** @type {Map<string, Promise<string>>} */
  curves = new Map(); // addresses of unpacked curves, by those of the site's
  /** @type {(message: BenchmarkMessage) => void} */
  tell = () => {};

  /**
   * @param {Site["benchmark"]} site
   * @param {BenchmarkConfig} config
   */
  constructor(site, config) {
    this.site = site;
    this.config = config;
  }

  /** @returns {BenchmarkChannel} */
  get channel() {
    const send = {
      cohort: (/** @type {CohortRequest} */ asked) => this.show(asked),
      own: (/** @type {{ turn: number }} */ { turn }) => this.tell({ ...this.shown, turn, error: OWN }),
      forget: () => {},
    };
    return { config: this.config, send, upload: async () => ({ path: "" }), lacks: ["own"] };
  }

  /** @param {CohortRequest} asked */
  async show({ key, alignment, readers, turn }) {
    try {
      const address = this.site.cohorts[`${key}/${alignment}`];
      /** @type {BenchmarkMessage | null} */
      const found = address ? await fetchValue(address) : null;
      if (found?.cohort?.readers !== readers) throw new Error(UNKNOWN);
      const { file } = found.cohort;
      const url = await remember(this.curves, file.url, async () =>
        URL.createObjectURL(new Blob([await curvesAt(file.url)])),
      );
      this.shown = { ...found, cohort: { ...found.cohort, file: { ...file, url } } };
      this.tell({ ...this.shown, turn });
    } catch (error) {
      this.tell({ ...this.shown, turn, error: wordsOf(error) });
    }
  }
}
