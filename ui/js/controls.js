// The controls that live in the browser alone (threshold, opacity, what is shown, colours), and the one for finer patch maps.
import { make, makeSelect } from "./dom.js";
import { Menu } from "./menu.js";
import { MODES } from "./thresholds.js";

function makeSlider(label, help, onInput) {
  const control = make("input", { type: "range", "aria-label": label });
  const shown = make("span", { class: "number" });
  control.addEventListener("input", () => onInput(Number(control.value)));
  const field = make("label", { class: "field slider", title: help }, make("span", { text: label }), control, shown);
  return Object.assign(field, { shown });
}

function makeSwitch(label, help, onChange) {
  const control = make("input", { type: "checkbox", on: { change: () => onChange(control.checked) } });
  const field = make("label", { class: "field switch", title: help || null }, control, make("span", { text: label }));
  return field;
}

/** What the viewer starts with. `limit` is the end of the colour scale of maps in logits, "auto" by the finding. */
export const DEFAULTS = {
  mode: "range",
  threshold: 0.5,
  cut: 0.2,
  top: 0.1,
  opacity: 0.6,
  hide: false,
  limit: "auto",
  scheme: "red-blue",
  outline: true,
  fill: false,
  human: true,
  contour: true,
};

const LIMITS = ["auto", "1", "2", "5", "10", "20"];
const SWITCHES = {
  outline: ["Outline", "What the radiologist drew, as a line"],
  fill: ["Fill the outline", "What the radiologist drew, as an area"],
  human: ["Human benchmark", "What the second group of radiologists drew, where there is such a drawing"],
  contour: ["Contour of the marked region", "The dashed line around what lies above the threshold"],
  hide: ["Hide below threshold", "Only the marked region is coloured"],
};
const KEYS = { outline: "o", fill: "m", human: "b", contour: "c", hide: "h" };

export class Controls {
  /** @param settings changed in place; @param refinement shown among them; @param onChange called with the name of what changed. */
  constructor(settings, { findings, schemes }, refinement, keys, { onFinding, onChange }) {
    const set = (name) => (value) => {
      settings[name] = value;
      this.show();
      onChange(name);
    };
    this.settings = settings;
    this.scale = 1;
    this.finding = makeSelect(
      "Finding",
      findings.map((name, i) => [String(i), name]),
      (value) => onFinding(Number(value)),
    );
    this.mode = makeSelect(
      "Threshold",
      Object.entries(MODES).map(([key, { label }]) => [key, label]),
      set("mode"),
    );
    this.threshold = makeSlider("Threshold", "", (value) => set(MODES[settings.mode].slider.setting)(value));
    this.opacity = makeSlider("Opacity", "How much the maps cover the radiograph", set("opacity"));
    Object.assign(this.opacity.control, { min: 0, max: 1, step: 0.01 });
    this.note = make("p", { class: "note", hidden: true });
    this.limit = makeSelect(
      "Scale of maps in logits",
      LIMITS.map((limit) => [limit, limit === "auto" ? "auto" : `±${limit} logits`]),
      set("limit"),
    );
    this.scheme = makeSelect(
      "Colours",
      schemes.map(({ key, label }) => [key, label]),
      set("scheme"),
    );
    this.menu = new Menu({ icon: "display", label: "Display", text: "Display", help: "colours, outlines, contours" });
    this.switches = Object.fromEntries(
      Object.entries(SWITCHES).map(([name, [label, help]]) => [
        name,
        makeSwitch(label, `${help} (${KEYS[name].toUpperCase()})`, set(name)),
      ]),
    );
    this.menu.panel.append(...Object.values(this.switches), this.scheme, this.limit);
    for (const [name, key] of Object.entries(KEYS))
      keys.add({ key, help: `${SWITCHES[name][0]} on or off`, run: () => set(name)(!settings[name]) });
    this.thresholds = make("div", { class: "thresholds" }, this.mode, this.threshold);
    this.element = make(
      "div",
      { class: "controls", role: "group", "aria-label": "Display" },
      make("div", { class: "sliders" }, this.finding, this.thresholds, this.opacity, refinement.element),
      this.note,
    );
    this.show();
  }

  /** Show the settings as they are; `scale` is the end of the scale in logits, `note` what is to be said of the mode. */
  show({ scale = this.scale, note = null } = {}) {
    const { settings, threshold } = this;
    const { slider, help, note: words } = MODES[settings.mode];
    this.scale = scale;
    this.mode.control.value = settings.mode;
    threshold.hidden = !slider;
    threshold.title = help;
    if (slider) {
      const { setting, text, ...range } = slider;
      Object.assign(threshold.control, range, { value: settings[setting] });
      threshold.shown.textContent = text(settings[setting], scale);
      threshold.control.setAttribute("aria-valuetext", threshold.shown.textContent);
    }
    this.opacity.control.value = settings.opacity;
    this.opacity.shown.textContent = `${Math.round(100 * settings.opacity)} %`;
    this.limit.control.value = settings.limit;
    this.scheme.control.value = settings.scheme;
    for (const [name, field] of Object.entries(this.switches)) field.control.checked = settings[name];
    const says = note ?? words?.(settings) ?? "";
    if (this.note.textContent !== says) this.note.textContent = says;
    this.note.hidden = !says;
  }
}
