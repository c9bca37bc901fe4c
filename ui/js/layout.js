// How the panes on show share the window: all at once, one or two large ones beside a strip, or rows with numbers.
import { isKeyOf, isList, isObject, make, rovingFocus } from "./dom.js";
import { keep, kept } from "./kept.js";
import { chosenLeads, fitAll, fitLarge, fitNarrow, LARGE, LAYOUTS, leadsOf, turnedLeads } from "./layouts.js";
import { Numbers } from "./numbers.js";
import { NARROW } from "./sheet.js";
import { oncePerFrame } from "./frames.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Pane } from "./pane.js"
 * @import { LargeFit, LayoutName, LayoutState } from "./types.d.ts"
 */

const GAP = 8;
const PAD = 8;
const LEAST = 144; // side of a pane in a window that is too low
const LEAST_NARROW = 120;
const SMALL = 19; // height of a caption in the strip
const KEPT = "layout";
/** @type {Record<LayoutName, string>} */
const ICONS = { all: "layout-all", one: "layout-one", two: "layout-two", grid: "layout-grid" };

/**
 * @param {unknown} value
 * @returns {value is LayoutName}
 */
const isLayout = (value) => typeof value === "string" && isKeyOf(LAYOUTS, value);

export class Layout {
  key = "layout";
  /** @type {LayoutName} */
  name = "all";
  /** @type {LayoutName | null} */
  before = null; // where a double click leads back to
  /** @type {string[]} */
  leads = []; // names of the large panes, from the left
  /** @type {Map<Pane, HTMLButtonElement>} */
  picks = new Map(); // buttons over the panes of the strip
  drawn = ""; // what the page shows
  blind = false; // whether the page shows a second read, which has a place for one radiograph
  fitSoon = oncePerFrame(() => this.fit());

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.narrow = matchMedia(NARROW);
    this.name = this.preferred;
    this.buttons = Object.entries(LAYOUTS).map(([name, words]) => this.addButton(name, words));
    this.numbers = new Numbers(viewer, () => this.fitSoon());
    this.addKeys();
    rovingFocus(viewer.grid, ".pick");
    addEventListener("resize", this.fitSoon);
    this.narrow.addEventListener("change", () => this.onLayout());
    const around = new ResizeObserver(this.fitSoon);
    const { header, toolbar, controls, grid } = viewer;
    for (const element of [header.element, toolbar, controls.element, controls.tray, grid]) around.observe(element);
    const blind = new MutationObserver(() => this.blind !== this.isBlind && this.onLayout());
    blind.observe(viewer.element, { attributeFilter: ["class"] });
  }

  /**
   * @param {string} name
   * @param {{ label: string, help: string }} words
   */
  addButton(name, { label, help }) {
    if (!isLayout(name)) throw new Error(`Expected a layout, found ${name}.`);
    const options = { icon: ICONS[name], label: `Layout ${label}`, help, pressed: false };
    const button = this.viewer.tools.add("Panes on show", { ...options, onClick: () => this.choose(name) });
    return { name, button };
  }

  addKeys() {
    const { keys } = this.viewer;
    const group = "View";
    const when = () => this.isStack;
    const help = "Next pane, in the layouts One and Two and in full screen, while no pane has the focus";
    keys.add({ key: "ArrowRight", help, group, ohif: true, when, run: () => this.turn(1) });
    keys.add({ key: "ArrowLeft", help: "The pane before", group, ohif: true, when, run: () => this.turn(-1) });
    keys.add({ key: "", shown: "Enter", help: "As a double click, on a pane that has the focus", group });
  }

  /** What this browser has kept; at first all panes, on a phone one. */
  get preferred() {
    const name = kept(KEPT);
    if (isLayout(name)) return name;
    return this.narrow.matches ? "one" : "all";
  }

  /** @param {Pane} pane */
  onPane(pane) {
    if (!this.picks.has(pane)) {
      const click = (/** @type {MouseEvent} */ event) => this.lead(pane.key, event.shiftKey);
      const pick = make("button", { type: "button", class: "pick", tabindex: "-1", hidden: true, on: { click } });
      const wheel = (/** @type {WheelEvent} */ event) => this.viewer.zoom?.onWheel(event, pane.stage, true);
      pick.addEventListener("wheel", wheel, { passive: false });
      pane.element.append(pick);
      const first = () => pane.element.classList.contains("small") && this.lead(pane.key, false);
      pane.buttons.addEventListener("click", first, { capture: true }); // what a button opens has room there
      this.picks.set(pane, pick);
    }
    pane.stage.addEventListener("dblclick", () => this.mayEnlarge && this.enlarge(pane));
    pane.name.addEventListener("dblclick", () => this.enlarge(pane));
    pane.stage.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.defaultPrevented || event.target !== pane.stage || !this.mayEnlarge) return;
      event.preventDefault();
      this.enlarge(pane);
    });
    this.numbers.onPane(pane);
  }

  /** Where a click has a meaning of its own (patches, drawing), a double click on the picture means nothing more. */
  get mayEnlarge() {
    return ["pan", "window"].includes(this.viewer.modes.current?.key ?? "");
  }

  /** @returns {Pane[]} on show, in their order */
  get panes() {
    const { viewer } = this;
    const all = new Map(viewer.allPanes.map((pane) => [pane.key, pane]));
    return viewer.feature("panes").shown.flatMap((name) => all.get(name) ?? []);
  }

  /** @returns {string[]} */
  get shown() {
    return this.panes.map(({ key }) => key);
  }

  /**
   * The reader chooses how panes stand, from now on.
   * @param {LayoutName} name
   */
  choose(name) {
    this.before = null;
    keep(KEPT, name);
    this.set(name);
  }

  /**
   * @param {LayoutName} name
   * @param {string[]} [leads]
   */
  set(name, leads = this.leads) {
    this.name = name;
    this.leads = leads;
    this.viewer.notify("onLayout");
    this.viewer.notify("onView", this.viewer.view); // the link holds it
  }

  /**
   * A pane of the strip is wanted large.
   * @param {string} name
   * @param {boolean} left
   */
  lead(name, left) {
    const held = this.viewer.grid.contains(document.activeElement);
    if (this.name === "all") this.before = "all"; // the overview on a phone
    this.set(
      this.isOverview ? "one" : this.name,
      chosenLeads(leadsOf(this.leads, this.shown, LARGE[this.name]), name, left),
    );
    const pane = this.panes.find(({ key }) => key === name);
    if (held) pane?.stage.focus({ preventScroll: true });
  }

  /**
   * Turn pages, where panes are a stack.
   * @param {number} pages
   */
  turn(pages) {
    const { solo } = this.viewer;
    if (solo) {
      const [name] = turnedLeads([solo.key], this.shown, pages);
      const pane = this.panes.find(({ key }) => key === name);
      if (pane) this.viewer.feature("solo").turn(pane);
    } else if (LARGE[this.name]) {
      this.set(this.name, turnedLeads(leadsOf(this.leads, this.shown, LARGE[this.name]), this.shown, pages));
    }
  }

  /** On a phone, where all panes together are too small to work on: each is a button that makes it large. */
  get isOverview() {
    return this.name === "all" && this.narrow.matches;
  }

  get isBlind() {
    return this.viewer.element.classList.contains("unread");
  }

  /** Whether panes are a stack, in which the wheel can turn pages. */
  get isStack() {
    return this.viewer.solo !== null || (LARGE[this.name] > 0 && !this.blind);
  }

  /**
   * Make a pane large, or go back to where it came from.
   * @param {Pane} pane
   */
  enlarge(pane) {
    if (this.viewer.solo) this.viewer.feature("solo").leave();
    else if (this.blind) this.viewer.feature("solo").enter(pane);
    else if (this.name === "one") {
      this.set(this.before ?? "all");
      this.before = null;
    } else {
      this.before = this.name;
      this.set("one", [pane.key, ...this.leads]);
    }
  }

  onLayout() {
    const { viewer } = this;
    this.blind = this.isBlind;
    const leads = leadsOf(this.leads, this.shown, LARGE[this.name]);
    viewer.grid.dataset.layout = this.name;
    for (const pane of viewer.allPanes) this.dress(pane, leads);
    for (const { name, button } of this.buttons) button.setAttribute("aria-pressed", String(name === this.name));
    this.numbers.place(this.name === "grid");
    this.drawn = "";
    this.fit();
  }

  /**
   * @param {Pane} pane
   * @param {string[]} leads
   */
  dress(pane, leads) {
    const at = leads.indexOf(pane.key);
    const alone = this.viewer.solo !== null || this.blind;
    const small = (leads.length > 0 || this.isOverview) && at < 0 && !alone;
    const { element, stage } = pane;
    element.classList.toggle("large", at >= 0 && !alone);
    element.classList.toggle("small", small);
    element.style.setProperty("--at", at < 0 ? "" : String(at + 1));
    stage.inert = small;
    const pick = this.picks.get(pane);
    if (!pick) return;
    pick.hidden = !small;
    pick.setAttribute("aria-label", `Show large: ${pane.title}`);
    pick.title = leads.length < 2 ? pane.title : `${pane.title}: at the right (Shift: at the left)`;
    pick.tabIndex = pane === this.panes.find(({ key }) => !leads.includes(key)) ? 0 : -1;
  }

  /** Measure what there is, and give the panes their sides. */
  fit() {
    const { grid, solo } = this.viewer;
    const panes = this.panes;
    if (this.name === "grid" || solo || this.blind || !grid.offsetParent || !panes.length) return void this.tell(null);
    const box = this.box();
    const large = Math.min(LARGE[this.name], panes.length);
    const whole = panes.filter(({ element }) => !element.classList.contains("small"));
    const measured = whole.length ? whole : panes;
    const around = Math.max(...measured.map(({ element, stage }) => element.offsetHeight - stage.offsetHeight));
    const edges = { gap: GAP, around, small: SMALL };
    const least = this.narrow.matches ? LEAST_NARROW : LEAST;
    if (!large) {
      const { side, columns } = fitAll(panes.length, box, edges, least);
      return void this.tell({ side, columns, thumb: 0 });
    }
    const fitted = this.narrow.matches ? fitNarrow : fitLarge;
    this.tell(fitted(large, panes.length - large, box, edges, least));
  }

  /** The room for panes: from where they begin on the unscrolled page to the lower end of the window. */
  box() {
    const { grid } = this.viewer;
    const top = grid.getBoundingClientRect().top + document.documentElement.scrollTop;
    const below = this.narrow.matches ? 64 : 0; // the handle of the sheet
    const height = document.documentElement.clientHeight - top - 2 * PAD - below;
    return { width: grid.clientWidth - 2 * PAD, height };
  }

  /** @param {LargeFit | null} fitted */
  tell(fitted) {
    const { grid } = this.viewer;
    const now = JSON.stringify(fitted);
    if (now === this.drawn) return;
    this.drawn = now;
    for (const [name, value] of Object.entries(fitted ?? { side: 0, columns: 0, thumb: 0 })) {
      grid.style.setProperty(`--${name}`, name === "columns" ? String(value) : `${value}px`);
    }
    this.viewer.zoom?.say();
  }

  /** @returns {LayoutState | null} */
  onState() {
    const { name, leads, numbers } = this;
    if (name === "all" && kept(KEPT) === null && !numbers.folded) return null;
    return { name, leads: leads.slice(0, LARGE[name]), folded: numbers.folded };
  }

  /** @param {unknown} state of a link or a session; without one, what this browser has kept */
  restore(state) {
    this.before = null;
    const { name, leads, folded } = isObject(state) ? state : {};
    if (typeof folded === "boolean") this.numbers.fold(folded);
    const names = isList(leads) ? leads.filter((one) => typeof one === "string") : [];
    this.set(isLayout(name) ? name : this.preferred, names);
  }
}
