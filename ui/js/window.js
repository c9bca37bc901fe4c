// Window and level, as in radiology: which values of the film are spread from black to white.
import { isKeyOf, isObject, make, makeField, makeSelect } from "./dom.js";
import { greysOf, pixelsOf, valuesOf } from "./film/shades.js";
import { Menu } from "./menu.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { CaseMessage, FilmWindow } from "./messages.d.ts"
 * @import { Arrays, Codes, InputField, Mode, WindowState } from "./types.d.ts"
 */

/** The window of a radiograph of 8 bits that shows every grey as it is. */
export const WHOLE = { level: 127.5, width: 255, invert: false, offer: /** @type {number | null} */ (0) };
/** @type {FilmWindow[]} */
const OFFERED = [{ name: "Whole range", level: 127.5, width: 255, function: "LINEAR_EXACT", shades: null }];
const STORED = "stored value"; // as data_cache/images/stored.py has it
const SHARES = /** @type {const} */ ({ contrast: [0.02, 0.98], dark: [0.02, 0.55], bright: [0.45, 0.98] });
const PRESETS = {
  contrast: "This radiograph's own range",
  dark: "Dark parts (lungs)",
  bright: "Bright parts (mediastinum, bones)",
};

/**
 * Level and width of the values between two shares of an image's pixels.
 * @param {Codes} codes
 * @param {number} from
 * @param {number} to
 * @param {(code: number) => number} [valueOf]
 * @returns {{ level: number, width: number }}
 */
export function windowOf(codes, from, to, valueOf = (code) => code) {
  const counts = new Uint32Array(65536);
  for (let i = 0; i < codes.length; i++) counts[codes[i]]++;
  /** @param {number} share */
  const at = (share) => {
    let sum = 0;
    return valueOf(counts.findIndex((count) => (sum += count) >= share * codes.length));
  };
  const [low, high] = [at(from), at(to)].sort((a, b) => a - b);
  return { level: (low + high) / 2, width: Math.max(1, high - low) };
}

export class WindowLevel {
  key = "window";
  /** @type {WindowState} */
  state = WHOLE;
  offered = OFFERED; // by the film
  unit = STORED;
  values = valuesOf({ depth: 8, first: 0, step: 1 }, null);
  /** @type {(Uint8Array | undefined)[]} */
  tables = [];
  first = 0; // the stored value of code 0
  storedStep = 1; // between codes
  inverted = false; // the film's lowest value is white
  /** @type {[number, number]} */
  range = [0, 255];
  /** @type {Uint32Array} */
  colours = new Uint32Array(256); // pixels by code
  /** @type {unknown} */
  pending = undefined; // what was asked for before the film was there

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    viewer.modes.add(this.makeMode());
    const { tools, keys } = viewer;
    this.menu = new Menu({
      icon: "window",
      label: "Window presets",
      text: "L 128 W 255",
      help: "level and width of the values on show, and the windows of the file",
    });
    this.preset = makeSelect("Preset", [["", "chosen by hand"]], (name) => this.usePreset(name));
    this.level = this.makeField("Level", "level");
    this.width = this.makeField("Width", "width");
    this.said = make("p", { class: "note window-unit" });
    this.menu.panel.append(this.preset, this.level, this.width, this.said);
    tools.group("Window").append(this.menu.element);
    this.inversion = tools.add("Window", {
      icon: "invert",
      label: "Invert",
      shortcut: "I",
      help: "black becomes white",
      pressed: false,
      onClick: () => this.invert(),
    });
    this.reset = tools.add("Window", {
      icon: "reset",
      label: "Reset window",
      shortcut: "R",
      onClick: () => this.set(this.whole),
    });
    keys.add({ key: "i", help: "Invert the greys", group: "View", ohif: true, run: () => this.invert() });
    keys.add({ key: "r", help: "Reset window, level and inversion", group: "View", run: () => this.set(this.whole) });
    this.offer();
    this.set(WHOLE);
  }

  /**
   * A number, which is taken once it was typed whole.
   * @param {string} label
   * @param {"level" | "width"} name
   * @returns {InputField}
   */
  makeField(label, name) {
    const control = make("input", {
      type: "number",
      step: "any",
      on: { change: () => this.type(label, name, control) },
    });
    return makeField(control, { class: "field" }, make("span", { text: label }), control);
  }

  /**
   * @param {string} label
   * @param {"level" | "width"} name
   * @param {HTMLInputElement} control
   */
  type(label, name, control) {
    const number = control.valueAsNumber;
    if (Number.isFinite(number) && (name === "level" || number > 0)) return this.set({ [name]: number });
    const expected = name === "width" ? "a number above 0" : "a number";
    const found = control.value || "nothing";
    this.viewer.say(`${label}: expected ${expected}, found ${found}; the window stays as it is.`, 6000);
    this.say();
  }

  /** @returns {Mode} */
  makeMode() {
    let start = { x: 0, y: 0, ...WHOLE };
    return {
      key: "window",
      label: "Window",
      shortcut: "W",
      cursor: "ns-resize",
      help: "drag sideways for the width, up and down for the level",
      down: (point, event) => {
        start = { x: event.clientX, y: event.clientY, ...this.state };
      },
      move: (point, event) => {
        const { step } = this;
        this.set({
          width: start.width + (event.clientX - start.x) * step,
          level: start.level + (event.clientY - start.y) * step,
        });
      },
      cancel: () => this.set(start),
    };
  }

  /**
   * What a pixel of a drag changes: a 255th of the film's own window.
   * @returns {number}
   */
  get step() {
    return (this.offered[0].width ?? this.span) / 255;
  }

  /** @returns {number} */
  get span() {
    return this.range[1] - this.range[0] || 1;
  }

  /**
   * The window that the film is shown with at first.
   * @returns {WindowState}
   */
  get whole() {
    return this.offerState(0);
  }

  /**
   * @param {number} place
   * @returns {WindowState}
   */
  offerState(place) {
    const { level, width } = this.offered[place];
    const { invert } = WHOLE;
    if (level !== null && width !== null) return { level, width, invert, offer: place };
    return { ...this.spanOf(this.tables[place] ?? new Uint8Array(1)), invert, offer: place };
  }

  /**
   * Level and width that come nearest to a table.
   * @param {Uint8Array} shades
   */
  spanOf(shades) {
    const { values } = this;
    const [darkest, brightest] = [Math.min(...ends(shades)), Math.max(...ends(shades))];
    const inside = shades.reduce((sum, grey) => sum + Number(grey > darkest && grey < brightest), 0);
    const low = shades.findIndex((grey) => grey !== shades[0]);
    const from = values[Math.max(0, low)];
    const to = values[Math.min(values.length - 1, Math.max(0, low) + inside)];
    return { level: (from + to) / 2, width: Math.abs(to - from) || 1 };
  }

  /**
   * @param {CaseMessage} content
   * @param {Arrays} arrays
   */
  onCase({ film }, arrays) {
    const before = this.offered[0];
    this.offered = film.windows;
    this.tables = arrays.filmTables;
    this.values = valuesOf(film, arrays.filmValues ?? null);
    this.unit = film.unit;
    this.first = film.first;
    this.storedStep = film.step;
    this.inverted = film.inverted;
    this.range = film.limits ?? rangeOf(this.values, arrays.filmValues?.length ?? this.values.length);
    this.codes = arrays.film.levels[film.overview].codes;
    this.offer();
    const [first] = this.offered;
    const alike = before.level === first.level && before.width === first.width && before.function === first.function;
    if (this.pending !== undefined) this.restore(this.pending);
    else if (alike && first.shades === null && (this.state.offer ?? 0) === 0) this.set(this.state);
    else this.set({ ...this.whole, invert: this.state.invert });
    this.pending = undefined;
  }

  /** Offer the windows of the film, and those that suit any. */
  offer() {
    const own = this.offered.map(({ name }, place) => make("option", { value: String(place), text: name }));
    const more = Object.entries(PRESETS).map(([value, text]) => make("option", { value, text }));
    const [byHand] = this.preset.control.options;
    this.preset.control.replaceChildren(byHand, ...own, ...more);
    const [low, high] = this.range;
    this.said.textContent = `In ${this.unit}s, of which there can be ${text(low)} to ${text(high)}.`;
  }

  /** @param {string} name */
  usePreset(name) {
    const { invert } = this.state;
    if (this.offered[Number(name)] && name !== "") return this.set({ ...this.offerState(Number(name)), invert });
    const { codes, values } = this;
    if (isKeyOf(SHARES, name) && codes) {
      const [from, to] = SHARES[name];
      this.set({ ...windowOf(codes, from, to, (code) => values[code]), invert });
    }
    this.preset.control.value = name;
  }

  invert() {
    this.set({ ...this.state, invert: !this.state.invert });
  }

  /**
   * Show the film through another window; one that is not said to be offered is chosen by hand.
   * @param {Partial<WindowState>} state
   */
  set({ level, width, invert, offer = null }) {
    const before = this.state;
    const [low, high] = this.range;
    const finest = Math.min(1, this.span / 65535);
    const rounded = (/** @type {number} */ value) => Math.round((2 * value) / finest) * (finest / 2);
    this.state =
      offer !== null && this.offered[offer]
        ? { ...this.offerState(offer), invert: invert ?? before.invert, offer }
        : {
            level: rounded(Math.min(high, Math.max(low, level ?? before.level))),
            width: Math.max(finest, Math.round(Math.min(2 * this.span, width ?? before.width) / finest) * finest),
            invert: invert ?? before.invert,
            offer: null,
          };
    this.colours = pixelsOf(this.greys(), this.state.invert !== this.inverted, new Uint32Array(this.values.length));
    this.say();
    this.viewer.kickFilm();
  }

  /**
   * A code of the film in words.
   * @param {number} code
   * @param {number} across pixels of the original that it is the mean of, along a side
   * @returns {string}
   */
  valueWords(code, across) {
    const stored = this.first + this.storedStep * code;
    const after = this.unit === STORED ? "" : `, ${text(this.values[code])} ${this.unit.replace("value ", "")}`;
    const about = across > 1 ? `about (mean of ${across}×${across}) ` : "";
    return `stored value ${about}${text(stored)}${after}`;
  }

  /** @returns {Uint8Array} */
  greys() {
    const { level, width, offer } = this.state;
    const table = offer === null ? undefined : this.tables[offer];
    if (table) return table;
    const kind = offer === null ? "LINEAR_EXACT" : this.offered[offer].function;
    return greysOf(this.values, { level, width, function: kind });
  }

  say() {
    const { level, width, invert, offer } = this.state;
    const named = offer !== null && this.offered[offer].function === "LUT";
    this.menu.sayText(named ? this.offered[offer].name : `L ${text(Math.round(level))} W ${text(width)}`);
    this.level.control.value = String(Number(level.toPrecision(7)));
    this.width.control.value = String(Number(width.toPrecision(7)));
    this.preset.control.value = offer === null ? "" : String(offer);
    this.inversion.setAttribute("aria-pressed", String(invert));
    this.reset.disabled = offer === 0 && !invert;
  }

  onState() {
    const { level, width, invert, offer } = this.state;
    return this.reset.disabled ? null : { level, width, invert, ...(offer === null ? {} : { offer }) };
  }

  /** @param {unknown} state */
  restore(state) {
    if (!this.viewer.content.case) this.pending = state ?? null;
    if (state === null || state === undefined) return this.set(this.whole);
    if (!isObject(state)) return;
    const { level, width, invert, offer } = state;
    if (typeof level !== "number" || typeof width !== "number" || !(width > 0)) return;
    const place = typeof offer === "number" && this.offered[offer] ? offer : null;
    if ([level, width].every(Number.isFinite)) this.set({ level, width, invert: Boolean(invert), offer: place });
  }
}

/**
 * The first and the last.
 * @param {Uint8Array} shades
 * @returns {number[]}
 */
function ends(shades) {
  return [shades[0], shades[shades.length - 1]];
}

/**
 * The smallest and the largest of values by code.
 * @param {Float64Array} values
 * @param {number} length of those that there are
 * @returns {[number, number]}
 */
function rangeOf(values, length) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return [low, high];
}

/**
 * @param {number} value
 * @returns {string}
 */
function text(value) {
  return String(Number(value.toPrecision(5))).replace("-", "−");
}
