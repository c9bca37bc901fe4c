// The tab "Models and about". The server says what is here (see ui/about.py); this file lays it out and follows
// downloads.
import { make, withCode } from "./js/dom.js";
import { isCurrent, RELOAD } from "./js/version.js";
import { begin } from "./tour.js";

/**
 * @import { AboutContent, GetState, Getting, MethodCard, ModelCard, OfficialName } from "./js/messages.d.ts"
 * @import { ShortName } from "./js/messages.d.ts"
 * @import { AboutServer, Child } from "./js/types.d.ts"
 */

const PATIENCE = 700; // milliseconds between two questions while something is on its way
/** @typedef {"weights" | "sample"} GetName what can be got */

/** @type {Record<GetName, [string, string]>} */
const GETS = {
  weights: ["Official weights", ""], // whose they are says the server: see `officialWords`
  sample: [
    "Two public CheXlocalize radiographs",
    "With their masks, from the dataset's own repository. They appear in the list of cases.",
  ],
};

const NOTHING = "Nothing can be got from here: whoever runs this page decides which weights and cases are here.";

/**
 * @param {HTMLElement} element
 * @param {AboutServer} server
 */
export async function mount(element, server) {
  element.replaceChildren(make("p", { class: "viewer-loading", text: "Loading the models…" }));
  const content = await server.content(null);
  if (!content || !isCurrent(content)) {
    const text = content ? RELOAD : "The server did not answer; reload the page.";
    return element.replaceChildren(make("p", { class: "viewer-loading", text }));
  }
  const about = new About(server);
  element.replaceChildren(about.element);
  about.show(content);
}

class About {
  models = make("div", { class: "models" });
  getting = make("div", { class: "getting" });
  element = make("div", { class: "about" });
  wasRunning = false;

  /** @param {AboutServer} server */
  constructor(server) {
    this.server = server;
  }

  /** @param {AboutContent} content */
  show(content) {
    this.element.replaceChildren(
      section("What this page must not be used for", "warn", list(content.must_not)),
      section("Models in use", "", this.models, this.getting),
      section("What each method shows", "", methodTable(content.methods)),
      make(
        "div",
        { class: "two" },
        section("Limits", "", list(content.limits)),
        section(
          "Your radiographs",
          "",
          list(content.privacy),
          make("button", { type: "button", text: "Show the tour", on: { click: () => begin() } }),
        ),
      ),
    );
    this.showModels(content);
    this.showGetting(content.getting);
  }

  /** @param {AboutContent} content */
  showModels({ models, error }) {
    this.models.replaceChildren(
      ...(error ? [make("p", { class: "error", role: "alert" }, ...withCode(error))] : models.map(modelCard)),
    );
  }

  /** @param {Getting} state */
  showGetting(state) {
    if (!isCurrent(state)) return this.sayInstead(RELOAD);
    if (!state.allowed) return this.sayInstead(NOTHING);
    const { weights, sample } = state;
    const rows = [weights ? this.row("weights", weights, state) : null, this.row("sample", sample, state)];
    this.getting.replaceChildren(...rows.filter((row) => row !== null));
    const running = Boolean(weights?.running) || sample.running;
    if (running) setTimeout(() => this.follow(), PATIENCE);
    if (this.wasRunning && !running) this.refresh();
    this.wasRunning = running;
  }

  /** @param {string} text */
  sayInstead(text) {
    this.getting.replaceChildren(make("p", { class: "soft", text }));
  }

  /**
   * @param {GetName} what
   * @param {GetState} state how far it is
   * @param {Getting} getting
   * @returns {HTMLDivElement}
   */
  row(what, { here, running, error, file, done, total }, { official, chosen }) {
    const [title, fixed] = GETS[what];
    const words = fixed || officialWords(official);
    const button = make("button", {
      type: "button",
      text: running ? "Getting…" : "Get",
      "aria-label": `Get ${title}`,
      on: { click: () => this.get(what) },
    });
    button.disabled = running;
    const side = here && !running ? make("span", { class: "here", text: "✓ here" }) : button;
    const status = make("div", { class: "status", role: "status" });
    if (running) {
      status.append(
        make("progress", total ? { value: String(done), max: String(total) } : {}),
        make("small", { text: amount(file, done, total) }),
      );
    }
    if (error) status.append(make("p", { class: "error", role: "alert", text: error }));
    const kept =
      what === "weights" && here && chosen ? " The app was started with other weights and goes on using them." : "";
    return make(
      "div",
      { class: "get", "data-get": what },
      make("div", {}, make("h3", { text: title }), make("p", { text: words + kept })),
      side,
      status,
    );
  }

  /** @param {string} what */
  async get(what) {
    const state = await this.server.get(what);
    if (state) this.showGetting(state);
  }

  async follow() {
    const state = await this.server.getting(null);
    if (state) this.showGetting(state);
    else setTimeout(() => this.follow(), 3 * PATIENCE);
  }

  /** Something has come: show whose weights speak now, and tell the viewer that there may be more cases. */
  async refresh() {
    const content = await this.server.content(null);
    if (content && isCurrent(content)) this.showModels(content);
    document.dispatchEvent(new CustomEvent("explorer:news"));
  }
}

/**
 * @param {string} title
 * @param {string} kind
 * @param {...Child} children
 * @returns {HTMLElement}
 */
function section(title, kind, ...children) {
  return make("section", { class: kind }, make("h2", { text: title }), ...children);
}

/**
 * @param {string[]} sentences
 * @returns {HTMLUListElement}
 */
function list(sentences) {
  return make("ul", {}, ...sentences.map((text) => make("li", { text })));
}

/**
 * Whose published files there are to be got, under which licence.
 * @param {OfficialName[]} official
 * @returns {string}
 */
function officialWords(official) {
  const licences = [...new Set(official.map(({ licence }) => licence).filter(Boolean))].join(", ");
  const count = official.length === 1 ? "file" : `${official.length} files`;
  const files = `The ${count} that the authors of ${official.map(({ label }) => label).join(" and ")} published`;
  const from = `from the Hugging Face Hub${licences ? ` (licence: ${licences})` : ""}`;
  return `${files}, ${from}, with their checksums (sha256) verified. The page uses them once all are here.`;
}

/**
 * @param {ModelCard} card
 * @returns {HTMLElement}
 */
function modelCard({ key, label, words, paper, origin, note, facts }) {
  const rows = Object.entries(facts).flatMap(([term, value]) => [
    make("dt", { text: term }),
    make("dd", { class: term === "sha256" ? "hash" : "", text: value }),
  ]);
  return make(
    "article",
    { "data-model": key },
    make(
      "h3",
      {},
      make("span", { text: label }),
      make("span", { class: `origin ${origin}`, text: `${origin} weights` }),
    ),
    make("p", { text: words }),
    make("p", { class: "note" }, ...withCode(note)),
    make("dl", {}, ...rows),
    make("p", { class: "paper", text: paper }),
  );
}

/**
 * @param {MethodCard[]} methods
 * @returns {HTMLDivElement}
 */
function methodTable(methods) {
  return make(
    "div",
    { class: "methods" },
    ...methods.map(({ label, words, negative, paper, needs, models }) =>
      make(
        "article",
        {},
        make("h3", { text: label }),
        explained(models, needs),
        make("p", { text: words }),
        negative ? make("p", {}, make("strong", { text: "Below zero: " }), negative) : null,
        make("p", { class: "paper", text: paper }),
      ),
    ),
  );
}

/**
 * The models that a method explains, or what one would have to give.
 * @param {ShortName[]} models
 * @param {string} needs
 * @returns {HTMLParagraphElement}
 */
function explained(models, needs) {
  if (!models.length) return make("p", { class: "soft", text: `No model here gives ${needs}, which it needs.` });
  return make(
    "p",
    { class: "explains" },
    make("span", { text: "Explains" }),
    ...models.map(({ key, short }) => make("span", { class: "model", "data-model": key, text: short })),
  );
}

/**
 * @param {string} file
 * @param {number} done
 * @param {number} total
 * @returns {string}
 */
function amount(file, done, total) {
  /** @param {number} bytes */
  const mb = (bytes) => (bytes / 1e6).toFixed(1);
  if (!file) return "Starting…";
  return total ? `${file}: ${mb(done)} of ${mb(total)} MB` : `${file}: ${mb(done)} MB`;
}
