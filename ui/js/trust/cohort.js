// A cohort's results: distributions of every check by method, the worst cases, and whether probabilities can be believed.
import { make, makeSelect } from "../dom.js";
import { Chart } from "../charts/chart.js";
import { makeLegend } from "../charts/legend.js";
import { rowsFigure } from "../charts/rows.js";
import { lineFigure } from "./figures.js";

const THUMBNAILS = 24; // that the server makes in one request
const number = (value, digits = 3) =>
  value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−");
const interval = (value, low, high) => `${number(value)} (${number(low)} to ${number(high)})`;
const WHEN = { before: "as said", after: "calibrated" };
const GOOD = { high: "Higher is better.", low: "Lower is better.", neither: "" };

function table(head, rows, label) {
  const cells = (texts) => texts.map((text, i) => make(i ? "td" : "th", { scope: i ? null : "row", text }));
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": label },
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells(row)))),
    ),
  );
}

/** Ends of an axis that holds all values, rounded outwards. */
export function axisRange(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (!values.length || !Number.isFinite(low)) return [0, 1];
  if (low >= 0 && high <= 1 && high > 0.2) return [0, 1];
  const step = 10 ** Math.floor(Math.log10(Math.max(high - low, 1e-9)));
  return [Math.min(0, Math.floor(low / step) * step), Math.max(0, Math.ceil(high / step) * step) || step];
}

export class Cohort {
  /** @param looks gives every row of results its look. */
  constructor({ cohort, findings, plotly, charts }, server, looks) {
    Object.assign(this, { cohort, findings, server, looks, parts: charts });
    this.element = make(
      "section",
      { class: "trust-card cohort", "aria-label": "Cohort" },
      make("h3", { text: "Over a whole cohort" }),
    );
    this.dots = new Chart(plotly, { table: false });
    this.reliability = new Chart(plotly);
    this.selective = new Chart(plotly);
    this.dots.element.classList.add("room");
    if (!cohort) {
      this.element.append(
        make("p", {
          class: "note",
          text: "No results are bundled with this copy; `python -m evaluation trust` makes them.",
        }),
      );
      return;
    }
    this.build();
  }

  build() {
    const { cohort } = this;
    const { models } = cohort;
    this.element.append(
      make("p", {
        text: `${cohort.label}. Every dot is one case; the strong dot is the mean with its 95 % interval, patients resampled.`,
      }),
    );
    this.group = makeSelect(
      "Check",
      cohort.groups.map((group, i) => [
        String(i),
        [group.check_label, group.metric, group.setting].filter(Boolean).join(" · "),
      ]),
      () => this.showGroup(),
    );
    this.method = makeSelect("Worst cases of", [], () => this.showWorst());
    this.words = make("p", { class: "note" });
    this.numbers = make("div");
    this.gallery = make("div", { class: "gallery" });
    this.model = makeSelect(
      "Model",
      models.map(({ key, label }) => [key, label]),
      () => this.showProbabilities(),
    );
    this.finding = makeSelect(
      "Finding",
      this.findings.map((name) => [name, name]),
      () => this.showProbabilities(),
    );
    this.finding.control.value = "Pleural Effusion";
    this.curves = make("div", { class: "pair" });
    this.tables = make("div", { class: "content" });
    this.element.append(
      make("div", { class: "fields" }, this.group),
      this.words,
      make("div", { class: "two" }, this.dots.element, this.numbers),
      make("div", { class: "fields" }, this.method),
      this.gallery,
      this.makeVerdicts(),
      ...(models.length
        ? [
            make("h3", { text: "Can the probabilities be believed?" }),
            make("div", { class: "fields" }, this.model, this.finding),
            this.curves,
            this.tables,
          ]
        : []),
    );
    this.showGroup();
    if (models.length) this.showProbabilities();
  }

  makeVerdicts() {
    const { verdicts } = this.cohort;
    if (!verdicts.length) return make("div");
    return make(
      "details",
      {},
      make("summary", { text: "Verdicts" }),
      table(
        ["Check", "Method", "Verdict", ""],
        verdicts.map(({ check, method, passed, words }) => [check, method, passed ? "✓ passed" : "✗ failed", words]),
        "Verdicts",
      ),
    );
  }

  get chosen() {
    return this.cohort.groups[Number(this.group.control.value)];
  }

  showGroup() {
    const { rows, words, better, metric, setting, check_label: check } = this.chosen;
    const shown = rows.filter(({ n }) => n);
    this.words.textContent = [words, GOOD[better]].filter(Boolean).join(" ");
    const title = [check, metric, setting].filter(Boolean).join(", ");
    this.dots.show(() => this.distributions(shown, metric), { title, empty: "Undefined for every case." });
    this.numbers.replaceChildren(
      table(
        ["Method", "mean (95 % interval)", "SD", "median", "n", "undefined"],
        rows.map((row) => [
          row.label,
          row.n ? interval(row.mean, row.low, row.high) : "–",
          number(row.sd),
          number(row.q50),
          String(row.n),
          row.undefined ? `${row.undefined} (${row.reasons})` : "0",
        ]),
        `${check}, ${metric}`,
      ),
    );
    const before = this.method.control.value;
    this.method.control.replaceChildren(
      ...shown.map(({ method, label }) => make("option", { value: method, text: label })),
    );
    if (shown.some(({ method }) => method === before)) this.method.control.value = before;
    this.method.hidden = better === "neither";
    this.showWorst();
  }

  /** Every case a pale dot, the mean a strong one; @param shown rows of the chosen group with a value. */
  distributions(shown, metric) {
    const rows = shown.map(({ method, label, values, mean, low, high }) => {
      const ends = low === null ? { low: NaN, high: NaN } : { low, high };
      return { label, look: this.looks.of(method), values, mean: mean ?? NaN, ...ends, words: number(mean) };
    });
    return rowsFigure(this.parts.rows, rows, axisRange(shown.flatMap(({ values }) => values)), metric);
  }

  async showWorst() {
    const { rows, better, metric } = this.chosen;
    const row = rows.find(({ method }) => method === this.method.control.value);
    if (better === "neither" || !row) return this.gallery.replaceChildren();
    const worst = row.worst.map(([place, finding, value]) => ({ id: this.cohort.cases[place], finding, value }));
    const buttons = worst.map(({ id, finding, value }) => {
      const image = make("img", { alt: "", width: 118, height: 118 });
      const words = [
        id
          .replace(/^patient(PHANTOM)?/, "")
          .replace(/_view1_frontal$/, "")
          .replace("_study1", ""),
        finding,
        `${metric} ${number(value)}`,
      ].filter(Boolean);
      const button = make(
        "button",
        {
          type: "button",
          class: "plain",
          title: `Open ${id} in Explore`,
          on: {
            click: () => document.dispatchEvent(new CustomEvent("explorer:open", { detail: { case: id, finding } })),
          },
        },
        image,
        ...words.map((text) => make("span", { text })),
      );
      return { id, image, button };
    });
    this.gallery.replaceChildren(...buttons.map(({ button }) => button));
    const pictures = await this.server.thumbnails([...new Set(buttons.map(({ id }) => id))].slice(0, THUMBNAILS));
    for (const { id, image, button } of buttons) {
      if (pictures?.[id]) image.src = pictures[id];
      else Object.assign(button, { disabled: true, title: "This case is not among those that the page offers" });
    }
  }

  /** @param curve {before, after}: {predicted, observed, low, high} of bins of probabilities. */
  reliabilityOf(curve, title) {
    const series = Object.entries(WHEN).map(([when, label], look) => {
      const { predicted: xs = [], observed: ys = [], low, high } = curve?.[when] ?? {};
      return { label, look, xs, ys, low, high, points: true };
    });
    const axes = { x: "said", y: "share that had it", diagonal: true };
    const empty = "Reliability: no image with a known answer.";
    this.reliability.show(() => lineFigure(this.parts.lines, series, axes), { title, empty });
    const words = "Reliability: on the dashed line the probability is right; bars are 95 % intervals.";
    return figure(this.reliability, words, makeLegend(series, [this.reliability]));
  }

  /** @param chosen {n, thresholds, coverage, risk}: what is answered at each threshold, and how much of it wrongly. */
  selectiveOf(chosen, title) {
    const known = [...(chosen?.thresholds ?? []).keys()].filter((i) => chosen.risk[i] !== null).reverse();
    const [xs, ys] = ["coverage", "risk"].map((name) => known.map((i) => chosen[name][i]));
    const range = [0, Math.max(0.1, Math.ceil(10 * Math.max(0, ...ys)) / 10)];
    const series = [{ label: "wrong", look: 0, xs, ys, points: true }];
    const about = { title, empty: "Abstaining: no image with a known answer." };
    this.selective.show(() => lineFigure(this.parts.lines, series, { x: "answered", y: "wrong", range }), about);
    const n = chosen?.n ?? 0;
    return figure(
      this.selective,
      `Abstaining: of the ${n} images, how many are answered, and how many of those wrongly.`,
    );
  }

  showProbabilities() {
    const { reliability, selective, calibration, sensitivity } = this.cohort.models.find(
      ({ key }) => key === this.model.control.value,
    );
    const finding = this.finding.control.value;
    const { label } = this.cohort.models.find(({ key }) => key === this.model.control.value);
    this.curves.replaceChildren(
      this.reliabilityOf(reliability[finding], `Reliability of ${finding}, ${label}`),
      this.selectiveOf(selective[finding], `Risk and coverage of ${finding}, ${label}`),
    );
    const mine = calibration.filter((row) => row.finding === finding || row.finding === "Mean");
    const point = sensitivity.find((row) => row.finding === finding);
    this.tables.replaceChildren(
      mine.length
        ? table(
            ["Calibration", "", "ECE (95 % interval)", "Brier score", "log loss", "n", "present"],
            mine.map((row) => [
              row.finding,
              row.when === "after" ? "calibrated" : "as said",
              interval(row.ece, row.ece_low, row.ece_high),
              number(row.brier),
              number(row.nll),
              String(row.n),
              String(row.n_positive || "–"),
            ]),
            "Calibration",
          )
        : make("div"),
      make("p", {
        class: "note",
        text: !point
          ? ""
          : point.reason
            ? `Sensitivity at a specificity of 0.90: undefined, ${point.reason}.`
            : `Sensitivity at a specificity of ${number(point.asked_specificity, 2)}: ${interval(point.sensitivity, point.sensitivity_low, point.sensitivity_high)}, ${point.n_positive} images with and ${point.n_negative} without the finding.`,
      }),
    );
  }
}

/** A chart with what is said below it. */
function figure(chart, words, ...further) {
  chart.element.classList.add("room");
  return make("figure", {}, chart.element, ...further, make("figcaption", { text: words }));
}
