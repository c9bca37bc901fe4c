// How to read the page: what the colours, the threshold and the numbers mean, in plain words.
import { make } from "./dom.js";

const PARTS = [
  ["Colours", "Both patch maps share one scale in logits, so a pale map is weak evidence. Strong values cover the radiograph more than weak ones; at full opacity the plain scale is shown."],
  ["Patch maps", "MedicalPatchNet scores each patch by itself; the image's logit is exactly the mean of its patch logits. The scaled map multiplies them by the image's probability, so it fades where the finding is unlikely."],
  ["CAMs", "The maps of the baseline CNN have no unit. Each is drawn relative to its own maximum: compare places, not strengths. The published pictures keep only the positive part, and so do threshold and IoU here."],
  ["Threshold", "As a share of each map's range: each map runs from its own minimum (0 %) to its own maximum (100 %), as in the published evaluation; activation maps start at zero. The dashed line surrounds what lies above the threshold. In logits: one value for both patch maps. Top %: the same share of the view in each pane. Tuned: what was best on validation cases."],
  ["Scores", "IoU is the overlap of that region with the radiologist's mask, divided by their union, in the square that the model sees. It differs from the benchmark's numbers, which are taken on the whole image. Precision is the share of the region that lies in the mask, recall the share of the mask that is marked; a hit is a map's maximum inside the mask."],
  ["Window", "Level and width choose which greys of the radiograph are spread from black to white; the models see it as it was."],
  ["Probability", "0.5 is not a decision threshold: the models were trained on a data set with its own frequencies, and the best cut-off differs from finding to finding."],
];

/** A part of the page that can be folded away. */
export class Guide {
  constructor() {
    const list = make("dl", {}, ...PARTS.flatMap(([term, words]) => [make("dt", { text: term }), make("dd", { text: words })]));
    this.colours = list.querySelector("dd");
    this.element = make("details", { class: "guide" }, make("summary", { text: "How to read this page" }), list);
  }

  /** Say what the chosen colours mean. */
  sayColours({ supports, opposes, neutral }) {
    const first = `${supports[0].toUpperCase()}${supports.slice(1)} supports the finding, ${opposes} opposes it, ${neutral} is neutral.`;
    this.colours.textContent = `${first} ${PARTS[0][1]}`;
  }
}
