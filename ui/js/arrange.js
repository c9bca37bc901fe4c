// Which panes are on show, and in what order: methods in groups by model, up to as many at once as the server takes.
import { isList, isObject, make } from "./dom.js";
import { floorOf, FLOORS, isFloor, WITHOUT } from "./floors.js";
import { Menu } from "./menu.js";
import { lacking, pairName, pairOf } from "./pairs.js";
import { toolButton } from "./toolbar.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Method, Model } from "./messages.d.ts"
 */

const PLAIN = "radiograph";
const AGREEMENT = "agreement";
const GAZE = "gaze";
const OTHERS = [PLAIN, AGREEMENT, GAZE]; // panes that are no maps

/**
 * @typedef {{ method: Method, element: HTMLElement }} MethodRow
 * @typedef {{ rows: MethodRow[], element: HTMLElement }} KindGroup methods whose maps come from the same
 * @typedef {Record<"others" | "count" | "note", HTMLElement> & { rows: MethodRow[], kinds: KindGroup[] }} Listed
 */

/**
 * @param {HTMLElement[]} rows
 * @returns {HTMLElement}
 */
const makeList = (rows) => make("ul", { class: "pane-list" }, ...rows);

/** The menu "Panes", and what is on show. Its state holds names of panes in their order. */
export class Arrange {
  key = "panes";
  /** @type {string[]} */
  shown = []; // names, in their order
  /** @type {Map<string, ReturnType<Arrange["controlsOf"]>>} */
  rows = new Map(); // by name
  /** @type {Map<string, Listed>} */
  lacks = new Map(); // what a model cannot give, by its key
  menu = new Menu({
    icon: "panes",
    label: "Panes",
    text: "Panes",
    help: "which maps of which models are on show, and in what order",
  });
  limit = make("p", { class: "note", role: "status", hidden: true });

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.atFirst = [PLAIN, ...viewer.config.shown];
    this.menu.panel.classList.add("pane-menu");
    this.menu.panel.append(
      this.limit,
      make("div", { class: "pane-groups" }, this.makePictures(), this.makeFloors()),
      ...viewer.config.models.map((model) => this.makeModel(model)),
    );
    viewer.tools.group("Layout").append(this.menu.element, viewer.controls.menu.element);
  }

  /** @returns {HTMLElement} */
  makePictures() {
    const rows = [
      this.makeRow(PLAIN, "Radiograph"),
      this.makeRow(AGREEMENT, "Agreement"),
      this.makeRow(GAZE, "Gaze, where somebody looked"),
    ];
    return this.makeGroup("Picture", makeList(rows));
  }

  /**
   * What never looks at the image, kept apart from the models.
   * @returns {HTMLElement}
   */
  makeFloors() {
    const rows = FLOORS.map(({ key, label }) => this.makeRow(key, `${label}, ${WITHOUT}`));
    const note = make("p", { class: "note", text: "What a map has to beat: made without a method or a model." });
    return this.makeGroup("Floor", makeList(rows), note);
  }

  /**
   * All methods of one model by what their maps come from, and below them what it cannot give.
   * @param {Model} model
   * @returns {HTMLElement}
   */
  makeModel(model) {
    const rows = this.viewer.config.methods.map((method) => {
      const name = pairName(method, model);
      const row = this.makeRow(name, method.label, name === method.key ? "" : model.short);
      row.title = `${method.words} Costs ${method.cost}.`;
      const same = `= ${method.equals.join(", ")} (under a linear head)`;
      if (method.equals.length) row.append(make("small", { class: "equals", text: same }));
      return { method, element: row };
    });
    const kinds = [...new Set(rows.map(({ method }) => method.kind))].map((kind) => {
      const mine = rows.filter(({ method }) => method.kind === kind);
      const list = makeList(mine.map(({ element }) => element));
      return { rows: mine, element: make("div", {}, make("h4", { text: kind }), list) };
    });
    const note = make("p", { class: "note" });
    const count = make("summary");
    const others = make("details", { class: "lacks" }, count, note);
    this.lacks.set(model.key, { rows, kinds, others, count, note });
    const mark = make("i", { class: "model-mark" });
    const group = this.makeGroup(model.label, ...kinds.map(({ element }) => element), others);
    group.dataset.model = model.key;
    group.querySelector("h3")?.prepend(mark);
    return group;
  }

  /**
   * @param {string} title
   * @param {...HTMLElement} content
   * @returns {HTMLElement}
   */
  makeGroup(title, ...content) {
    return make("section", { "aria-label": title }, make("h3", {}, make("span", { text: title })), ...content);
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {string} [model]
   * @returns {HTMLLIElement}
   */
  makeRow(name, text, model = "") {
    const controls = this.controlsOf(name, text, model);
    this.rows.set(name, controls);
    return make("li", {}, controls.label, controls.up, controls.down);
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {string} model
   */
  controlsOf(name, text, model) {
    const control = make("input", {
      type: "checkbox",
      "aria-label": model ? `${text}, ${model}` : text,
      on: { change: () => this.toggle(name, control.checked) },
    });
    /**
     * @param {string} icon
     * @param {string} label
     * @param {number} step
     */
    const move = (icon, label, step) => {
      const said = `${label}: ${control.getAttribute("aria-label")}`;
      const button = toolButton({ icon, label: said, onClick: () => this.move(name, step, button) });
      return button;
    };
    const [up, down] = [move("up", "Earlier", -1), move("down", "Later", 1)];
    const label = make("label", { class: "field switch" }, control, make("span", { text }));
    return { control, label, up, down };
  }

  /**
   * @param {string} name
   * @param {boolean} on
   */
  toggle(name, on) {
    if (on) this.set([...this.shown, name]);
    else if (this.shown.length > 1) this.set(this.shown.filter((key) => key !== name));
    else this.say(); // one stays
  }

  /**
   * @param {string} name
   * @param {number} step
   * @param {HTMLButtonElement} button
   */
  move(name, step, button) {
    const order = [...this.shown];
    const at = order.indexOf(name);
    const to = at + step;
    if (at < 0 || to < 0 || to >= order.length) return;
    [order[at], order[to]] = [order[to], order[at]];
    this.set(order);
    if (!button.disabled) button.focus();
  }

  /**
   * Whether there is a pane of this name.
   * @param {string} name
   * @returns {boolean}
   */
  knows(name) {
    const { config } = this.viewer;
    return OTHERS.includes(name) || floorOf(name) !== null || pairOf(name, config)?.name === name;
  }

  /**
   * Show exactly these panes, in this order; unknown ones, and those beyond the limit, are left out.
   * @param {string[]} names
   */
  set(names) {
    this.arrange(names);
    this.viewer.askForMaps();
    this.viewer.kick(true);
  }

  /**
   * Show one more pane that is no map; nothing is asked of the server.
   * @param {string} name
   */
  add(name) {
    if (!this.shown.includes(name)) this.arrange([...this.shown, name]);
  }

  /** @param {string[]} names */
  arrange(names) {
    const { viewer } = this;
    let maps = 0;
    const known = names.filter((name, i, all) => this.knows(name) && all.indexOf(name) === i);
    const kept = known.filter((name) => OTHERS.includes(name) || ++maps <= viewer.config.most_panes);
    this.shown = kept.length ? kept : [PLAIN];
    for (const pane of viewer.panes.filter(({ key }) => !this.shown.includes(key))) viewer.removePane(pane);
    for (const name of this.shown) {
      if (!OTHERS.includes(name) && !viewer.panes.some(({ key }) => key === name)) viewer.addPane(name);
    }
    for (const pane of [viewer.plain, viewer.agreement, viewer.gaze]) {
      pane.hidden = pane.element.hidden = !this.shown.includes(pane.key);
    }
    viewer.panes.sort((a, b) => this.shown.indexOf(a.key) - this.shown.indexOf(b.key));
    const panes = new Map(viewer.allPanes.map((pane) => [pane.key, pane]));
    viewer.grid.append(...this.shown.flatMap((name) => panes.get(name)?.element ?? []));
    viewer.grid.dataset.count = String(this.shown.length);
    this.nameModels();
    this.say();
    viewer.notify("onLayout");
  }

  /** As soon as one map is not its method's usual one, every pane says which model it is about. */
  nameModels() {
    const { panes } = this.viewer;
    const needed = panes.some(({ method, model }) => method.model !== model.key);
    for (const pane of panes) isFloor(pane) || pane.showModel(needed);
    this.viewer.grid.classList.toggle("named", needed);
  }

  /** The menu as it is now. */
  say() {
    const { most_panes: most } = this.viewer.config;
    const maps = this.shown.filter((name) => !OTHERS.includes(name)).length;
    const full =
      maps >= most ? `${most} maps are on show, the most there can be at once: take one away to show another.` : "";
    if (this.limit.textContent !== full) this.limit.textContent = full;
    this.limit.hidden = !full;
    for (const [name, { control, label, up, down }] of this.rows) {
      const at = this.shown.indexOf(name);
      const isMap = !OTHERS.includes(name);
      control.checked = at >= 0;
      control.disabled = isMap && at < 0 && Boolean(full);
      label.title = control.disabled ? full : "";
      up.hidden = down.hidden = at < 0;
      up.disabled = at <= 0;
      down.disabled = at < 0 || at === this.shown.length - 1;
    }
    this.sayLacks();
  }

  /** A model lists the methods that it fits, and names what it lacks for the others. */
  sayLacks() {
    for (const model of this.viewer.models) {
      const lacks = this.lacks.get(model.key);
      if (!lacks) continue;
      const { rows, kinds, others, count, note } = lacks;
      /** @type {Map<string, string[]>} */
      const missing = new Map();
      for (const { method, element } of rows) {
        const words = lacking(method, model);
        element.hidden = Boolean(words) && !this.shown.includes(pairName(method, model));
        if (words) missing.set(words, [...(missing.get(words) ?? []), method.label]);
      }
      for (const { rows: mine, element } of kinds) element.hidden = mine.every((row) => row.element.hidden);
      const labels = [...missing.values()].flat();
      count.textContent = `${labels.length} ${labels.length === 1 ? "method needs" : "methods need"} another model`;
      note.textContent = [...missing].map(([words, those]) => `${those.join(", ")}: ${words}.`).join(" ");
      others.hidden = missing.size === 0;
    }
  }

  onContent() {
    this.sayLacks();
  }

  onState() {
    return this.shown.join("\n") === this.atFirst.join("\n") ? null : { shown: this.shown };
  }

  /** @param {unknown} state as `onState` gives it, or as links of older pages hold it */
  restore(state) {
    this.set(namesOf(state, this.atFirst));
  }
}

/**
 * @param {unknown} given
 * @returns {string[] | null}
 */
const namesIn = (given) => (isList(given) ? given.filter((name) => typeof name === "string") : null);

/**
 * The names in a state. Older ones have the order of all panes and those that were hidden.
 * @param {unknown} state
 * @param {string[]} atFirst
 * @returns {string[]}
 */
export function namesOf(state, atFirst) {
  if (!isObject(state)) return atFirst;
  const [shown, ordered, hiding] = [state.shown, state.order, state.hidden].map(namesIn);
  if (shown) return shown;
  if (!ordered && !hiding) return atFirst;
  const order = ordered ?? [];
  const hidden = hiding ?? [AGREEMENT];
  return [...order, ...[...atFirst, AGREEMENT].filter((name) => !order.includes(name))].filter(
    (name) => !hidden.includes(name),
  );
}
