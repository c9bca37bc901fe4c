// Small helpers around the document. Text always goes through textContent: nothing a user gave is ever parsed as HTML.

/** @import { Attribute, Attributes, Child, Field, SelectField } from "./types.d.ts" */

/**
 * Make an element. Attributes: `class`, `text`, `on` (listeners by event); everything else is set as an attribute,
 * left out where it is null or false.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = String(value);
    else if (typeof value === "object") listen(element, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {object} listeners by event
 */
function listen(element, listeners) {
  const all = /** @type {[string, EventListener][]} */ (Object.entries(listeners));
  for (const [event, listener] of all) element.addEventListener(event, listener);
}

/**
 * Let an element say a text. Where it says it already nothing is touched: the browser would lay the page out again.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, Attribute>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function makeSvg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * Put a label around a control, which must be one of its children.
 * @template {HTMLElement} C
 * @param {C} control
 * @param {Attributes} attributes
 * @param {...Child} children
 * @returns {Field<C>} whose `control` is the control
 */
export function makeField(control, attributes, ...children) {
  const label = make("label", attributes, ...children);
  if (label.control !== control) throw new Error("Expected a label around its control.");
  return /** @type {Field<C>} */ (label);
}

/**
 * A labelled drop-down list of [value, text] pairs; a label, whose `control` is the list.
 * @param {string} label
 * @param {string[][]} options
 * @param {(value: string) => void} onChange
 * @returns {SelectField}
 */
export function makeSelect(label, options, onChange) {
  const control = make("select", { on: { change: () => onChange(control.value) } });
  control.append(...options.map(([value, text]) => make("option", { value, text })));
  return makeField(control, { class: "field" }, make("span", { text: label }), control);
}

/** @type {Record<string, number>} */
const ACROSS = { ArrowRight: 1, ArrowLeft: -1 };
/** @type {Record<string, number>} */
const DOWN = { ArrowDown: 1, ArrowUp: -1 };

/**
 * Which of some items a key leads to.
 * @param {HTMLElement[]} items
 * @param {number} at
 * @param {string} key
 * @param {number | undefined} step
 * @returns {HTMLElement | undefined}
 */
function itemFor(items, at, key, step) {
  if (step !== undefined) return items[Math.min(items.length - 1, Math.max(0, at + step))];
  if (key === "Home") return items[0];
  return key === "End" ? items.at(-1) : undefined;
}

/**
 * Let arrow keys, Home and End move the focus among the items of a list, of which Tab reaches one.
 * @param {HTMLElement} list
 * @param {string} selector
 * @param {boolean} [vertical]
 */
export function rovingFocus(list, selector, vertical = false) {
  const steps = vertical ? DOWN : { ...ACROSS, ...DOWN };
  list.addEventListener("keydown", (event) => {
    const items = [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(selector))].filter(
      (item) => !item.hidden,
    );
    const at = items.findIndex((item) => item === document.activeElement);
    const next = itemFor(items, at, event.key, steps[event.key]);
    if (at < 0 || !next) return;
    event.preventDefault();
    for (const item of items) item.tabIndex = item === next ? 0 : -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  });
}

/**
 * The element of the page that an event is about; null where it is about none.
 * @param {Event} event
 * @returns {Element | null}
 */
export function targetOf(event) {
  return event.target instanceof Element ? event.target : null;
}

/**
 * Something that must be there by now.
 * @template V
 * @param {V | null | undefined} value
 * @returns {V}
 */
export function known(value) {
  if (value === null || value === undefined) throw new Error("Expected something that is not there yet.");
  return value;
}

/**
 * Whether an object has a key.
 * @template {object} O
 * @param {O} object
 * @param {PropertyKey} key
 * @returns {key is keyof O}
 */
export function isKeyOf(object, key) {
  return Object.hasOwn(object, key);
}

/**
 * Whether something that came from outside is an object with fields.
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * What each of the items has, by the item's key.
 * @template {{ key?: string }} Item
 * @template Value
 * @param {Item[]} items
 * @param {(item: Item) => Value} valueOf
 * @returns {Record<string, Value>}
 */
export function byKey(items, valueOf) {
  return Object.fromEntries(items.map((item) => /** @type {const} */ ([item.key ?? "", valueOf(item)])));
}

/**
 * Whether something that came from outside is a list.
 * @param {unknown} value
 * @returns {value is unknown[]}
 */
export function isList(value) {
  return Array.isArray(value);
}

/**
 * Whether something that came from outside is a whole number that is not negative, such as that of a patch.
 * @param {unknown} value
 * @returns {value is number}
 */
export function isIndex(value) {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

/**
 * Whether something that came from outside is a number, and none of those that stand for no number.
 * @param {unknown} value
 * @returns {value is number}
 */
export function isNumber(value) {
  return Number.isFinite(value);
}

/**
 * What an error that was caught says.
 * @param {unknown} error
 * @returns {string}
 */
export function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * A number with a real minus sign and always a sign, for logits.
 * @param {number} value
 * @param {number} [digits]
 * @returns {string}
 */
export function signed(value, digits = 2) {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? "−" : "+") + text;
}

/**
 * Text whose `quoted` parts become code elements.
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
export function withCode(text) {
  return text.split("`").map((part, i) => (i % 2 ? make("code", { text: part }) : part));
}
