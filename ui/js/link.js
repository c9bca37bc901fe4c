// A link to what is on show: the case, the finding, the settings and the view stand in the address behind "#".
// Only ids of cases in the list are written there; an upload has none, and cannot be linked.
import { DEFAULTS } from "./controls.js";
import { MODES } from "./thresholds.js";

const QUIET = 400; // milliseconds without a change before the address is written
const PARTS = ["panes", "zoom", "window", "cross", "patches", "parameters"]; // features whose state is linked, by their key
const UPLOAD = "An upload stays in this session, so there is no link to it.";

const share = (value) => Number.isFinite(value) && value >= 0 && value <= 1;
const CHECKS = {
  mode: (value) => value in MODES,
  threshold: share,
  top: share,
  opacity: share,
  cut: (value) => Number.isFinite(value) && Math.abs(value) <= 1,
  limit: (value) => value === "auto" || Number(value) > 0,
  scheme: (value, config) => config.schemes.some(({ key }) => key === value),
};

/** The state that an address holds: {case, finding, settings, parts}; what is malformed is left out. */
export function readHash(hash, config) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const state = { case: fields.get("case"), finding: fields.get("finding"), settings: {}, parts: {} };
  for (const [name, value] of fields) {
    try {
      const known = JSON.parse(value);
      if (name in DEFAULTS && (CHECKS[name]?.(known, config) ?? typeof known === "boolean"))
        state.settings[name] = known;
      else if (PARTS.includes(name)) state.parts[name] = known;
    } catch {
      // a case or a finding, or nonsense
    }
  }
  return state;
}

/** The address of a state, as `readHash` reads it; settings as they are at first are left out. */
export function writeHash({ case: id, finding, settings, parts }) {
  const fields = new URLSearchParams({ case: id, finding });
  for (const [name, value] of Object.entries(settings))
    if (value !== DEFAULTS[name]) fields.set(name, JSON.stringify(value));
  for (const [name, value] of Object.entries(parts))
    if (value !== null && value !== undefined && value.length !== 0) fields.set(name, JSON.stringify(value));
  return `#${fields}`;
}

export class Link {
  constructor(viewer) {
    this.viewer = viewer;
    this.waiting = null; // parts that belong to a case that is not there yet
    this.notice = "";
    this.button = viewer.tools.add("Take along", {
      icon: "link",
      label: "Copy link",
      shortcut: "L",
      help: "to this case, finding and settings",
      onClick: () => this.copy(),
    });
    viewer.keys.add({ key: "l", help: "Copy a link to what is on show", run: () => this.copy() });
    addEventListener("hashchange", () => this.follow(location.hash));
  }

  /** Open the case of the address, or the first of the list: what the page does when it starts. */
  start(ids) {
    this.ids = ids;
    if (!this.follow(location.hash) && ids.length) this.viewer.open(ids[0]);
  }

  follow(hash) {
    const { viewer } = this;
    const state = readHash(hash, viewer.config);
    if (!state.case) return false;
    Object.assign(viewer.settings, DEFAULTS, state.settings);
    const finding = viewer.config.findings.indexOf(state.finding);
    if (finding >= 0) Object.assign(viewer, { finding, chosen: true });
    const known = this.ids?.includes(state.case);
    this.notice = known
      ? ""
      : `The link asks for the case ${state.case}, which is not in this list; the first one is open instead.`;
    this.waiting = { case: known ? state.case : null, parts: state.parts };
    this.restore(["panes", "window", "zoom"]);
    viewer.showSettings();
    if (known || this.ids?.length) viewer.open(known ? state.case : this.ids[0]);
    return true;
  }

  restore(keys) {
    for (const feature of this.viewer.features) {
      if (keys.includes(feature.key)) feature.restore?.(this.waiting.parts[feature.key] ?? null);
    }
  }

  onCase({ case: item }) {
    this.button.disabled = item.id === null;
    this.button.title = item.id === null ? UPLOAD : "Copy link: to this case, finding and settings (L)";
    if (item.id === this.waiting?.case) this.restore(PARTS.slice(3));
    if (this.notice) this.viewer.header.showError(this.notice);
    this.waiting = null;
    this.notice = "";
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

  /** The address of what is on show; null for an upload, or before anything is. */
  get hash() {
    const { content, config, settings, finding, features } = this.viewer;
    if (!content.case?.id) return null;
    const parts = Object.fromEntries(
      features.filter(({ key }) => PARTS.includes(key)).map((feature) => [feature.key, feature.onState?.() ?? null]),
    );
    return writeHash({ case: content.case.id, finding: config.findings[finding], settings, parts });
  }

  write() {
    if (this.waiting || !this.viewer.content.case) return; // what is on show is not yet what the address asks for
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

  tell(text) {
    this.viewer.say(text);
  }
}
