// Asks the server for finer patch maps, and shows how far it has come.
import { make } from "./dom.js";

/** @import { Progress } from "./messages.d.ts" */

const LONG = 45; // seconds from which on the page asks before it starts

/**
 * A number of seconds in words.
 * @param {number} seconds
 * @returns {string}
 */
export function durationText(seconds) {
  return seconds < 100 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

/** Chooses how often the patch grid is shifted, and shows how far a refinement has come. */
export class Refinement {
  asked = 1; // the step that a question is about
  /** @type {Progress | null} */
  progress = null;
  bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "Refining the patch maps" });
  words = make("span", { class: "words", role: "status" });
  cost = make("span", { class: "cost" });
  stop = make("button", {
    type: "button",
    class: "stop",
    text: "Stop",
    hidden: true,
    on: { click: () => this.giveUp() },
  });
  question = make(
    "span",
    { class: "question", role: "group", "aria-label": "Start the refinement?", hidden: true },
    this.cost,
    this.makeAnswer("Start", () => this.onRefine(this.asked)),
    this.makeAnswer("Not now", () => {}),
  );

  /**
   * @param {number[]} steps
   * @param {{ onRefine(steps: number): void, onStop(): void }} listeners
   */
  constructor(steps, { onRefine, onStop }) {
    this.onRefine = onRefine;
    this.onStop = onStop;
    this.buttons = steps.map((step) => this.makeStep(step));
    this.element = make(
      "div",
      { class: "refine", role: "group", "aria-label": "Finer patch maps" },
      make("span", { class: "title", text: "Patch-grid shifts" }),
      make("span", { class: "steps" }, ...this.buttons, this.bar),
      this.question,
      this.stop,
      this.words,
    );
  }

  /**
   * @param {number} step
   * @returns {HTMLButtonElement}
   */
  makeStep(step) {
    const text = step === 1 ? "1" : `${step}×${step}`;
    const click = () => this.choose(step);
    return make("button", { type: "button", "data-steps": step, "aria-pressed": "false", text, on: { click } });
  }

  /**
   * An answer to the question.
   * @param {string} text
   * @param {() => void} run
   * @returns {HTMLButtonElement}
   */
  makeAnswer(text, run) {
    const click = () => {
      this.question.hidden = true;
      run();
    };
    return make("button", { type: "button", class: "stop", text, on: { click } });
  }

  giveUp() {
    this.stop.disabled = true;
    this.onStop();
  }

  /**
   * What finer maps cost, in words; passes that were made before cost nothing.
   * @param {number} step
   */
  costOf(step) {
    const { passes, seconds } = this.progress?.offered.find(({ steps }) => steps === step) ?? {
      passes: step * step,
      seconds: 0,
    };
    const words = `${passes.toLocaleString("en")} pass${passes > 1 ? "es" : ""}`;
    return { seconds, words: seconds > 0 ? `${words}, about ${durationText(seconds)} on this machine` : words };
  }

  /**
   * Start at once, or say first what it costs.
   * @param {number} step
   */
  choose(step) {
    const { seconds, words } = this.costOf(step);
    this.asked = step;
    this.cost.textContent = `${step}×${step}: ${words}`;
    this.question.hidden = seconds < LONG;
    if (seconds < LONG) this.onRefine(step);
  }

  /**
   * @param {Progress | null} progress of the maps on show that can be made finer; `seconds` are those for passes that
   *   are left; null where there are none
   * @param {boolean} busy
   * @param {boolean} long whether maps are being made that take long
   */
  update(progress, busy, long) {
    this.progress = progress;
    this.element.classList.toggle("idle", progress === null && !busy); // no map on show can be made finer
    if (progress === null || busy) this.question.hidden = true;
    const offered = progress?.offered.map(({ steps }) => steps) ?? [];
    for (const button of this.buttons) {
      const step = Number(button.dataset.steps);
      button.hidden = progress !== null && !offered.includes(step);
      button.title = `${step} shift${step > 1 ? "s" : ""} of the patch grid per axis: ${this.costOf(step).words}`;
      button.disabled = progress === null;
      button.setAttribute("aria-pressed", String(progress !== null && step === progress.wanted));
    }
    const refining = busy && progress !== null && progress.share < 1;
    const running = refining || (busy && long);
    if (!running) this.stop.disabled = false;
    this.bar.hidden = !refining;
    this.stop.hidden = !running;
    this.bar.value = progress?.share ?? 0;
    this.words.textContent = progress?.words ?? "";
  }
}
