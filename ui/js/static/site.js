// A site without a server: the page's own modules, each given a channel that answers from files (see ui/static).
import { mount as mountAbout } from "../../about.js";
import { mount as mountBenchmark } from "../../benchmark.js";
import { mount as mountSorting } from "../../sort.js";
import { offer } from "../../tour.js";
import { mount as mountTrust } from "../../trust.js";
import { mount as mountViewer } from "../../viewer.js";
import { make, wordsOf } from "../dom.js";
import { SiteCases, thumbnailsOf } from "./cases.js";
import { SiteCohorts } from "./cohorts.js";
import { SiteOpinions } from "./opinions.js";
import { fetchText, fetchValue, siteOfPage } from "./stored.js";
import { Tabs } from "./tabs.js";

/**
 * @import { AboutContent, BenchmarkConfig, TrustConfig, ViewerConfig } from "../messages.d.ts"
 * @import { Site } from "./stored.js"
 */

/** @type {Record<string, (place: HTMLElement, site: Site) => Promise<void>>} */
const PANELS = { explore, sort, benchmark, trust, about };
/** @type {Record<string, Promise<void>>} */
const filled = {};

/** Start the page. */
export function start() {
  globalThis.gradio_config = { root: "." };
  const site = siteOfPage();
  const list = /** @type {HTMLElement} */ (document.querySelector("[role=tablist]"));
  new Tabs(list, (panel) => (filled[panel.id] = fill(panel, site)));
  offer(document.body);
}

/**
 * Fill a panel; says why where that fails, beside a button that tries again.
 * @param {HTMLElement} panel
 * @param {Site} site
 */
async function fill(panel, site) {
  const [place] = /** @type {HTMLCollectionOf<HTMLElement>} */ (panel.children);
  try {
    await PANELS[panel.id](place, site);
  } catch (error) {
    const text = `This tab could not start: ${wordsOf(error)}`;
    const again = make("button", { type: "button", text: "Try again", on: { click: () => fill(panel, site) } });
    place.replaceChildren(make("p", { class: "viewer-loading", role: "alert", text }), again);
  }
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
  Object.assign(place, { viewer }); // as the app's page has it
  cases.tell = (message) => viewer.update(message);
  cases.picture = async () => (await viewer.feature("exports").snapshot.draw()).toDataURL("image/png");
}

/**
 * Many radiographs of one's own, which this device reads: Explore says that there is no server, and sets it up.
 * @param {HTMLElement} place
 * @param {Site} site
 */
async function sort(place, site) {
  await filled.explore;
  const nothing = () => {};
  const send = { sort: nothing, halt: nothing };
  const config = await fetchValue(site.sort);
  const sorting = mountSorting(place, { config, send, upload: async () => ({ path: "" }) });
  Object.assign(place, { sorting });
}

/**
 * @param {HTMLElement} place
 * @param {Site} site
 */
async function benchmark(place, site) {
  /** @type {BenchmarkConfig} */
  const config = await fetchValue(site.benchmark.config);
  const cohorts = new SiteCohorts(site.benchmark, config);
  const view = mountBenchmark(place, cohorts.channel);
  cohorts.tell = (message) => view.update(message);
}

/**
 * @param {HTMLElement} place
 * @param {Site} site
 */
async function trust(place, site) {
  /** @type {TrustConfig} */
  const config = await fetchValue(site.trust.config);
  const opinions = new SiteOpinions(site, config, { thumbnails: thumbnailsOf(site) });
  const view = mountTrust(place, opinions.channel);
  opinions.tell = (message) => view.update(message);
}

/**
 * @param {HTMLElement} place
 * @param {Site} site
 */
async function about(place, site) {
  /** @type {AboutContent} */
  const told = await fetchValue(site.about.content);
  const getting = async () => told.getting;
  const cards = make("div");
  place.after(cards);
  await mountAbout(place, { content: async () => told, getting, get: getting });
  cards.innerHTML = await fetchText(site.about.cards);
}
