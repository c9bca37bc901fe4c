// How to read the page: what the colours, the threshold and the numbers mean, in plain words.
import { make } from "./dom.js";

/** @import { Method, Scheme } from "./messages.d.ts" */

const COLOURS =
  "Maps of one unit, such as logits, share one scale, so a pale map means weak evidence. Maps without a unit are " +
  "each drawn relative to their own maximum: compare places, not strengths. Strong values cover the radiograph " +
  "more than weak ones; at full opacity the plain scale is shown.";
const THRESHOLD =
  "As a share of each map's range: each map runs from its own minimum (0 %) to its own maximum (100 %), as in the " +
  "published evaluation; maps of which only the positive part is published start at zero. The dashed line surrounds " +
  "what lies above the threshold; what of it opposes the finding is hatched. In logits: one value for all maps in " +
  "logits. Top %: the same share of the view in each pane. Tuned: the value that was best on validation cases.";
const SCORES =
  "IoU is the overlap of that region with the radiologist's mask, divided by their union, in the square that the " +
  "model sees. It differs from the benchmark's numbers, which are taken on the whole image. Precision is the share " +
  "of the region that lies in the mask, recall the share of the mask that is marked; a hit is a map's maximum " +
  "inside the mask.";
const WINDOW =
  "Level and width choose which greys of the radiograph are spread from black to white; the models always see the " +
  "unchanged image.";
const MODELS =
  "Mean and disagreement are over the models that predict a finding; the disagreement is the largest minus the " +
  "smallest of their probabilities.";
const PROBABILITY =
  "0.5 is not a decision threshold: how often a finding occurs in the training data shifts the models' " +
  "probabilities, and the best cut-off differs between findings.";
const PARTS = [
  ["Threshold", THRESHOLD],
  ["Scores", SCORES],
  ["Window", WINDOW],
  ["Models", MODELS],
  ["Probability", PROBABILITY],
];

/** A part of the page that can be folded away. */
export class Guide {
  colours = make("dd", { text: COLOURS });

  /** @param {Method[]} methods */
  constructor(methods) {
    const parts = [...methods.map(({ label, words }) => [label, words]), ...PARTS];
    const list = make("dl", {}, make("dt", { text: "Colours" }), this.colours);
    for (const [term, words] of parts) list.append(make("dt", { text: term }), make("dd", { text: words }));
    this.element = make("details", { class: "guide" }, make("summary", { text: "How to read this page" }), list);
  }

  /**
   * Say what the chosen colours mean.
   * @param {Scheme} scheme
   */
  sayColours({ supports, opposes, neutral }) {
    const first = `${supports[0].toUpperCase()}${supports.slice(1)} supports the finding`;
    this.colours.textContent = `${first}, ${opposes} opposes it, ${neutral} is neutral. ${COLOURS}`;
  }
}
