// How the answers of each check are drawn: curves, dots, small pictures, and tables of numbers.
import { make } from "../dom.js";
import { number, table } from "./tables.js";

/**
 * @import { AnswerCharts } from "./answer_charts.js"
 * @import { AttendedAnswer, Checked, DisturbedMap, ExactnessAnswer, MarginChange } from "../messages.d.ts"
 * @import { MeasuredAnswer, ModelName, PerturbationAnswer, ShortcutAnswer } from "../messages.d.ts"
 * @import { Answered, DrawnPair } from "../types.d.ts"
 */

const COMPARED =
  "Curves of one model can be compared with each other, those of different models cannot. A map that is exactly what " +
  "its model adds up has an order close to the best possible by construction.";
const REMOVED =
  "Strong dot: without the region that the map points at. Pale dots: without random regions of the same shape and " +
  "size.";

/**
 * What a check found, drawn; null where it has not been asked.
 * @param {string} key of the check
 * @param {Checked} checked
 * @param {DrawnPair[]} pairs
 * @param {ModelName[]} models
 * @param {AnswerCharts} charts
 * @returns {Element[] | null}
 */
export function answersOf(key, { finding, results, measured }, pairs, models, charts) {
  const { perturbation, attended, stability, shortcut, exactness } = results;
  if (key === "perturbation" && perturbation) {
    return drawPerturbation(answered(perturbation, pairs), models, charts, finding);
  }
  if (key === "attended" && attended) {
    return [charts.dotsOf(answered(attended, pairs), finding), note(REMOVED)];
  }
  if (key === "stability" && stability) return drawStability(answered(stability, pairs));
  if (key === "shortcut" && shortcut) return drawShortcut(answered(shortcut, pairs), models);
  if (key === "exactness" && exactness) return [exactnessTable(answered(exactness, pairs))];
  return measured[key] ? [measuredTable(answered(measured[key], pairs))] : null;
}

/**
 * The maps that have an answer, with it.
 * @template A
 * @param {Record<string, A>} results by name of the map
 * @param {DrawnPair[]} pairs
 * @returns {Answered<A>[]}
 */
function answered(results, pairs) {
  return pairs.filter(({ name }) => results[name]).map((pair) => ({ pair, answer: results[pair.name] }));
}

/**
 * Answers in groups by model; models without one are left out.
 * @template A
 * @param {Answered<A>[]} found
 * @param {ModelName[]} models
 */
function byModel(found, models) {
  return models
    .map((model) => ({ model, found: found.filter(({ pair }) => pair.model === model.key) }))
    .filter((group) => group.found.length);
}

/** @param {string} text */
const note = (text) => make("p", { class: "note", text });

/**
 * A picture with words below; the words are also what it says to those who cannot see it.
 * @param {string} url
 * @param {string} words
 * @returns {HTMLElement}
 */
function picture(url, words) {
  const image = make("img", { src: url, alt: words, loading: "lazy", width: 112, height: 112 });
  return make("figure", {}, image, make("figcaption", { text: words }));
}

/**
 * @param {Answered<PerturbationAnswer>[]} found
 * @param {ModelName[]} models
 * @param {AnswerCharts} charts
 * @param {string} finding
 * @returns {HTMLElement[]}
 */
function drawPerturbation(found, models, charts, finding) {
  const groups = byModel(found, models);
  const rows = groups
    .flatMap((group) => group.found)
    .map(({ pair: { label }, answer: { deletion, insertion, reason } }) =>
      reason ? [label, "–", "–", reason] : [label, number(deletion.area), number(insertion.area), ""],
    );
  return [
    ...groups.map((group) => charts.curvesOf(group.model, group.found, finding)),
    note(COMPARED),
    table(["Area under the curve", "deletion ↓", "insertion ↑", ""], rows),
  ];
}

/**
 * @param {Answered<DisturbedMap[]>[]} found
 * @returns {(HTMLDetailsElement | HTMLDivElement)[]}
 */
function drawStability(found) {
  const rows = (found[0]?.answer ?? []).map(({ label }, i) => [
    label,
    ...found.map(({ answer }) => number(answer[i].score, 2)),
  ]);
  const strips = found.map(({ pair: { label }, answer }) => {
    const pictures = answer.map((one) => picture(one.picture.url, `${one.label}: ${number(one.score, 2)}`));
    return make("div", { class: "thumb-strip" }, make("h4", { text: label }), ...pictures);
  });
  return [
    table(["S, 1 = unchanged", ...found.map(({ pair }) => pair.label)], rows),
    make("details", {}, make("summary", { text: "The maps after each change, put back in place" }), ...strips),
  ];
}

/**
 * @param {Answered<ShortcutAnswer>[]} found
 * @param {ModelName[]} models
 * @returns {HTMLDivElement[]}
 */
function drawShortcut(found, models) {
  // the model's part is the same for all methods that explain it
  const margins = byModel(found, models).flatMap(({ model, found: [first] }) =>
    first.answer.margins.map((margin) => marginFigure(model.short, margin)),
  );
  const rows = found.flatMap(({ pair: { label }, answer }) =>
    answer.maps.map(({ margin, share, ratio, kept }) => [
      `${label}, ${margin}`,
      share === null ? "–" : `${Math.round(100 * share)} %`,
      number(ratio, 2),
      number(kept, 2),
    ]),
  );
  return [
    make("div", { class: "thumb-strip" }, ...margins),
    table(["Evidence in the margin", "share", "share ÷ area", "rest of the map kept"], rows),
  ];
}

/**
 * @param {string} model
 * @param {MarginChange} margin
 * @returns {HTMLElement}
 */
function marginFigure(model, { margin, change, control, flagged, picture: shot }) {
  const moved = change === null ? "–" : `${change < 0 ? "+" : "−"}${number(Math.abs(change))}`;
  const inside = `equal area inside: ${number(control)} on average`;
  const figure = picture(shot.url, `${model}, without ${margin}: ${moved} probability; ${inside}`);
  const text = flagged ? "flagged: relies on the margin" : "not flagged";
  figure.append(make("span", { class: flagged ? "flag" : "flag calm", text }));
  return figure;
}

/**
 * @param {Answered<ExactnessAnswer>[]} found
 * @returns {HTMLDivElement}
 */
function exactnessTable(found) {
  const head = ["Patch map", "mean of the map", "image's logit", "difference", "largest error after removing patches"];
  const rows = found.map(({ pair: { label }, answer }) => {
    const { total, logit, sum_error: sum, removal_error: removal, reason } = answer;
    if (reason) return [label, "–", "–", "–", reason];
    return [label, number(total, 4), number(logit, 4), exponential(sum), exponential(removal)];
  });
  return table(head, rows);
}

/** @param {number | null} value */
const exponential = (value) => (value === null ? "–" : value.toExponential(1));

/**
 * The numbers of a check without a picture of its own.
 * @param {Answered<MeasuredAnswer[]>[]} found
 * @returns {HTMLDivElement}
 */
function measuredTable(found) {
  const rows = found.flatMap(({ pair: { label }, answer }) =>
    answer.map(({ metric, setting, value, reason }) => [label, metric, setting, number(value), reason]),
  );
  return table(["Map", "measure", "setting", "value", ""], rows);
}
