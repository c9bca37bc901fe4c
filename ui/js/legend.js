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
  outline = makeKey("radiologist", this.outlineWords);
  truthNote = make("p", { class: "note", hidden: true });
  human = makeKey("human-line", make("span", { text: "human benchmark, a second group of radiologists" }));
  crop = make("p", { class: "note" });
  parts = [this.outline, this.truthNote, this.human, this.crop];

  constructor() {
    this.human.hidden = true;
  }

  /**
   * @param {string} text
   * @param {string} note what must be known of it where scores are read
   * @param {boolean} drawn whether there is such a line
   */
  sayOutline(text, note, drawn) {
    this.outlineWords.textContent = text;
    this.outline.classList.toggle("undrawn", !drawn);
    this.truthNote.textContent = note;
    this.truthNote.hidden = !note;
  }
}
