// A case on its way: what is shown of the one before is dimmed once that takes longer than a moment, so that old
// numbers never pass for new ones.
import { make } from "./dom.js";

/** @import { CaseFacts } from "./messages.d.ts" */

const MOMENT = 150; // milliseconds

export class Opening {
  /** @type {((item: CaseFacts) => boolean) | null} */
  awaited = null; // says of a case whether it is the one
  /** @type {number | undefined} */
  timer = undefined;
  says = make("p", { class: "opening-says", role: "status" });

  /** @param {HTMLElement} element the viewer's, whose class says that something is on its way */
  constructor(element) {
    this.element = element;
  }

  /**
   * @param {string} title
   * @param {(item: CaseFacts) => boolean} isAwaited
   */
  begin(title, isAwaited) {
    clearTimeout(this.timer);
    this.awaited = isAwaited;
    const dim = () => {
      this.says.textContent = `Opening ${title} …`;
      this.element.classList.add("opening");
    };
    if (this.element.classList.contains("opening")) dim();
    else this.timer = setTimeout(dim, MOMENT);
  }

  /** @param {CaseFacts} item a case that is about to be shown; older ones stay dimmed */
  arrived(item) {
    if (this.awaited?.(item)) this.end();
  }

  /** Nothing is on its way any more. */
  end() {
    clearTimeout(this.timer);
    this.awaited = null;
    this.says.textContent = "";
    this.element.classList.remove("opening");
  }
}
