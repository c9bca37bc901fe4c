// The controls that live in the browser alone (threshold, opacity, what is shown, colours), and the one for finer patch
// maps.
import { isKeyOf, make, makeField, makeSelect } from "./dom.js";
import { Menu } from "./menu.js";
import { MODES } from "./thresholds.js";

/**
 * @import { Keys } from "./keys.js"
 * @import { ViewerConfig } from "./messages.d.ts"
 * @import { Refinement } from "./refinement.js"
 * @import { InputField, SettingName, Settings, Slider, SliderField, SwitchName } from "./types.d.ts"
 */

/**
 * @param {string} label
 * @param {string} help
 * @param {(value: number) => void} onInput
 * @returns {SliderField}
 */
function makeSlider(label, help, onInput) {
  const control = make("input", { type: "range", "aria-label": label });
  const shown = make("span", { class: "number" });
  control.addEventListener("input", () => onInput(Number(control.value)));
  const words = make("span", { text: label });
  return Object.assign(makeField(control, { class: "field slider", title: help }, words, control, shown), { shown });
}

/** What the viewer starts with. `limit` is the end of the colour scale of maps in logits, "auto" by the finding.
 * @type {Settings}
 */
export const DEFAULTS = {
  mode: "range",
  threshold: 0.5,
  cut: 0.2,
  top: 0.1,
  opacity: 0.6,
  hide: false,
  limit: "auto",
  scheme: "red-blue",
  truth: "union",
  outline: true,
  fill: false,
  human: true,
  contour: true,
};

const LIMITS = ["auto", "1", "2", "5", "10", "20"];
/** @type {Record<SwitchName, { label: string, help: string, key: string }>} */
const SWITCHES = {
  outline: { label: "Outline", help: "What the radiologist drew, as a line", key: "o" },
  fill: { label: "Fill the outline", help: "What the radiologist drew, as an area", key: "m" },
  human: {
    label: "Human benchmark",
    help: "What the second group of radiologists drew, where there is such a drawing",
    key: "b",
  },
  contour: {
    label: "Contour of the marked region",
    help: "The dashed line around what lies above the threshold",
    key: "c",
  },
  hide: { label: "Hide below threshold", help: "Only the marked region is coloured", key: "h" },
};

export class Controls {
  scale = 1; // end of the scale of maps in logits
  note = make("p", { class: "note", hidden: true });
  strips = make("div", { class: "strips" }); // of the tools, one above the other: there is always room for each
  menu = new Menu({ icon: "display", label: "Display", text: "Display", help: "colours, outlines, contours" });
  mode = makeSelect(
    "Threshold",
    Object.entries(MODES).map(([key, { label }]) => [key, label]),
    (mode) => isKeyOf(MODES, mode) && this.set("mode", mode),
  );
  threshold = makeSlider("Threshold", "", (value) => {
    const { slider } = MODES[this.settings.mode];
    if (slider) this.set(slider.setting, value);
  });
  opacity = makeSlider("Opacity", "How much the maps cover the radiograph", (value) => this.set("opacity", value));
  limit = makeSelect(
    "Scale of maps in logits",
    LIMITS.map((limit) => [limit, limit === "auto" ? "auto" : `±${limit} logits`]),
    (limit) => this.set("limit", limit),
  );
  switches = {
    outline: this.makeSwitch("outline"),
    fill: this.makeSwitch("fill"),
    human: this.makeSwitch("human"),
    contour: this.makeSwitch("contour"),
    hide: this.makeSwitch("hide"),
  };

  /**
   * @param {Settings} settings changed in place
   * @param {ViewerConfig} config
   * @param {Refinement} refinement shown among them
   * @param {Keys} keys
   * @param {{ onFinding(index: number): void, onChange(name: SettingName): void }} listeners
   */
  constructor(settings, { findings, schemes }, refinement, keys, { onFinding, onChange }) {
    this.settings = settings;
    this.onChange = onChange;
    this.finding = makeSelect(
      "Finding",
      findings.map((name, i) => [String(i), name]),
      (value) => onFinding(Number(value)),
    );
    this.scheme = makeSelect(
      "Colours",
      schemes.map(({ key, label }) => [key, label]),
      (scheme) => this.set("scheme", scheme),
    );
    Object.assign(this.opacity.control, { min: 0, max: 1, step: 0.01 });
    this.menu.panel.append(...Object.values(this.switches), this.scheme, this.limit);
    this.addKeys(keys);
    this.thresholds = make("div", { class: "thresholds" }, this.mode, this.threshold);
    this.element = make(
      "div",
      { class: "controls", role: "group", "aria-label": "Display" },
      make("div", { class: "sliders" }, this.finding, this.thresholds, this.opacity),
      this.note,
    );
    this.tray = make("div", { class: "tray" }, this.strips, refinement.element);
    this.show();
  }

  /**
   * A switch of the menu "Display".
   * @param {SwitchName} name
   * @returns {InputField}
   */
  makeSwitch(name) {
    const { label, help, key } = SWITCHES[name];
    const control = make("input", { type: "checkbox", on: { change: () => this.set(name, control.checked) } });
    const title = `${help} (${key.toUpperCase()})`;
    return makeField(control, { class: "field switch", title }, control, make("span", { text: label }));
  }

  /** @param {Keys} keys */
  addKeys(keys) {
    for (const [name, { label, key }] of Object.entries(SWITCHES)) {
      if (!isKeyOf(this.switches, name)) continue;
      keys.add({ key, help: `${label} on or off`, group: "Shown", run: () => this.set(name, !this.settings[name]) });
    }
  }

  /**
   * @template {SettingName} N
   * @param {N} name
   * @param {Settings[N]} value
   */
  set(name, value) {
    this.settings[name] = value;
    this.show();
    this.onChange(name);
  }

  /**
   * Show the settings as they are; `scale` is the end of the scale in logits, `note` what is to be said of the mode.
   * @param {{ scale?: number, note?: string | null }} [state]
   */
  show({ scale = this.scale, note = null } = {}) {
    const { settings, threshold } = this;
    const { slider, help, note: words } = MODES[settings.mode];
    this.scale = scale;
    this.mode.control.value = settings.mode;
    threshold.hidden = !slider;
    threshold.title = help;
    if (slider) this.showSlider(slider);
    this.opacity.control.value = String(settings.opacity);
    this.opacity.shown.textContent = `${Math.round(100 * settings.opacity)} %`;
    this.limit.control.value = settings.limit;
    this.scheme.control.value = settings.scheme;
    const { outline, fill, human, contour, hide } = this.switches;
    outline.control.checked = settings.outline;
    fill.control.checked = settings.fill;
    human.control.checked = settings.human;
    contour.control.checked = settings.contour;
    hide.control.checked = settings.hide;
    const says = note ?? words?.(settings) ?? "";
    if (this.note.textContent !== says) this.note.textContent = says;
    this.note.hidden = !says;
  }

  /** @param {Slider} slider of the mode */
  showSlider({ setting, text, ...range }) {
    const { settings, threshold } = this;
    Object.assign(threshold.control, range, { value: settings[setting] });
    threshold.shown.textContent = text(settings[setting], this.scale);
    threshold.control.setAttribute("aria-valuetext", threshold.shown.textContent);
  }
}
