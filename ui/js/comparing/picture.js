// The picture of two annotations: what the first covers alone, what the second does, and what both do. Told apart by
// their hatching too, so that it can be read without colours.
import { make } from "../dom.js";
import { contextOf } from "../pane.js";
import { SIZE } from "../view.js";

/** @import { Region } from "./region.js" */

const GAP = 9; // pixels from one line of the hatching to the next
const LINE = 3; // pixels of a line
const [FAINT, STRONG] = [0.34, 0.8]; // how much the radiograph is covered between lines, and by them
/** @type {[number, number, number][]} */
const COLOURS = [
  [92, 200, 255],
  [255, 165, 61],
  [236, 238, 240],
];

export class PairPicture {
  canvas = make("canvas", { width: SIZE, height: SIZE, role: "img", "aria-label": "Two annotations" });
  words = ["first", "second", "both"].map((name) => make("span", { "data-part": name }));
  element = make(
    "figure",
    { class: "pair-picture" },
    this.canvas,
    make(
      "figcaption",
      {},
      ...this.words.map((words, i) => make("p", { class: "key" }, make("i", { class: `hatch hatch-${i}` }), words)),
    ),
  );
  context = contextOf(this.canvas);
  frame = this.context.createImageData(SIZE, SIZE);
  pixels = new Uint32Array(this.frame.data.buffer);

  /**
   * @param {Uint32Array} plain the radiograph as it is shown
   * @param {Region} one
   * @param {Region} other
   */
  show(plain, one, other) {
    this.pixels.set(plain);
    const counts = [0, 0, 0];
    for (let i = 0; i < plain.length; i++) {
      const part = one.mask[i] + 2 * other.mask[i] - 1;
      if (part < 0) continue;
      counts[part]++;
      const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
      this.pixels[i] = mixed(plain[i] & 255, COLOURS[part], coverOf(part, x, y));
    }
    this.context.putImageData(this.frame, 0, 0);
    this.say(counts, one.label, other.label);
  }

  /**
   * @param {number[]} counts
   * @param {string} one
   * @param {string} other
   */
  say(counts, one, other) {
    const said = [`${one} only`, `${other} only`, "both"].map(
      (name, i) => `${name}: ${((100 * counts[i]) / (SIZE * SIZE)).toFixed(1)} % of the view`,
    );
    this.words.forEach((words, i) => (words.textContent = said[i]));
    this.canvas.setAttribute("aria-label", said.join("; "));
  }
}

/**
 * How much of the radiograph is covered at a pixel: lines that fall to the right for the first annotation alone, to the
 * left for the second, an even cover for both.
 * @param {number} part
 * @param {number} x
 * @param {number} y
 * @returns {number}
 */
function coverOf(part, x, y) {
  if (part === 2) return (FAINT + STRONG) / 2;
  const at = part === 0 ? (x - y + SIZE * GAP) % GAP : (x + y) % GAP;
  return at < LINE ? STRONG : FAINT;
}

/**
 * @param {number} grey
 * @param {[number, number, number]} colour
 * @param {number} cover
 * @returns {number}
 */
function mixed(grey, [red, green, blue], cover) {
  /** @param {number} channel */
  const mix = (channel) => Math.round(grey * (1 - cover) + channel * cover);
  return (0xff000000 | (mix(blue) << 16) | (mix(green) << 8) | mix(red)) >>> 0;
}
