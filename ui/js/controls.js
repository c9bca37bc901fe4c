// The controls that live in the browser alone (threshold, opacity, scale, outline), and the one for finer patch maps.
import { make, makeSelect } from "./dom.js";

function makeSlider(label, value, help, onInput) {
  const control = make("input", { type: "range", min: 0, max: 1, step: 0.01, value });
  const shown = make("span", { class: "number" });
  const show = () => (shown.textContent = `${Math.round(100 * control.value)} %`);
  control.addEventListener("input", () => { show(); onInput(Number(control.value)); });
  show();
  const field = make("label", { class: "field slider", title: help }, make("span", { text: label }), control, shown);
  return field;
}

function makeSwitch(label, checked, onChange) {
  const control = make("input", { type: "checkbox", on: { change: () => onChange(control.checked) } });
  control.checked = checked;
  const field = make("label", { class: "field switch" }, control, make("span", { text: label }));
  return field;
}

/** What the viewer starts with. `limit` is the end of the patch maps' colour scale in logits, "auto" by the finding. */
export const DEFAULTS = { threshold: 0.5, opacity: 0.6, hide: false, outline: true, limit: "auto" };

const LIMITS = ["auto", "1", "2", "5", "10", "20"];

export class Controls {
  /** @param settings changed in place; @param refinement shown among them; @param onChange called with the name of what changed. */
  constructor(settings, findings, refinement, { onFinding, onChange }) {
    const set = (name) => (value) => { settings[name] = value; onChange(name); };
    this.finding = makeSelect("Finding", findings.map((name, i) => [String(i), name]), (value) => onFinding(Number(value)));
    this.threshold = makeSlider("Threshold", settings.threshold, "Share of the way from each map's minimum to its maximum", set("threshold"));
    this.opacity = makeSlider("Opacity", settings.opacity, "How much the maps cover the radiograph", set("opacity"));
    this.hide = makeSwitch("Hide below threshold", settings.hide, set("hide"));
    this.outline = makeSwitch("Outline", settings.outline, set("outline"));
    this.limit = makeSelect("Scale of patch maps", LIMITS.map((limit) => [limit, limit === "auto" ? "auto" : `±${limit} logits`]), set("limit"));
    this.element = make("div", { class: "controls", role: "group", "aria-label": "Display" },
      make("div", { class: "sliders" }, this.finding, this.threshold, this.opacity),
      make("div", { class: "options" }, this.hide, this.outline, this.limit, refinement.element));
  }
}

/** Chooses how often the patch grid is shifted, and shows how far a refinement has come. */
export class Refinement {
  constructor(steps, { onRefine, onStop }) {
    this.buttons = steps.map((step) => make("button", { type: "button", "data-steps": step, "aria-pressed": "false", text: step === 1 ? "1" : `${step}×${step}`,
      title: `${step} shift${step > 1 ? "s" : ""} of the patch grid per axis: ${step * step} pass${step > 1 ? "es" : ""} over the image`,
      on: { click: () => onRefine(step) } }));
    this.bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "Refining the patch maps" });
    this.words = make("span", { class: "words", role: "status" });
    this.stop = make("button", { type: "button", class: "stop", text: "Stop", hidden: true, on: { click: () => { this.stop.disabled = true; onStop(); } } });
    this.element = make("div", { class: "refine", role: "group", "aria-label": "Finer patch maps" },
      make("span", { class: "title", text: "Patch-grid shifts" }),
      make("span", { class: "steps" }, ...this.buttons, this.bar), this.stop, this.words);
  }

  /** @param progress {steps, wanted, share, words} of the patch maps on show; null where there are none. */
  update(progress, busy) {
    for (const button of this.buttons) {
      button.disabled = progress === null;
      button.setAttribute("aria-pressed", String(progress !== null && Number(button.dataset.steps) === progress.wanted));
    }
    const running = busy && progress !== null && progress.share < 1;
    if (!running) this.stop.disabled = false;
    this.bar.hidden = this.stop.hidden = !running;
    this.bar.value = progress?.share ?? 0;
    this.words.textContent = progress?.words ?? "";
  }
}
