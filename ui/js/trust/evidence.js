// What the checks of the open case's explanations found: curves, dots, small pictures, and the words that belong to them.
import { make } from "../dom.js";
import { dotRows, lineChart, makeLegend } from "./charts.js";

const NAMES = { medicalpatchnet: "MedicalPatchNet", cnn: "Baseline CNN" };
const number = (value, digits = 2) => (value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−"));

/** A picture with words below; the words are also what it says to those who cannot see it. */
function picture(url, words) {
  return make("figure", {}, make("img", { src: url, alt: words, loading: "lazy", width: 112, height: 112 }), make("figcaption", { text: words }));
}

function table(head, rows) {
  const line = (cells, tag) => cells.map((text, i) => make(i === 0 && tag === "td" ? "th" : tag, { scope: tag === "th" ? "col" : i === 0 ? "row" : null, text }));
  return make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": head[0] }, make("table", {}, make("thead", {}, make("tr", {}, ...line(head, "th"))),
    make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...line(cells, "td"))))));
}

const DRAW = {
  perturbation(results, labels) {
    const chart = (direction, xLabel) => lineChart({
      series: labels.map(({ key }) => ({ xs: results[key]?.[direction]?.xs ?? [], ys: results[key]?.[direction]?.ys ?? [] })),
      xLabel, yLabel: "probability", title: `${direction} curves: ${labels.map(({ key, label }) => `${label} area ${number(results[key]?.[direction]?.area)}`).join(", ")}`,
    });
    const rows = labels.filter(({ key }) => results[key]).map(({ key, label }) => {
      const { deletion, insertion, reason } = results[key];
      return reason ? [label, "–", "–", reason] : [label, number(deletion.area, 3), number(insertion.area, 3), ""];
    });
    return [make("div", { class: "pair" },
      make("figure", {}, chart("deletion", "replaced, most important first"), make("figcaption", { text: "Deletion: the faster it falls, the better" })),
      make("figure", {}, chart("insertion", "put back, most important first"), make("figcaption", { text: "Insertion: the faster it rises, the better" }))),
      makeLegend(labels.map(({ label }) => label)),
      make("p", { class: "note", text: "Patch maps explain MedicalPatchNet, the others the baseline CNN: compare curves of one model. For the patch model the raw map's order is close to the best possible by construction." }),
      table(["Area under the curve", "deletion ↓", "insertion ↑", ""], rows)];
  },

  attended(results, labels) {
    const shown = labels.map((label, i) => ({ ...label, i })).filter(({ key }) => results[key]);
    const rows = shown.map(({ key, label }) => {
      const { drop, random, difference, reason } = results[key];
      return { label, values: random ?? [], mean: reason ? NaN : drop, words: reason || `${difference > 0 ? "+" : ""}${number(difference, 3)} vs random` };
    });
    const all = rows.flatMap(({ values, mean }) => [...values, mean]).filter(Number.isFinite);
    const end = Math.max(0.05, ...all.map(Math.abs));
    return [dotRows({ rows, range: [-end, end], zero: 0, names: shown.map(({ i }) => i), xLabel: "fall in probability without the region",
      title: `Removing what the map points at against random regions: ${rows.map(({ label, words }) => `${label} ${words}`).join(", ")}` }),
      make("p", { class: "note", text: "Strong dot: without the region that the map points at. Pale dots: without random regions of the same shape and size." })];
  },

  stability(results, labels) {
    const shown = labels.filter(({ key }) => results[key]);
    if (!shown.length) return [];
    const rows = results[shown[0].key].map(({ label }, i) => [label, ...shown.map(({ key }) => number(results[key][i].score))]);
    return [table(["S, 1 = unchanged", ...shown.map(({ label }) => label)], rows),
      make("details", {}, make("summary", { text: "The maps after each change, put back in place" }),
        ...shown.map(({ key, label }) => make("div", { class: "thumb-strip" }, make("h4", { text: label }), ...results[key].filter((one) => one.picture).map((one) => picture(one.picture.url, `${one.label}: ${number(one.score)}`)))))];
  },

  shortcut(results, labels) {
    const shown = labels.filter(({ key }) => results[key]);
    const first = new Map(); // the model's part is the same for all methods that explain it
    for (const { key, model } of shown) if (!first.has(model)) first.set(model, results[key].margins);
    const margins = [...first].flatMap(([model, parts]) => parts.map((part) => ({ ...part, model })));
    return [make("div", { class: "thumb-strip" }, ...margins.map(({ model, margin, change, control, flagged, picture: shot }) => {
      const figure = picture(shot.url, `${NAMES[model]}, without ${margin}: ${change < 0 ? "+" : "−"}${number(Math.abs(change), 3)} probability; equal area inside: ${number(control, 3)} on average`);
      figure.append(make("span", { class: flagged ? "flag" : "flag calm", text: flagged ? "flagged: relies on the margin" : "not flagged" }));
      return figure;
    })), table(["Evidence in the margin", "share", "share ÷ area", "rest of the map kept"],
      shown.flatMap(({ key, label }) => results[key].maps.map(({ margin, share, ratio, kept }) => [`${label}, ${margin}`, share === null ? "–" : `${Math.round(100 * share)} %`, number(ratio), number(kept)])))];
  },

  exactness(results, labels) {
    const shown = labels.filter(({ key }) => results[key]);
    return [table(["Patch map", "mean of the map", "image's logit", "difference", "largest error after removing patches"],
      shown.map(({ key, label }) => (results[key].reason ? [label, "–", "–", "–", results[key].reason]
        : [label, number(results[key].total, 4), number(results[key].logit, 4), results[key].sum_error.toExponential(1), results[key].removal_error.toExponential(1)])))];
  },
};

export class Evidence {
  /** @param checks [{key, label, words, definition, paper}] in the order shown; only those that `DRAW` knows are. */
  constructor(checks, methods) {
    this.methods = methods;
    this.cards = new Map(checks.filter(({ key }) => key in DRAW).map((check) => [check.key, this.makeCard(check)]));
    this.element = make("div", { class: "cards" }, ...[...this.cards.values()].map(({ element }) => element));
  }

  makeCard({ label, words, definition, paper }) {
    const content = make("div", { class: "content" });
    const more = make("details", {}, make("summary", { text: "Definition" }), make("p", { class: "note", text: definition }), make("p", { class: "note", text: paper }));
    const element = make("section", { class: "trust-card", "aria-label": label }, make("h3", { text: label }), make("p", { text: words }), content, more);
    return { element, content };
  }

  /** @param results {check: {method: what ui/trust_content.py made of it}} */
  update(results) {
    for (const [key, { content }] of this.cards) {
      const found = results?.[key];
      content.replaceChildren(...(found ? DRAW[key](found, this.methods) : [make("p", { class: "note", text: "Not run yet." })]));
    }
  }
}
