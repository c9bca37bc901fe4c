// The tab Trust: the open case's checks, and a cohort's. `mount` puts it into an element.
import { make, makeSelect } from "./js/dom.js";
import { Looks } from "./js/looks.js";
import { Cohort } from "./js/trust/cohort.js";
import { Evidence } from "./js/trust/evidence.js";
import { Opinions } from "./js/trust/opinions.js";
import { Pairs } from "./js/trust/pairs.js";
import { Quality } from "./js/trust/quality.js";
import { expectCurrent, isCurrent, RELOAD } from "./js/version.js";

/**
 * @import { Assessed, Checked, MapPair, TrustMessage } from "./js/messages.d.ts"
 * @import { TrustChannel } from "./js/types.d.ts"
 */

const UNCHECKED =
  "Checks of the open case's maps need passes through the networks, which this page cannot make: start the program " +
  "itself (python app.py) for them.";
const NOTHING = "Nothing is open: open a case in Explore, and its checks stand here.";
const ELSEWHERE = "Computed on this device: checks are made by the server, of what it has opened itself.";

export class Trust {
  turn = 0;
  busy = false;
  /** @type {MapPair[]} */
  asked = []; // maps that are being checked
  /** @type {Assessed | null} */
  assessed = null;
  key = ""; // of the case that Explore shows
  ready = false; // whether all its maps are there
  title = make("h2", { text: NOTHING });
  alert = make("p", { class: "alert", role: "alert" });
  run = make("button", {
    type: "button",
    class: "primary",
    text: "Run the checks",
    on: { click: () => this.check() },
  });
  stop = make("button", { type: "button", text: "Stop", hidden: true, on: { click: () => this.send.stop({}) } });
  status = make("span", { class: "count", role: "status" });
  bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "Checks done" });
  quality = new Quality();
  pairs = new Pairs(() => this.setBusy(this.busy));

  /**
   * @param {HTMLElement} element the place of the tab, emptied.
   * @param {TrustChannel} channel {config, server, send}: what ui/trust.py hands over; `send` has `assess` (the open
   *   case), `check` ({finding, pairs}) and `stop`.
   */
  constructor(element, { config, server, send, lacks = [] }) {
    expectCurrent(config);
    this.lacks = lacks;
    this.config = config;
    this.send = send;
    const { findings } = config;
    const looks = new Looks();
    this.finding = makeSelect(
      "Finding",
      findings.map((name, i) => [String(i), name]),
      () => this.chooseFinding(),
    );
    this.opinions = new Opinions(config.selective, config.selective_of);
    this.evidence = new Evidence(config, looks);
    this.cohort = new Cohort(config, server, looks);
    this.element = this.layOut();
    element.replaceChildren(this.element);
    this.evidence.update(null);
    document.addEventListener("explorer:shown", () => this.follow());
    new IntersectionObserver(() => this.follow()).observe(this.element);
    this.follow();
  }

  /** @returns {HTMLElement} */
  layOut() {
    const checks = !this.lacks.includes("check");
    const running = [this.run, this.stop, this.status, this.bar];
    return make(
      "div",
      { class: "trust viewer nothing-open" },
      make("header", { class: "case-bar" }, this.title, this.finding, ...(checks ? running : [])),
      this.alert,
      make("div", { class: "two" }, this.quality.element, this.opinions.element),
      ...(checks ? [this.pairs.element, this.evidence.element] : [make("p", { class: "note", text: UNCHECKED })]),
      this.cohort.element,
      make("p", {
        class: "unread-note",
        text: "Second read: record your own reading in Explore first; then this tab shows what the models say.",
      }),
    );
  }

  /** Ask about the case that Explore shows, once it is another one and this tab is looked at. */
  follow() {
    const shown = globalThis.explorerShown;
    if (!shown || shown.elsewhere) {
      this.key = "";
      this.forget();
      if (shown) this.title.textContent = ELSEWHERE;
      return;
    }
    if (!this.element.offsetParent) return;
    if (shown.key === this.key && shown.ready === this.ready) return;
    const other = shown.key !== this.key;
    this.key = shown.key;
    this.ready = shown.ready;
    if (other) {
      this.finding.control.value = String(shown.finding);
      this.evidence.update(null);
      this.forget();
      this.title.textContent = shown.title;
    }
    if (shown.ready) this.send.assess({});
  }

  /** Nothing is open, or another case is: what was said of the last one is not said of it. */
  forget() {
    this.assessed = null;
    this.title.textContent = NOTHING;
    this.element.classList.add("nothing-open");
    this.quality.update(null);
    this.opinions.update([], {}, "", 0);
  }

  /** @returns {number} */
  get chosen() {
    return Number(this.finding.control.value);
  }

  chooseFinding() {
    this.evidence.update(null);
    this.showOpinions();
  }

  showOpinions() {
    if (!this.assessed) return;
    const { opinions, assessments, pairs } = this.assessed;
    const finding = this.config.findings[this.chosen];
    this.opinions.update(opinions, assessments, finding, this.chosen);
    this.pairs.update(pairs, opinions, finding, this.chosen);
    this.setBusy(this.busy);
  }

  check() {
    this.alert.textContent = "";
    this.setBusy(true);
    this.asked = this.pairs.chosen;
    this.send.check({ finding: this.config.findings[this.chosen], pairs: this.asked.map(({ name }) => name) });
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.busy = busy;
    this.run.disabled = busy || !this.pairs.chosen.length;
    this.stop.hidden = this.bar.hidden = !busy;
    this.element.setAttribute("aria-busy", String(busy));
  }

  /** @param {string} text */
  fail(text) {
    this.setBusy(false);
    this.alert.textContent = text;
  }

  /**
   * @param {Checked} checked
   * @param {boolean} busy
   */
  takeChecked(checked, busy) {
    const { done, total, doing, finding } = checked;
    this.bar.value = total ? done / total : 1;
    this.status.textContent = busy ? `${done} of ${total}: ${doing}` : `${done} of ${total} checks done`;
    if (finding === this.config.findings[this.chosen]) this.evidence.update(checked, this.asked);
  }

  /**
   * Take what the server says: see ui/protocol/trust.py.
   * @param {TrustMessage | null} message
   */
  update(message) {
    if (!message) return;
    if (!isCurrent(message)) return this.fail(RELOAD);
    if (message.turn < this.turn) return;
    this.turn = message.turn;
    this.setBusy(message.busy);
    this.alert.textContent = message.error ?? "";
    // an answer may come after its case was removed
    if (message.assessed && globalThis.explorerShown && !globalThis.explorerShown.elsewhere) {
      this.assessed = message.assessed;
      this.element.classList.remove("nothing-open");
      this.title.textContent = message.assessed.title;
      this.quality.update(message.assessed);
      this.showOpinions();
    }
    if (message.checked) this.takeChecked(message.checked, message.busy);
  }
}

/**
 * Put the tab into an element; returns it (`update` takes what the server says).
 * @param {HTMLElement} element
 * @param {TrustChannel} channel
 * @returns {Trust}
 */
export function mount(element, channel) {
  return new Trust(element, channel);
}
