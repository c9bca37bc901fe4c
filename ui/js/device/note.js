// Where files go, said on the tabs beside Explore, with the buttons that stand there.
import { make } from "../dom.js";
import { destination } from "./destination.js";

/** @import { Side } from "./destination.js" */

/** @type {Record<Side, string>} */
const BUTTONS = { device: "Try again", host: "Use the server" };

export class DestinationNote {
  says = make("span");
  buttons = Object.entries(BUTTONS).map(([side, text]) => {
    const click = () => destination.want(/** @type {Side} */ (side));
    return { side, element: make("button", { type: "button", class: "link-button", text, on: { click } }) };
  });
  element = make("p", { class: "note goes", role: "status" }, this.says, ...this.buttons.map(({ element }) => element));

  /** @param {() => { words: string, offered: Side[] }} current what is said, "" for nothing, and the buttons then */
  constructor(current) {
    this.current = current;
    for (const event of ["change", "words"]) destination.addEventListener(event, () => this.show());
    this.show();
  }

  show() {
    const { words, offered } = this.current();
    this.element.hidden = !words;
    this.says.textContent = words;
    for (const { side, element } of this.buttons) element.hidden = !offered.some((one) => one === side);
  }
}
