// What the checks of the open case's explanations found: curves, dots, small pictures, and the words that belong to them.
import { make } from "../dom.js";
import { Chart } from "../charts/chart.js";
import { makeLegend } from "../charts/legend.js";
import { rowsFigure } from "../charts/rows.js";
import { lineFigure } from "./figures.js";

const number = (value, digits = 2) =>
  value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−");

/** A picture with words below; the words are also what it says to those who cannot see it. */
function picture(url, words) {
  return make(
    "figure",
    {},
    make("img", { src: url, alt: words, loading: "lazy", width: 112, height: 112 }),
    make("figcaption", { text: words }),
  );
}

function table(head, rows) {
  const line = (cells, tag) =>
    cells.map((text, i) =>
      make(i === 0 && tag === "td" ? "th" : tag, { scope: tag === "th" ? "col" : i === 0 ? "row" : null, text }),
    );
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": head[0] },
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ...line(head, "th"))),
      make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...line(cells, "td")))),
    ),
  );
}

/** Pairs that have a result, in groups by model: [{key, label, short, found}]. */
function byModel(results, pairs, models) {
  return models
    .map((model) => ({ ...model, found: pairs.filter((pair) => pair.model === model.key && results[pair.name]) }))
    .filter(({ found }) => found.length);
}

/**
 * What draws the answers of a check. Each gets {pair's name: answer}, the pairs [{name, label, model, look}], the models
 * [{key, label, short}] and the charts.
 */
const DRAW = {
  perturbation(results, pairs, models, charts) {
    const groups = byModel(results, pairs, models);
    const rows = groups
      .flatMap(({ found }) => found)
      .map(({ name, label }) => {
        const { deletion, insertion, reason } = results[name];
        return reason ? [label, "–", "–", reason] : [label, number(deletion.area, 3), number(insertion.area, 3), ""];
      });
    return [
      ...groups.map((group) => curvesOf(group, results, charts)),
      make("p", {
        class: "note",
        text: "Curves of one model can be compared with each other, those of different models cannot. A map that is exactly what its model adds up has an order close to the best possible by construction.",
      }),
      table(["Area under the curve", "deletion ↓", "insertion ↑", ""], rows),
    ];
  },

  attended(results, pairs, models, charts) {
    const rows = pairs.filter(({ name }) => results[name]).map((pair) => attendedRow(pair, results[pair.name]));
    const all = rows.flatMap(({ values, mean }) => [...values, mean]).filter(Number.isFinite);
    const end = 1.05 * Math.max(0.05, ...all.map(Math.abs));
    const chart = charts.of("attended");
    const axis = "fall in probability without the region";
    chart.show(() => rowsFigure(charts.parts.rows, rows, [-end, end], axis), {
      title: `Removing what the map points at against random regions, ${charts.finding}`,
      empty: "Undefined for all of the chosen maps.",
    });
    const text =
      "Strong dot: without the region that the map points at. Pale dots: without random regions of the same shape and size.";
    return [chart.element, make("p", { class: "note", text })];
  },

  stability(results, pairs) {
    const shown = pairs.filter(({ name }) => results[name]);
    const rows = results[shown[0].name].map(({ label }, i) => [
      label,
      ...shown.map(({ name }) => number(results[name][i].score)),
    ]);
    return [
      table(["S, 1 = unchanged", ...shown.map(({ label }) => label)], rows),
      make(
        "details",
        {},
        make("summary", { text: "The maps after each change, put back in place" }),
        ...shown.map(({ name, label }) =>
          make(
            "div",
            { class: "thumb-strip" },
            make("h4", { text: label }),
            ...results[name]
              .filter((one) => one.picture)
              .map((one) => picture(one.picture.url, `${one.label}: ${number(one.score)}`)),
          ),
        ),
      ),
    ];
  },

  shortcut(results, pairs, models) {
    // the model's part is the same for all methods that explain it
    const margins = byModel(results, pairs, models).flatMap(({ short, found: [first] }) =>
      results[first.name].margins.map((part) => ({ ...part, model: short })),
    );
    return [
      make(
        "div",
        { class: "thumb-strip" },
        ...margins.map(({ model, margin, change, control, flagged, picture: shot }) => {
          const figure = picture(
            shot.url,
            `${model}, without ${margin}: ${change < 0 ? "+" : "−"}${number(Math.abs(change), 3)} probability; equal area inside: ${number(control, 3)} on average`,
          );
          figure.append(
            make("span", {
              class: flagged ? "flag" : "flag calm",
              text: flagged ? "flagged: relies on the margin" : "not flagged",
            }),
          );
          return figure;
        }),
      ),
      table(
        ["Evidence in the margin", "share", "share ÷ area", "rest of the map kept"],
        pairs
          .filter(({ name }) => results[name])
          .flatMap(({ name, label }) =>
            results[name].maps.map(({ margin, share, ratio, kept }) => [
              `${label}, ${margin}`,
              share === null ? "–" : `${Math.round(100 * share)} %`,
              number(ratio),
              number(kept),
            ]),
          ),
      ),
    ];
  },

  exactness(results, pairs) {
    return [
      table(
        ["Patch map", "mean of the map", "image's logit", "difference", "largest error after removing patches"],
        pairs
          .filter(({ name }) => results[name])
          .map(({ name, label }) =>
            results[name].reason
              ? [label, "–", "–", "–", results[name].reason]
              : [
                  label,
                  number(results[name].total, 4),
                  number(results[name].logit, 4),
                  results[name].sum_error.toExponential(1),
                  results[name].removal_error.toExponential(1),
                ],
          ),
      ),
    ];
  },
};

/** A row of dots: what the region counts, among random ones. */
function attendedRow({ label, look }, { drop, random, difference, reason }) {
  const words = reason || `${difference > 0 ? "+" : ""}${number(difference, 3)} vs random`;
  return { label, look, values: random ?? [], mean: reason ? NaN : drop, low: NaN, high: NaN, words };
}

const CAPTIONS = {
  deletion: "Deletion: the faster it falls, the better",
  insertion: "Insertion: the faster it rises, the better",
};

/** Both curves of the maps of one model. */
function curvesOf(group, results, charts) {
  const both = Object.keys(CAPTIONS).map((direction) => curveOf(group, direction, results, charts));
  const figures = both.map((chart, i) =>
    make("figure", {}, chart.element, make("figcaption", { text: Object.values(CAPTIONS)[i] })),
  );
  return make(
    "div",
    { class: "of-model", "data-model": group.key },
    make("h4", { text: group.label }),
    make("div", { class: "pair" }, ...figures),
    makeLegend(group.found, both),
  );
}

/** One of the curves: the probability while pixels are replaced or put back, a line a map. */
function curveOf({ key, label: model, found }, direction, results, charts) {
  const chart = charts.of(`${direction} ${key}`);
  const series = found.map(({ name, label, look }) => ({ label, look, ...results[name][direction] }));
  const axes = { x: charts.parts.shares[direction], y: "probability" };
  chart.show(() => lineFigure(charts.parts.lines, series, axes), {
    title: `${model}, ${direction}, ${charts.finding}`,
    empty: "Undefined for all of the chosen maps.",
  });
  return chart;
}

/** The cards' charts, which stay while answers come in. */
class Charts {
  finding = "";
  known = new Map();

  constructor(plotly, parts) {
    this.plotly = plotly;
    this.parts = parts;
  }

  of(key) {
    if (!this.known.has(key)) {
      const chart = new Chart(this.plotly);
      chart.element.classList.add("room");
      this.known.set(key, chart);
    }
    return this.known.get(key);
  }
}

/** The numbers of a check without a picture of its own. */
function numbers(results, pairs) {
  const shown = pairs.filter(({ name }) => results[name]);
  return [
    table(
      ["Map", "measure", "setting", "value", ""],
      shown.flatMap(({ name, label }) =>
        results[name].map(({ metric, setting, value, reason }) => [label, metric, setting, number(value, 3), reason]),
      ),
    ),
  ];
}

export class Evidence {
  /** @param config {checks, models, plotly, charts} as ui/trust_tab.py tells; @param looks gives each pair its look. */
  constructor({ checks, models, plotly, charts }, looks) {
    this.charts = new Charts(plotly, charts);
    Object.assign(this, { models, looks });
    this.cards = new Map(checks.map((check) => [check.key, this.makeCard(check)]));
    this.note = make("p", { class: "note", role: "status" });
    this.element = make(
      "div",
      {},
      this.note,
      make("div", { class: "cards" }, ...[...this.cards.values()].map(({ element }) => element)),
    );
  }

  makeCard({ label, words, definition, paper, needs }) {
    const content = make("div", { class: "content" });
    const more = make(
      "details",
      {},
      make("summary", { text: "Definition" }),
      make("p", { class: "note", text: definition }),
      make("p", { class: "note", text: `Needs a model that gives ${needs}.` }),
      make("p", { class: "note", text: paper }),
    );
    const element = make(
      "section",
      { class: "trust-card", "aria-label": label },
      make("h3", { text: label }),
      make("p", { text: words }),
      content,
      more,
    );
    return { element, content };
  }

  /**
   * @param results {check: {pair's name: what ui/trust_checks.py made of it}}; null where nothing was asked.
   * @param pairs [{name, label, model, checks}] that were chosen; @param silent labels of models that do not predict
   *   the finding; @param finding which one.
   */
  update(results, pairs = [], silent = [], finding = "") {
    this.charts.finding = finding;
    this.note.textContent = silent.length
      ? `Not predicted by ${silent.join(", ")}: there is nothing to check of these.`
      : "";
    const drawn = pairs.map((pair) => ({ ...pair, look: this.looks.of(pair.name) }));
    for (const [key, { content }] of this.cards) {
      const found = results?.[key];
      const unfit = results ? drawn.filter(({ checks }) => !checks.includes(key)) : [];
      content.replaceChildren(
        ...(found
          ? (DRAW[key] ?? numbers)(found, drawn, this.models, this.charts)
          : [
              make("p", {
                class: "note",
                text:
                  drawn.length && unfit.length === drawn.length
                    ? "None of the chosen maps fits this check."
                    : "Not run yet.",
              }),
            ]),
        ...(found && unfit.length
          ? [make("p", { class: "note", text: `Does not fit: ${unfit.map(({ label }) => label).join(", ")}.` })]
          : []),
      );
    }
  }
}
