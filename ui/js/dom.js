// Small helpers around the document. Text always goes through textContent: nothing a user gave is ever parsed as HTML.

/**
 * Make an element. Attributes: `class`, `text`, `on` (listeners by event); everything else is set as an attribute,
 * left out where it is null or false.
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name === "on")
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** Make an SVG element. */
export function makeSvg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A labelled drop-down list of [value, text] pairs; a label, whose `control` is the list. */
export function makeSelect(label, options, onChange) {
  const control = make("select", { on: { change: () => onChange(control.value) } });
  control.append(...options.map(([value, text]) => make("option", { value, text })));
  const field = make("label", { class: "field" }, make("span", { text: label }), control);
  return field;
}

/** Let arrow keys, Home and End move the focus among the items of a list, of which Tab reaches one. */
export function rovingFocus(list, selector, vertical = false) {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  if (vertical) (delete steps.ArrowRight, delete steps.ArrowLeft);
  list.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll(selector)].filter((item) => !item.hidden);
    const at = items.indexOf(document.activeElement);
    let next = null;
    if (event.key in steps) next = items[Math.min(items.length - 1, Math.max(0, at + steps[event.key]))];
    else if (event.key === "Home") next = items[0];
    else if (event.key === "End") next = items.at(-1);
    if (at < 0 || !next) return;
    event.preventDefault();
    for (const item of items) item.tabIndex = item === next ? 0 : -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  });
}

/** A number with a real minus sign and always a sign, for logits. */
export function signed(value, digits = 2) {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? "−" : "+") + text;
}

/** Text whose `quoted` parts become code elements. */
export function withCode(text) {
  return text.split("`").map((part, i) => (i % 2 ? make("code", { text: part }) : part));
}
