// The parameters of a map: a small panel on its pane, built from the method's fields. A change asks for just that map.
import { isObject, make } from "./dom.js";
import { FieldControl } from "./fields.js";
import { MapPane } from "./map_pane.js";
import { toolButton } from "./toolbar.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Answer, Method } from "./messages.d.ts"
 * @import { Pane } from "./pane.js"
 */

/**
 * Parameters of a method by name, as JSON values.
 * @param {unknown} a
 * @param {unknown} b
 * @typedef {{[name: string]: unknown}} Values
 */

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/**
 * The defaults of a method's parameters.
 * @param {Method} method
 * @returns {Values}
 */
export function defaultsOf({ parameters }) {
  return Object.fromEntries(parameters.map((field) => [field.name, field.default]));
}

/**
 * Parameters that a reader chose, for the next case too; how fine a map is belongs to its case.
 * Null where all are usual.
 * @param {Method} method
 * @param {Values | undefined} values
 * @returns {Values | null}
 */
export function chosenOf(method, values) {
  if (!values) return null;
  const usual = defaultsOf(method);
  const names = Object.keys(usual).filter((name) => name !== method.refines);
  return names.some((name) => !same(values[name], usual[name]))
    ? Object.fromEntries(names.map((name) => [name, values[name]]))
    : null;
}

/** The panel of one pane. */
class Panel {
  /** @type {Values} */
  values = {};
  error = make("p", { class: "parameter-error", role: "alert" });
  reset = make("button", {
    type: "button",
    class: "plain",
    text: "Reset to default",
    on: { click: () => this.toDefault() },
  });
  close = make("button", {
    type: "button",
    class: "close",
    "aria-label": "Close",
    text: "×",
    on: { click: () => this.toggle(false) },
  });

  /**
   * @param {MapPane} pane
   * @param {(values: Values) => void} onApply
   */
  constructor(pane, onApply) {
    this.pane = pane;
    this.onApply = onApply;
    this.fields = pane.method.parameters.map((field) => new FieldControl(field));
    this.button = toolButton({ icon: "gear", label: `Parameters: ${pane.title}`, onClick: () => this.toggle() });
    this.button.setAttribute("aria-expanded", "false");
    this.form = this.makeForm();
    this.form.addEventListener("keydown", (event) => this.onKey(event));
    pane.buttons.prepend(this.button);
    pane.element.append(this.form);
    this.show(null);
  }

  /** @returns {HTMLFormElement} */
  makeForm() {
    const { title, method } = this.pane;
    /** @param {SubmitEvent} event */
    const submit = (event) => {
      event.preventDefault();
      this.apply();
    };
    const said = { class: "parameters", "aria-label": `Parameters of ${title}`, novalidate: true, hidden: true };
    const apply = make("button", { type: "submit", class: "primary", text: "Apply" });
    return make(
      "form",
      { ...said, on: { submit } },
      make("div", { class: "heading" }, make("h4", { text: "Parameters" }), this.close),
      ...this.fields.map(({ element }) => element),
      this.error,
      make("p", { class: "parameter-words", text: `With the defaults: ${method.cost}.` }),
      make("div", { class: "actions" }, apply, this.reset),
    );
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    event.stopPropagation(); // keys of the page do other things
    if (event.key === "Escape") this.toggle(false);
  }

  /** @param {boolean} [open] */
  toggle(open = Boolean(this.form.hidden)) {
    this.form.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return void (this.say(""), this.button.focus());
    this.fill();
    this.fields[0].control.focus({ preventScroll: true });
    this.place();
  }

  /** Below the right end of the caption, but inside the window. */
  place() {
    const { left, width } = this.pane.element.getBoundingClientRect();
    const end = document.documentElement.clientWidth - 8;
    const at = Math.min(left + width, end) - this.form.offsetWidth;
    this.form.style.left = `${Math.round(Math.max(8, at) - left)}px`;
  }

  /**
   * The parameters of the map on show, or of one that is wanted, whose price stands below; null while there is none.
   * @param {Values | null} values
   * @param {boolean} [priced]
   */
  show(values, priced = false) {
    if (values && same(values, this.values)) return;
    if (priced && !this.form.hidden) this.toggle(false);
    this.values = values ?? defaultsOf(this.pane.method);
    this.button.classList.toggle("changed", chosenOf(this.pane.method, this.values) !== null);
    this.say("");
    this.fill();
  }

  fill() {
    for (const field of this.fields) field.value = this.values[field.field.name];
  }

  apply() {
    this.say("");
    this.onApply(Object.fromEntries(this.fields.map((field) => [field.field.name, field.value])));
  }

  toDefault() {
    for (const field of this.fields) field.value = field.field.default;
    this.apply();
  }

  /** @param {string} text */
  say(text) {
    this.error.textContent = text;
  }
}

/** The panels of all panes whose methods have parameters. */
export class ParameterPanels {
  key = "parameters";
  /** @type {WeakMap<Pane, Panel>} */
  panels = new WeakMap();

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
  }

  /** @param {Pane} pane */
  onPane(pane) {
    if (!(pane instanceof MapPane) || !pane.method.parameters.length) return;
    const panel = new Panel(pane, (values) => this.viewer.askForMaps({ [pane.key]: values }));
    this.panels.set(pane, panel);
    panel.show(pane.parameters);
  }

  onContent() {
    const { prices } = this.viewer.content;
    for (const pane of this.viewer.panes) {
      const wanted = prices?.[pane.key]?.parameters; // of a map that is not there, or not whole
      const values = wanted ? { ...defaultsOf(pane.method), ...wanted } : pane.parameters;
      this.panels.get(pane)?.show(values, Boolean(wanted));
    }
  }

  /**
   * The server's sentence about one pane's parameters stands at that pane.
   * @param {Answer} answer
   */
  onAnswer({ at, error }) {
    const pane = at && this.viewer.panes.find(({ key }) => key === at);
    if (!pane || !error) return;
    const panel = this.panels.get(pane);
    if (!panel) return;
    if (panel.form.hidden) panel.toggle(true);
    panel.say(error);
  }

  onState() {
    const chosen = this.viewer.chosenParameters();
    return Object.keys(chosen).length ? chosen : null;
  }

  /** @param {unknown} state of panes on show */
  restore(state) {
    if (!isObject(state)) return;
    const names = new Set(this.viewer.panes.map(({ key }) => key));
    /** @type {Record<string, Values>} */
    const known = {};
    for (const [name, values] of Object.entries(state)) if (names.has(name) && isObject(values)) known[name] = values;
    if (Object.keys(known).length) this.viewer.askForMaps(known);
  }
}
