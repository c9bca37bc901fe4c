// The tabs of a site: a list of buttons that keys move along, as the pattern of WAI-ARIA has it.

/** @type {Record<string, (at: number, count: number) => number>} */
const KEYS = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

export class Tabs {
  /**
   * @param {HTMLElement} list with role="tablist"; each tab in it names its panel by aria-controls
   * @param {(panel: HTMLElement) => void} onFirst called when a panel is shown for the first time
   */
  constructor(list, onFirst) {
    this.tabs = [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[role=tab]"))];
    this.onFirst = onFirst;
    /** @type {Set<HTMLElement>} */
    this.seen = new Set();
    for (const tab of this.tabs) tab.addEventListener("click", () => this.choose(tab));
    list.addEventListener("keydown", (event) => this.onKey(event));
    this.choose(this.tabs[0]);
  }

  /** @param {HTMLElement} tab */
  panelOf(tab) {
    return /** @type {HTMLElement} */ (document.getElementById(tab.getAttribute("aria-controls") ?? ""));
  }

  /** @param {HTMLElement} chosen */
  choose(chosen) {
    for (const tab of this.tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      this.panelOf(tab).hidden = !on;
    }
    if (this.seen.has(chosen)) return;
    this.seen.add(chosen);
    this.onFirst(this.panelOf(chosen));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const go = KEYS[event.key];
    const at = this.tabs.findIndex((tab) => tab === document.activeElement);
    if (!go || at < 0) return;
    event.preventDefault();
    const next = this.tabs[go(at, this.tabs.length)];
    this.choose(next);
    next.focus();
  }
}
