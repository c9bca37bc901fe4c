// What the lines over the pictures mean, below the plain radiograph.
import { make } from "./dom.js";

/**
 * @param {string} kind
 * @param {HTMLElement} words
 * @returns {HTMLParagraphElement}
 */
function makeKey(kind, words) {
  return make("p", { class: "key" }, make("i", { class: kind }), words);
}

export class Legend {
  outlineWords = make("span");
  human = makeKey("human-line", make("span", { text: "human benchmark, a second group of radiologists" }));
  crop = make("p", { class: "note" });
  parts = [
    makeKey("radiologist", this.outlineWords),
    this.human,
    makeKey("region", make("span", { text: "region above the threshold" })),
    this.crop,
  ];

  constructor() {
    this.human.hidden = true;
  }

  /** @param {string} text */
  sayOutline(text) {
    this.outlineWords.textContent = text;
  }
}
