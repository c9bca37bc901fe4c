// A second read: nothing that models or people said of the case is shown until the reader has recorded a reading; then
// all stand side by side.
import { assessmentOf, isAssessable, mayShow } from "./assessment.js";
import { isObject, make } from "./dom.js";
import { ReadingForm } from "./reading/form.js";
import { answered, asCsv, MOST_TEXT, newSheet, readSheets, spokenOf } from "./reading/sheet.js";
import { Stopwatch } from "./reading/stopwatch.js";
import { keepInTab, keptInTab } from "./reading/tab.js";
import { remember } from "./remember.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { CaseFacts } from "./messages.d.ts"
 * @import { Said, Sheet } from "./reading/sheet.js"
 */

const PASSING = /^upload \d+$/; // names of files of one visit, where the browser could not tell which file it is

export class SecondRead {
  key = "reading";
  /** @type {Map<string, Sheet>} */
  sheets = new Map(); // by case: what was answered so far, recorded or not
  /** @type {Element[]} */
  away = []; // panels that are taken from the page meanwhile
  on = false;
  told = false; // whether the list of cases was filtered by a label: it then said of every case whether it has it
  watch = new Stopwatch();
  safe = true; // whether a reload loses nothing

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.button = viewer.tools.add("Reading", {
      icon: "eye-off",
      label: "Second read",
      text: "Second read",
      help: "hide labels, maps and what the models say until you have recorded your own reading",
      pressed: false,
      onClick: () => this.turn(!this.on),
    });
    this.form = new ReadingForm(viewer.config.findings, {
      onChange: () => this.keep(),
      onFinding: (index) => viewer.choose(index),
      onRecord: () => this.record(),
      onDownload: () => this.download(),
    });
    viewer.below.prepend(this.form.element);
    this.listen();
    const before = keptInTab(); // what a reload would have lost; before any case is shown
    this.take(before);
    if (isObject(before) && before.told === true) this.told = true;
    if (isObject(before) && before.on === true) this.turn(true);
  }

  listen() {
    const { viewer } = this;
    for (const entry of viewer.keys.entries) {
      if (entry.group === "Shown") entry.when = () => !viewer.blind; // what they switch is hidden
    }
    document.addEventListener("visibilitychange", () => this.runTime());
    addEventListener("pagehide", () => {
      this.watch.follow(null);
      this.keep();
    });
    addEventListener("beforeunload", (event) => {
      if (!this.safe && this.recorded.length && viewer.element.isConnected) event.preventDefault();
    });
  }

  /** Everything, for a reload: also which cases were shown with what is said of them. */
  keep() {
    const worth = [...this.sheets].filter(([, sheet]) => sheet.seconds !== null || answered(sheet) || !sheet.blind);
    this.safe = keepInTab({ on: this.on, told: this.told, sheets: Object.fromEntries(worth) });
  }

  /** Time runs while the open case is read, and somebody can see it. */
  runTime() {
    const { case: item } = this.viewer.content;
    const reading = item && this.hides(item) && !document.hidden;
    this.watch.follow(reading ? this.sheetOf(item) : null);
  }

  /**
   * Whether what was said of a case is hidden now.
   * @param {CaseFacts} item
   * @returns {boolean}
   */
  hides(item) {
    return this.on && this.sheetOf(item).seconds === null;
  }

  /**
   * @param {CaseFacts} item
   * @returns {Sheet}
   */
  sheetOf(item) {
    const { config } = this.viewer;
    const identity = this.viewer.feature("annotations").sessions.identity(item); // the same upload is the same case
    const blind = item.id === null || !this.told;
    return remember(this.sheets, identity, () => ({ ...newSheet(item.title, config.findings.length), blind }));
  }

  /** The list of cases has told labels: no case of it is read blind from now on. */
  tellList() {
    if (this.told) return;
    this.told = true;
    for (const [key, sheet] of this.sheets) if (this.viewer.cases.items.has(key)) this.see(sheet);
    this.keep();
  }

  /**
   * A case is known by another name now, as soon as it is known which file it is.
   * @param {string} from
   * @param {string} to
   */
  rename(from, to) {
    const sheet = this.sheets.get(from);
    const known = this.sheets.get(to);
    this.sheets.delete(from);
    this.watch.follow(null);
    if (sheet && !known) this.sheets.set(to, sheet);
    else if (sheet && known?.seconds === null) {
      known.blind &&= sheet.blind;
      known.spent += sheet.spent;
    }
    this.viewer.showAgain();
  }

  /** @returns {Sheet[]} */
  get recorded() {
    return [...this.sheets.values()].filter(({ seconds }) => seconds !== null);
  }

  /** @param {boolean} on */
  turn(on) {
    this.on = on;
    this.button.setAttribute("aria-pressed", String(on));
    document.documentElement.classList.toggle("second-read-on", on);
    this.viewer.cases.setBlind(on);
    this.viewer.showAgain();
    this.show();
    this.keep();
  }

  onContent() {
    this.show();
  }

  onClose() {
    Object.assign(this.viewer, { told: null, blind: false, unseen: false });
    this.show();
  }

  show() {
    const { content, blind, element } = this.viewer;
    element.classList.toggle("unread", blind);
    this.clear(blind);
    document.documentElement.classList.toggle("second-read-hides", blind);
    this.form.element.hidden = !this.on || !content.case;
    this.runTime();
    if (!content.case) return;
    const sheet = this.sheetOf(content.case);
    if (!blind) this.see(sheet);
    if (!this.on) return;
    if (!blind) this.hear(sheet);
    this.form.show(sheet, this.recorded.length > 0);
  }

  /**
   * What is said of a case that is not read yet was on show.
   * @param {Sheet} sheet
   */
  see(sheet) {
    if (sheet.seconds !== null || !sheet.blind) return;
    sheet.blind = false;
    this.keep();
  }

  /**
   * Take the other panels below the panes from the page: they may still say what they said of another case.
   * @param {boolean} blind
   */
  clear(blind) {
    const { below } = this.viewer;
    if (!blind) below.append(...this.away.splice(0));
    else this.away.push(...[...below.children].filter((panel) => panel !== this.form.element));
    for (const panel of this.away) panel.remove();
  }

  record() {
    const { content } = this.viewer;
    if (!content.case) return;
    const sheet = this.sheetOf(content.case);
    if (!answered(sheet)) return;
    this.watch.follow(null);
    sheet.seconds = sheet.spent;
    this.viewer.showAgain();
    this.show();
    this.keep();
    this.form.title.focus(); // the result stands where the questions stood, and that is somewhere else now
  }

  /**
   * Keep what the label and the models say of a case that was read; models may speak later than the reader.
   * @param {Sheet} sheet
   */
  hear(sheet) {
    const { viewer } = this;
    const { config, opened } = viewer;
    const { probabilities } = opened;
    const spoken = config.models.filter(({ key }) => probabilities[key]);
    /** @param {string} key */
    const anyway = (key) => !isAssessable(opened, key) && mayShow(viewer, key);
    const changed = sheet.said.some((one) => (one.anyway ?? false) !== anyway(one.key));
    if (spoken.length < sheet.said.length || (spoken.length === sheet.said.length && !changed)) return;
    sheet.labels = config.findings.map((finding) => opened.case.labels[finding] ?? null);
    sheet.said = spoken.map(({ key, label }) => {
      const { state = "", title = "", reasons = [] } = assessmentOf(opened, key) ?? {};
      const why = reasons
        .map(({ text }) => text.replaceAll("`", ""))
        .join(" ")
        .slice(0, MOST_TEXT);
      const said = { key, label, values: probabilities[key], state, title, why, anyway: anyway(key) };
      return { ...said, values: spokenOf(said) };
    });
    this.keep();
  }

  download() {
    const text = asCsv(this.recorded, this.viewer.config.findings);
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    make("a", { href: url, download: "readings.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  /** Everything that was answered, for the session file. */
  onState() {
    const begun = [...this.sheets].filter(([, sheet]) => sheet.seconds !== null || answered(sheet));
    return this.on || begun.length ? { on: this.on, sheets: Object.fromEntries(begun) } : null;
  }

  /** @param {unknown} state as `onState` gives it; what was recorded here stays, and what was seen here was seen */
  take(state) {
    if (!isObject(state)) return;
    for (const [key, sheet] of readSheets(state.sheets, this.viewer.config.findings.length)) {
      const name = PASSING.test(key) ? `saved ${key}` : key;
      const known = this.sheets.get(name);
      if (known && known.seconds !== null) continue;
      if (known?.blind === false && sheet.seconds === null) sheet.blind = false;
      this.sheets.set(name, sheet);
    }
  }

  /** @param {unknown} state as `onState` gives it */
  restore(state) {
    if (!isObject(state)) return;
    this.take(state);
    this.turn(this.on || state.on === true); // never off: a file does not end what the reader has begun
  }
}
