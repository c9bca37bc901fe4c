// The tour for a first visit. It waits for nobody: the page can be used while it is open.
import { isKeyOf, make } from "./js/dom.js";

const SEEN = "explorer-tour"; // beside how somebody likes to work (js/kept.js), all that this page keeps in the browser
const STEPS = [
  [
    ".viewer .cases",
    "Choose a case",
    "Pick a radiograph, or bring your own: PNG, JPEG or DICOM. An upload stays in memory, for this visit alone.",
    "Pick a radiograph: a picture in the list opens it.", // where no file can be brought
  ],
  [
    ".viewer .chart",
    "Read the probabilities",
    "What each model says about 14 findings. Click a finding: every pane follows at once.",
  ],
  [
    ".viewer .film",
    "Compare where they look",
    "Red supports the finding, blue opposes it. The yellow line is what a radiologist drew, or what was simulated.",
  ],
  [
    ".viewer .controls",
    "Move the threshold",
    "The dashed region, and its overlap with the drawn one, follow the slider. Finer steps sharpen the patch maps.",
  ],
  [
    "[role=tablist]",
    "See whose models these are",
    "“Models and about” says whose weights these are, what each method shows, and what this page must not be used for.",
  ],
];

/**
 * Show the tour on a first visit, or when the address asks for it by ?tour. Automated browsers see it only then.
 * @param {HTMLElement} place
 */
export function offer(place) {
  const asked = new URLSearchParams(location.search).has("tour");
  if (asked || (!navigator.webdriver && !seen())) begin(place);
}

/**
 * Begin the tour; returns it.
 * @param {HTMLElement} [place]
 * @returns {Tour}
 */
export function begin(place = document.body) {
  document.querySelector(".tour")?.remove();
  return new Tour(place);
}

/** @returns {boolean} */
function seen() {
  try {
    return localStorage.getItem(SEEN) !== null;
  } catch {
    return true; // a browser that keeps nothing would show the tour at every visit
  }
}

class Tour {
  at = 0; // the step
  /** @type {HTMLElement | null} */
  target = null; // the part of the page that is spoken of
  title = make("h2", { id: "tour-title" });
  words = make("p", { id: "tour-words" });
  count = make("span", { class: "count" });
  skip = make("button", { type: "button", class: "skip", text: "Skip", on: { click: () => this.end() } });
  back = make("button", { type: "button", text: "Back", on: { click: () => this.go(this.at - 1) } });
  next = make("button", { type: "button", class: "next", on: { click: () => this.go(this.at + 1) } });
  /** @param {KeyboardEvent} event */
  onEscape = (event) => void (event.key === "Escape" && this.end());

  /** @param {HTMLElement} place */
  constructor(place) {
    this.element = make(
      "section",
      {
        class: "tour",
        role: "dialog",
        "aria-modal": "false",
        "aria-labelledby": "tour-title",
        "aria-describedby": "tour-words",
        "aria-live": "polite",
        on: { keydown: (event) => this.onKey(event) },
      },
      this.title,
      this.words,
      make("div", { class: "row" }, this.count, this.skip, this.back, this.next),
    );
    document.addEventListener("keydown", this.onEscape);
    place.prepend(this.element);
    this.go(0);
  }

  /** @param {number} step */
  go(step) {
    if (step < 0) return;
    if (step >= STEPS.length) return this.end();
    this.at = step;
    const [selector, title, words, alone = words] = STEPS[step];
    this.title.textContent = title;
    this.words.textContent = document.querySelector(".viewer .upload") ? words : alone;
    this.count.textContent = `${step + 1} of ${STEPS.length}`;
    this.back.disabled = step === 0;
    this.next.textContent = step === STEPS.length - 1 ? "Done" : "Next";
    this.point(selector);
  }

  /**
   * Frame the part of the page that is spoken of; the first step leaves the page where it is.
   * @param {string} selector
   */
  point(selector) {
    this.target?.classList.remove("tour-target");
    /** @type {NodeListOf<HTMLElement>} */
    const found = document.querySelectorAll(selector);
    this.target = [...found].find((element) => element.getClientRects().length) ?? null;
    this.target?.classList.add("tour-target");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.at > 0) this.target?.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    if (!isKeyOf(steps, event.key)) return;
    event.preventDefault();
    this.go(Math.min(STEPS.length - 1, this.at + steps[event.key]));
  }

  end() {
    this.target?.classList.remove("tour-target");
    document.removeEventListener("keydown", this.onEscape);
    this.element.remove();
    try {
      localStorage.setItem(SEEN, "seen");
    } catch {
      // then the tour comes again
    }
  }
}
