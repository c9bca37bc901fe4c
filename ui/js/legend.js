// What the lines over the pictures mean, below the plain radiograph.
import { make } from "./dom.js";

function makeKey(kind, text) {
  return make("p", { class: "key" }, make("i", { class: kind }), make("span", { text }));
}

export class Legend {
  constructor() {
    this.outline = makeKey("radiologist", "");
    this.human = makeKey("human-line", "human benchmark, a second group of radiologists");
    this.crop = make("p", { class: "note" });
    this.human.hidden = true;
    this.parts = [this.outline, this.human, makeKey("region", "region above the threshold"), this.crop];
  }

  sayOutline(text) {
    this.outline.lastChild.textContent = text;
  }
}
