// A site without a server: the page's own modules, each given a channel that answers from files (see ui/static).
import { mount as mountViewer } from "../../viewer.js";
import { make, wordsOf } from "../dom.js";
import { SiteCases } from "./cases.js";
import { fetchValue, siteOfPage } from "./stored.js";
import { Tabs } from "./tabs.js";

/** @import { ViewerConfig } from "../messages.d.ts" */
/** @import { Site } from "./stored.js" */

/** @type {Record<string, (place: HTMLElement, site: Site) => Promise<unknown>>} */
const PANELS = { explore };

/** Start the page. */
export function start() {
  globalThis.gradio_config = { root: "." };
  const site = siteOfPage();
  const list = /** @type {HTMLElement} */ (document.querySelector("[role=tablist]"));
  new Tabs(list, async (panel) => {
    const [place] = /** @type {HTMLCollectionOf<HTMLElement>} */ (panel.children);
    try {
      await PANELS[panel.id](place, site);
    } catch (error) {
      const text = `This tab could not start: ${wordsOf(error)}`;
      place.replaceChildren(make("p", { class: "viewer-loading", role: "alert", text }));
    }
  });
}

/**
 * @param {HTMLElement} place
 * @param {Site} site
 */
async function explore(place, site) {
  /** @type {ViewerConfig} */
  const config = await fetchValue(site.viewer);
  const cases = new SiteCases(site, config);
  const viewer = mountViewer(place, cases.channel);
  cases.tell = (message) => viewer.update(message);
}
