// The controls of the gaze pane: whose gaze, what was said or which part, and the window of time.
import { make, makeField, makeSelect } from "../dom.js";
import { FIELDS, WHOLE, whose } from "./seen.js";

/**
 * @import { GazeState } from "../messages.d.ts"
 * @import { InputField } from "../types.d.ts"
 * @import { Reading } from "./seen.js"
 */

const STEP = 0.1; // seconds
const ALL = "all";
const OWN = "own"; // a window that no phrase has

/**
 * From when to when readings last, in whole steps; null where none has fixations.
 * @param {Reading[]} readings
 * @returns {[number, number] | null}
 */
export function spanOf(readings) {
  let [first, last] = [Infinity, -Infinity];
  for (const { source, data } of readings) {
    for (let at = 0; source.weigh !== null && at < data.length; at += FIELDS) {
      first = Math.min(first, data[at + 2]);
      last = Math.max(last, data[at + 3]);
    }
  }
  if (!(last >= first)) return null;
  return [Math.floor(first / STEP) * STEP, Math.ceil(last / STEP) * STEP];
}

/**
 * @param {string} label
 * @param {() => void} onInput
 * @returns {InputField & { shown: HTMLElement }}
 */
function makeTime(label, onInput) {
  const control = make("input", { type: "range", step: STEP, on: { input: onInput } });
  const shown = make("span", { class: "number" });
  const field = makeField(control, { class: "field slider" }, make("span", { text: label }), control, shown);
  return Object.assign(field, { shown });
}

export class GazeChoice {
  /** @type {GazeState} */
  state = WHOLE;
  /** @type {Reading[]} */
  readings = [];
  reader = makeSelect("Reader", [], (value) => this.set({ ...WHOLE, reader: value === ALL ? null : Number(value) }));
  part = makeSelect("Said", [], (value) => this.takePart(value));
  from = makeTime("From", () => this.takeTime(this.from));
  to = makeTime("To", () => this.takeTime(this.to));
  element = make(
    "div",
    { class: "gaze-choice", role: "group", "aria-label": "Whose gaze, and when" },
    this.reader,
    this.part,
    this.from,
    this.to,
  );

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
  }

  /**
   * Offer what can be chosen among readings, and choose.
   * @param {Reading[]} readings
   * @param {GazeState} state
   */
  offer(readings, state) {
    this.readings = readings;
    const names = readings.map((reading, i) => [String(i), whose([reading])]);
    const all = readings.length > 1 ? [[ALL, `all ${readings.length}, their mean`]] : [];
    fill(this.reader.control, [...all, ...names]);
    this.reader.hidden = readings.length < 2;
    this.state = this.possible(state);
    this.show();
  }

  /**
   * A state, or what of it there is.
   * @param {GazeState} state
   * @returns {GazeState}
   */
  possible(state) {
    const { length } = this.readings;
    if (length === 1) return { ...state, reader: 0 };
    return state.reader !== null && state.reader >= length ? WHOLE : state;
  }

  /** @returns {Reading[]} */
  get chosen() {
    const { reader } = this.state;
    return reader === null ? this.readings : this.readings.slice(reader, reader + 1);
  }

  /** @param {GazeState} state */
  set(state) {
    this.state = this.possible(state);
    this.show();
    this.onChange();
  }

  /** @param {string} value */
  takePart(value) {
    const { source } = this.chosen[0];
    const phrase = source.phrases[Number(value.slice(1))];
    if (value === "") this.set({ ...WHOLE, reader: this.state.reader });
    else if (value === OWN) this.show();
    else if (value.startsWith("t")) this.set({ ...this.state, start: phrase.start, end: phrase.end });
    else this.set({ ...this.state, part: source.parts[Number(value.slice(1))] });
  }

  /**
   * One end of the window follows its slider; the other one gives way.
   * @param {InputField} moved
   */
  takeTime(moved) {
    const [first, last] = spanOf(this.chosen) ?? [0, 0];
    const at = Number(moved.control.value);
    let { start, end } = this.state;
    if (moved === this.from) {
      start = at < first + STEP / 2 ? null : at;
      end = end !== null && end < at ? at : end;
    } else {
      end = at > last - STEP / 2 ? null : at;
      start = start !== null && start > at ? at : start;
    }
    this.set({ ...this.state, start, end });
  }

  /** The controls as the state has it. */
  show() {
    const { state, chosen } = this;
    this.reader.control.value = state.reader === null ? ALL : String(state.reader);
    this.showParts(chosen.length === 1 ? chosen[0] : null);
    const span = spanOf(chosen);
    this.from.hidden = this.to.hidden = !span;
    if (!span) return;
    const [first, last] = span;
    for (const [field, value] of /** @type {const} */ ([
      [this.from, state.start ?? first],
      [this.to, state.end ?? last],
    ])) {
      Object.assign(field.control, { min: first.toFixed(1), max: last.toFixed(1), value: String(value) });
      field.shown.textContent = `${value.toFixed(1)} s`;
      field.control.setAttribute("aria-valuetext", `${value.toFixed(1)} seconds`);
    }
  }

  /** @param {Reading | null} reading the only one that is chosen */
  showParts(reading) {
    const { phrases = [], parts = [] } = reading?.source ?? {};
    const { start, end, part } = this.state;
    const whole = start === null && end === null;
    const said = phrases.findIndex((phrase) => phrase.start === start && phrase.end === end);
    const times = phrases.map((one, i) => [`t${i}`, `${one.start.toFixed(1)}–${one.end.toFixed(1)} s: ${one.text}`]);
    const own = phrases.length && !whole && said < 0 ? [[OWN, "another window"]] : [];
    const first = parts.length ? `all ${parts.length}, their mean` : "the whole reading";
    fill(this.part.control, [["", first], ...own, ...times, ...parts.map((text, i) => [`p${i}`, text])]);
    this.part.hidden = phrases.length + parts.length < 1;
    if (this.part.firstElementChild) this.part.firstElementChild.textContent = parts.length ? "Part" : "Said";
    if (parts.length) this.part.control.value = part ? `p${parts.indexOf(part)}` : "";
    else this.part.control.value = said >= 0 ? `t${said}` : own.length ? OWN : "";
  }
}

/**
 * @param {HTMLSelectElement} control
 * @param {string[][]} options
 */
function fill(control, options) {
  const texts = options.flat().join("\n");
  if (control.dataset.texts === texts) return; // the list stays as it is while it is used
  control.dataset.texts = texts;
  control.replaceChildren(...options.map(([value, text]) => make("option", { value, text })));
}
