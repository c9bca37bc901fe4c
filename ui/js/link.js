// A link to what is on show: the case, the finding, the settings and the view stand in the address behind "#".
// Only ids of cases in the list are written there; an upload has none, and cannot be linked. Each case that is opened
// is a step of the browser's history, and so is each tab; an upload is known there by its number in this visit.
import { DEFAULTS } from "./controls.js";
import { byKey, isKeyOf, isList } from "./dom.js";
import { brought } from "./files/brought.js";
import { isCode } from "./laying.js";
import { isStepOf, stepOf, tabOf, uploadOf } from "./steps.js";
import { EXPLORE, onTabs, showTab, shownTab } from "./tabs.js";
import { MODES } from "./thresholds.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { CaseFacts, CaseMessage, ViewerConfig } from "./messages.d.ts"
 * @import { LinkState, SettingName, Settings } from "./types.d.ts"
 */

const QUIET = 400; // milliseconds without a change before the address is written
const FIRST = ["panes", "layout", "zoom", "window"]; // features whose state is linked, by their key: those of the page
const THEN = ["cross", "patches", "parameters", "readers", "gaze"]; // and those of the case
const PARTS = [...FIRST, ...THEN];
const UPLOAD = "An upload stays in this session, so there is no link to it.";

/** @param {unknown} value */
const share = (value) => typeof value === "number" && value >= 0 && value <= 1;
/** @param {unknown} value */
const onOrOff = (value) => typeof value === "boolean";
/** @type {Record<SettingName, (value: unknown, config: ViewerConfig) => boolean>} */
const CHECKS = {
  mode: (value) => typeof value === "string" && value in MODES,
  threshold: share,
  top: share,
  opacity: share,
  cut: (value) => typeof value === "number" && Math.abs(value) <= 1,
  limit: (value) => value === "auto" || Number(value) > 0,
  scheme: (value, config) => config.schemes.some(({ key }) => key === value),
  truth: (value) => typeof value === "string" && /^(union|majority|\d{1,3})$/.test(value),
  outline: onOrOff,
  fill: onOrOff,
  human: onOrOff,
  contour: onOrOff,
  hide: onOrOff,
};

/**
 * A JSON value; undefined for a case or a finding, or nonsense.
 * @param {string} text
 * @returns {unknown}
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The state that an address holds: {case, finding, settings, parts}; what is malformed is left out.
 * @param {string} hash
 * @param {ViewerConfig} config
 * @returns {LinkState}
 */
export function readHash(hash, config) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  /** @type {Record<string, unknown>} */
  const settings = {};
  /** @type {Record<string, unknown>} */
  const parts = {};
  for (const [name, value] of fields) {
    const known = parsed(value);
    if (isKeyOf(CHECKS, name) && CHECKS[name](known, config)) settings[name] = known;
    else if (PARTS.includes(name) && known !== undefined) parts[name] = known;
  }
  return {
    case: fields.get("case"),
    laid: isCode(fields.get("laid")) ? (fields.get("laid") ?? "") : "",
    finding: fields.get("finding"),
    settings,
    parts,
  };
}

/**
 * The address of a state, as `readHash` reads it; settings as they are at first are left out.
 * @param {{ case: string, laid?: string, finding: string, settings: Settings, parts: Record<string, unknown> }} state
 * @returns {string}
 */
export function writeHash({ case: id, laid = "", finding, settings, parts }) {
  const named = Object.entries({ case: id, laid, finding }).filter(([, value]) => value);
  const fields = new URLSearchParams(named);
  for (const [name, value] of Object.entries(settings)) {
    if (isKeyOf(DEFAULTS, name) && value !== DEFAULTS[name]) fields.set(name, JSON.stringify(value));
  }
  for (const [name, value] of Object.entries(parts)) {
    const empty = value === null || value === undefined || (isList(value) && value.length === 0);
    if (!empty) fields.set(name, JSON.stringify(value));
  }
  return `#${fields}`;
}

export class Link {
  /** @type {string[]} */
  ids = []; // of the cases in the list
  /** @type {{ case: string | null, parts: Record<string, unknown> } | null} */
  waiting = null; // what belongs to a case that is not there yet
  /** @type {Link["waiting"]} */
  withheld = null; // the same, while nothing that was said of the case is shown
  notice = "";
  /** @type {number | undefined} */
  timer = undefined;

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.button = viewer.tools.add("Save and share", {
      icon: "link",
      label: "Copy link",
      shortcut: "L",
      help: "to this case, finding and settings",
      onClick: () => this.copy(),
    });
    viewer.keys.add({ key: "l", help: "Copy a link to what is on show", group: "Page", run: () => this.copy() });
    addEventListener("popstate", () => this.goTo(history.state)); // also where somebody changes the address
    onTabs((name) => this.stepTo(name));
  }

  /**
   * Open the case of the address, or the first that can be read: what the page does when it starts.
   * @param {string[]} ids
   */
  start(ids) {
    this.ids = ids;
    if (history.state) history.replaceState({ ...history.state, tab: shownTab() }, ""); // a reload shows the first tab
    if (this.follow(location.hash)) return;
    if (ids.length) this.viewer.open(this.first);
    else this.viewer.nothing.say("This page lists no cases.");
    if (uploadOf(history.state)) this.notice = "The upload that was open here is not kept: choose its file again.";
  }

  /**
   * Back or forward, to the tab of a step of the browser's history and to what it is about: never to another case out
   * of sight.
   * @param {unknown} state
   */
  goTo(state) {
    const { content, opening } = this.viewer;
    const tab = tabOf(state) || EXPLORE;
    if (shownTab() !== tab) showTab(tab);
    const open = content.case && !opening.awaited && isStepOf(state, content.case);
    if (open && (this.hash ?? location.hash) === location.hash) return;
    const upload = uploadOf(state);
    if (upload) this.viewer.feature("visit").openStep(upload);
    else if (!this.follow(location.hash) && this.ids.length) this.viewer.open(this.first);
  }

  /**
   * The case that is open where nobody asks for one: the first of the list, or with demonstration weights the first
   * phantom, since they can read nothing else.
   * @returns {string}
   */
  get first() {
    const { config, cases } = this.viewer;
    const phantom = config.phantom_first ? cases.cases.find((item) => item.phantom) : undefined;
    return phantom?.id ?? this.ids[0];
  }

  /**
   * @param {string} hash
   * @returns {boolean}
   */
  follow(hash) {
    const { viewer } = this;
    const state = readHash(hash, viewer.config);
    if (!state.case) return false;
    Object.assign(viewer.settings, DEFAULTS, state.settings);
    const finding = viewer.config.findings.indexOf(state.finding ?? "");
    if (finding >= 0) Object.assign(viewer, { finding, chosen: true });
    const known = this.ids.includes(state.case);
    this.notice = known
      ? ""
      : `The link asks for the case ${state.case}, which is not in this list; another one is open instead.`;
    this.waiting = { case: known ? state.case : null, parts: state.parts };
    this.restore(FIRST);
    viewer.showSettings();
    if (known || this.ids.length) viewer.open(known ? state.case : this.first, known ? state.laid : "");
    return true;
  }

  /** @param {string[]} keys */
  restore(keys) {
    for (const feature of this.viewer.features) {
      const { key = "" } = feature;
      if (keys.includes(key)) feature.restore?.(this.waiting?.parts[key] ?? null);
    }
  }

  /** @param {CaseMessage} content */
  onCase({ case: item }) {
    this.step(item);
    this.button.disabled = item.id === null;
    this.button.title = item.id === null ? UPLOAD : "Copy link: to this case, finding and settings (L)";
    if (!this.viewer.blind) this.waiting ??= this.withheld;
    this.withheld = this.viewer.blind ? this.waiting : null;
    if (item.id === this.waiting?.case) this.restore(THEN);
    if (this.notice) this.viewer.header.showError(this.notice);
    this.waiting = null;
    this.notice = "";
  }

  /**
   * Make a tab that the visitor went to a step of the browser's history.
   * @param {string} tab
   */
  stepTo(tab) {
    if ((tabOf(history.state) || EXPLORE) !== tab) history.pushState({ ...history.state, tab }, "");
  }

  /**
   * Make a case that was opened a step of the browser's history, unless back or forward led to it.
   * @param {CaseFacts} item
   */
  step(item) {
    const { state } = history;
    const tab = shownTab() || EXPLORE;
    if (isStepOf(state, item) && (tabOf(state) || EXPLORE) === tab) return;
    const step = stepOf(item, brought.find(item.title)?.number ?? 0, tab);
    const address =
      item.id === null ? location.pathname + location.search : `#${new URLSearchParams({ case: item.id })}`;
    if (state?.explorer) history.pushState(step, "", address);
    else history.replaceState(step, "", item.id === null ? address : location.href);
  }

  onFrame() {
    this.later();
  }

  onView() {
    this.later();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), QUIET);
  }

  /**
   * The address of what is on show; null for an upload, or before anything is.
   * @returns {string | null}
   */
  get hash() {
    const { content, settings, findingName, features, blind } = this.viewer;
    const finding = blind ? "" : findingName;
    if (!content.case?.id) return null;
    const linked = features.filter(({ key }) => PARTS.includes(key ?? ""));
    const parts = byKey(linked, (feature) => feature.onState?.() ?? null);
    const { id, orientation } = content.case;
    return writeHash({ case: id, laid: orientation, finding, settings, parts });
  }

  write() {
    const { case: item } = this.viewer.content;
    if (this.waiting || !item || !isStepOf(history.state, item)) return; // what is on show is not what the address asks
    const { hash } = this;
    if (hash !== location.hash) history.replaceState(history.state, "", hash ?? location.pathname + location.search);
  }

  async copy() {
    const { hash } = this;
    if (hash === null) return this.tell(UPLOAD);
    this.write();
    try {
      await navigator.clipboard.writeText(new URL(hash, location.href).href);
      this.tell("Link copied");
    } catch {
      this.tell("The browser did not allow copying: the address bar holds the link");
    }
  }

  /** @param {string} text */
  tell(text) {
    this.viewer.say(text);
  }
}
