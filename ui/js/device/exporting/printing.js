// The report that the browser prints, to paper or as a PDF: what the server's page tells, from the same numbers.
import { sentenceOf } from "../../assessment.js";
import { factsOf } from "./numbers.js";

/**
 * @import { Assessment } from "../../messages.d.ts"
 * @import { Report, ShownMap } from "./report.js"
 */

const STYLE = `
  @page { margin: 14mm; }
  body { font: 10pt/1.35 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; color: #111; background: #fff; }
  h1 { font-size: 14pt; margin: 0 0 2mm; } h2 { font-size: 11pt; margin: 5mm 0 1mm; break-after: avoid; }
  p { margin: 0 0 1.5mm; } .warning { font-weight: 600; } .small { font-size: 8pt; color: #444; }
  img { max-width: 100%; max-height: 110mm; display: block; margin: 2mm 0; print-color-adjust: exact; }
  table { border-collapse: collapse; font-size: 9pt; break-inside: avoid; }
  th, td { text-align: left; padding: 0.4mm 4mm 0.4mm 0; border-bottom: 0.2mm solid #ccc; } td { text-align: right; }
`;
const SCORES = /** @type {const} */ (["iou", "dice", "precision", "recall"]);

/**
 * The report as a page of its own.
 * @param {Report} report
 * @param {string} picture of the panes, as a data URL
 * @param {Date} [date]
 * @returns {string} HTML; nothing in it that a visitor wrote is taken for markup
 */
export function reportPage(report, picture, date = new Date()) {
  const { program, warning } = /** @type {{ program: string, warning: string }} */ (factsOf(report, date));
  const { case: item, state, opened } = report;
  const weights = opened.models.map(({ label, id, weights_sha256: hash }) => `${label}: ${id}, ${hash.slice(0, 12)}…`);
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(item.title)}</title>`,
    `<style>${STYLE}</style></head><body><h1>${escaped(item.title)} · ${escaped(state.finding)}</h1>`,
    paragraph(`${warning} ${program}, ${date.toISOString().slice(0, 16).replace("T", " ")} UTC`, "warning"),
    paragraph([item.facts, item.laid].filter(Boolean).join(" · ")),
    ...assessmentLines(report).map((line) => paragraph(line, "warning")),
    `<img alt="The panes as they are seen" src="${escaped(picture)}">`,
    state.statement && paragraph(state.statement),
    `<h2>Probabilities</h2>${probabilityTable(report)}`,
    `<h2>Maps of ${escaped(state.finding)}</h2>${scoreTable(report)}`,
    ...weights.map((line) => paragraph(line, "small")),
    ...item.warnings.map((line) => paragraph(line, "small")),
    "</body></html>",
  ].join("\n");
}

/**
 * Open the browser's print view with a page.
 * @param {string} page HTML
 * @returns {Promise<void>} once the view was opened; what was printed, nobody tells
 */
export async function printReport(page) {
  const frame = document.createElement("iframe");
  Object.assign(frame.style, { position: "fixed", width: "0", height: "0", border: "0" });
  frame.setAttribute("aria-hidden", "true");
  frame.srcdoc = page;
  const there = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
  document.body.append(frame);
  await there;
  const own = /** @type {Window} */ (frame.contentWindow);
  await Promise.all([...own.document.images].map((image) => image.decode().catch(() => {})));
  own.addEventListener("afterprint", () => frame.remove(), { once: true });
  own.focus();
  own.print();
}

/**
 * Whether what the models say can be read; models of which the same is true stand together.
 * @param {Report} report
 * @returns {string[]}
 */
function assessmentLines({ opened }) {
  /** @type {Map<string, string[]>} */
  const said = new Map();
  for (const { key, label } of opened.models) {
    /** @type {Assessment | undefined} */
    const found = opened.content.assessments[key];
    if (!found || found.state === "readable") continue;
    const sentence = sentenceOf(found);
    said.set(sentence, [...(said.get(sentence) ?? []), label]);
  }
  return [...said].map(([sentence, labels]) =>
    labels.length === opened.models.length ? sentence : `${labels.join(", ")}: ${sentence}`,
  );
}

/**
 * A row a finding, a column a model; a model that cannot assess the image has none.
 * @param {Report} report
 * @returns {string}
 */
function probabilityTable({ opened, probabilities }) {
  const models = opened.models.filter(
    ({ key }) => probabilities[key] && opened.content.assessments[key]?.state !== "not_assessable",
  );
  if (!models.length) return paragraph("No model can assess this image, so no probabilities stand here.");
  const rows = opened.findings.map((finding, i) => [
    finding,
    ...models.map(({ key }) => probabilityWords(probabilities[key][i])),
  ]);
  return table(["Finding", ...models.map(({ label }) => label)], rows);
}

/**
 * A row for each map and region that it is scored against.
 * @param {Report} report
 * @returns {string}
 */
function scoreTable(report) {
  const references = [...report.references(report.state.finding)];
  const rows = [...report.panes, ...report.floors].flatMap((shown) =>
    references.length
      ? references.map(([name, mask]) => [titleOf(report, shown), name, ...scoreCells(shown, mask)])
      : [[titleOf(report, shown), "nothing drawn", ...SCORES.map(() => "–")]],
  );
  return table(["Map", "Against", "IoU", "Dice", "Precision", "Recall"], rows);
}

/**
 * @param {ShownMap} shown
 * @param {Uint8Array} mask
 */
function scoreCells(shown, mask) {
  const scores = shown.scores(mask);
  return SCORES.map((name) => scores[name]?.toFixed(3) ?? "–");
}

/**
 * @param {Report} report
 * @param {ShownMap} shown
 */
function titleOf({ opened }, { name, map }) {
  const method = opened.methods.find(({ key }) => key === map?.method);
  const model = opened.models.find(({ key }) => key === map?.model);
  return method && model ? `${method.label}, ${model.label}` : name;
}

/**
 * Two decimals, and never certainty where there is none.
 * @param {number | null} value
 */
function probabilityWords(value) {
  if (value === null) return "n/p";
  if (value > 0 && value < 0.005) return "<0.01";
  return value >= 0.995 && value < 1 ? ">0.99" : value.toFixed(2);
}

/**
 * @param {string[]} heads
 * @param {string[][]} rows
 */
function table(heads, rows) {
  const head = heads.map((text) => `<th scope="col">${escaped(text)}</th>`).join("");
  const body = rows.map(([first, ...others]) => {
    const cells = others.map((text) => `<td>${escaped(text)}</td>`).join("");
    return `<tr><th scope="row">${escaped(first)}</th>${cells}</tr>`;
  });
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

/**
 * @param {string} text
 * @param {string} [kind]
 */
function paragraph(text, kind = "") {
  return `<p${kind && ` class="${kind}"`}>${escaped(text)}</p>`;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
