// Asks the server for finer patch maps, and shows how far it has come.
import { make } from "./dom.js";

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
