// A cohort's results: distributions of every check by method, the worst cases, and whether probabilities can be believed.
import { make, makeSelect } from "../dom.js";
import { dotRows, lineChart } from "./charts.js";

const THUMBNAILS = 24; // that the server makes in one request
const number = (value, digits = 3) =>
  value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−");
const interval = (value, low, high) => `${number(value)} (${number(low)} to ${number(high)})`;
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
  constructor({ cohort, findings }, server, looks) {
    Object.assign(this, { cohort, findings, server, looks });
    this.element = make(
      "section",
      { class: "trust-card cohort", "aria-label": "Cohort" },
      make("h3", { text: "Over a whole cohort" }),
    );
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
    this.chart = make("div");
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
      make("div", { class: "two" }, this.chart, this.numbers),
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
    const { rows, words, better, metric, check_label: check } = this.chosen;
    const shown = rows.filter(({ n }) => n);
    this.words.textContent = [words, GOOD[better]].filter(Boolean).join(" ");
    const dots = shown.map(({ method, label, values, mean, low, high }) => ({
      label,
      look: this.looks.of(method),
      values,
      mean,
      low,
      high,
      words: number(mean),
    }));
    this.chart.replaceChildren(
      shown.length
        ? dotRows({
            rows: dots,
            range: axisRange(shown.flatMap(({ values }) => values)),
            zero: 0,
            xLabel: metric,
            title: `${check}, ${metric}: ${shown.map(({ label, mean }) => `${label} ${number(mean)}`).join(", ")}`,
          })
        : make("p", { class: "note", text: "Undefined for every case." }),
    );
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

  showProbabilities() {
    const { reliability, selective, calibration, sensitivity } = this.cohort.models.find(
      ({ key }) => key === this.model.control.value,
    );
    const finding = this.finding.control.value;
    const curve = reliability[finding];
    const parts = [];
    if (curve) {
      const series = ["before", "after"].map((when, look) => ({
        look,
        xs: curve[when]?.predicted ?? [],
        ys: curve[when]?.observed ?? [],
        points: true,
      }));
      parts.push(
        make(
          "figure",
          {},
          lineChart({
            series,
            diagonal: true,
            xLabel: "said",
            yLabel: "share that had it",
            title: `Reliability of ${finding}`,
          }),
          make("figcaption", {
            text: "Reliability: on the dashed line the probability is right. Solid: as the model says it; broken: calibrated.",
          }),
        ),
      );
    }
    const chosen = selective[finding];
    if (chosen) {
      const known = chosen.thresholds
        .map((tau, i) => i)
        .filter((i) => chosen.risk[i] !== null)
        .reverse();
      const ys = known.map((i) => chosen.risk[i]);
      parts.push(
        make(
          "figure",
          {},
          lineChart({
            series: [{ look: 0, xs: known.map((i) => chosen.coverage[i]), ys, points: true }],
            range: [0, Math.max(0.1, Math.ceil(10 * Math.max(...ys)) / 10)],
            xLabel: "answered",
            yLabel: "wrong",
            title: `Risk and coverage of ${finding}`,
          }),
          make("figcaption", {
            text: `Abstaining: of the ${chosen.n} images, how many are answered, and how many of those wrongly.`,
          }),
        ),
      );
    }
    this.curves.replaceChildren(...parts);
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
