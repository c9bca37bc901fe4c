// The numbers shown, as CSV, Markdown or LaTeX, with the settings they were made with.
import { METRIC_KEYS, METRICS, number } from "./words.js";

/** @import { Estimate, Metric, ShownTable, Skill } from "../types.d.ts" */

/**
 * @param {ShownTable} shown {settings: [[name, value]], findings, methods: [label], metric, estimates(metric):
 *   [m][row], thresholds: [m][row], published, skill}.
 * @returns {string}
 */
export function csv(shown) {
  const head = shown.settings.map(([name, value]) => `# ${name}: ${value}`);
  const columns = ["metric", "method", "finding", "value", "low", "high", "n", "threshold", "published"];
  columns.push("skill", "skill_low", "skill_high", "best_floor");
  const rows = METRIC_KEYS.flatMap((metric) =>
    shown.methods.flatMap((method, m) =>
      shown.rows.map((finding, row) => {
        const { value, low, high, n } = shown.estimates(metric)[m][row];
        const skill = shown.skill(m, row, metric);
        return [
          metric,
          method,
          finding,
          plain(value),
          plain(low),
          plain(high),
          n,
          shown.threshold(m, row, metric),
          plain(shown.published(m, row, metric)),
          plain(skill?.value),
          plain(skill?.low),
          plain(skill?.high),
          skill ? shown.methods[skill.floor] : "",
        ];
      }),
    ),
  );
  return `${[...head, columns.join(","), ...rows.map((row) => row.map(quoted).join(","))].join("\n")}\n`;
}

/**
 * @param {number | null | undefined} value
 * @returns {string}
 */
function plain(value) {
  return value === null || value === undefined || Number.isNaN(value) ? "" : String(value);
}

/**
 * A CSV field; a name that a spreadsheet would take for a formula is made text.
 * @param {string | number} value
 * @returns {string}
 */
function quoted(value) {
  const text = /^[=+@-]/.test(String(value)) && Number.isNaN(Number(value)) ? `'${value}` : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * @param {ShownTable} shown
 * @returns {string}
 */
export function markdown(shown) {
  const head = shown.settings.map(([name, value]) => `- ${name}: ${value}`);
  /** @param {string} text */
  const escape = (text) => text.replace(/[|\\`*_<>[\]]/g, "\\$&");
  /** @param {Metric} metric */
  const table = (metric) => [
    `## ${METRICS[metric].label}`,
    "",
    `| Finding | ${shown.methods.map(escape).join(" | ")} |`,
    `|:--|${":--|".repeat(shown.methods.length)}`,
    ...shown.rows.map(
      (finding, row) =>
        `| ${[finding, ...shown.methods.map((_, m) => cell(shown.estimates(metric)[m][row]))].join(" | ")} |`,
    ),
    "",
    ...skills(shown, metric),
  ];
  return [
    "# Localization",
    "",
    ...head,
    "",
    "Each cell: mean (95 % interval), n. The mean is over findings; its n is the sum.",
    "",
    ...METRIC_KEYS.flatMap(table),
  ].join("\n");
}

/**
 * A table of skills, findings down; nothing without floors.
 * @param {ShownTable} shown
 * @param {Metric} metric
 * @returns {string[]}
 */
function skills(shown, metric) {
  const all = shown.rows.map((_, row) => shown.methods.map((_method, m) => shown.skill(m, row, metric)));
  const columns = [...shown.methods.keys()].filter((m) => all.some((found) => found[m]));
  if (!columns.length) return [];
  const lines = shown.rows.map((finding, row) => {
    const floor = all[row].find((one) => one)?.floor;
    const cells = columns.map((m) => between(all[row][m]));
    return `| ${[finding, floor === undefined ? "–" : shown.methods[floor], ...cells].join(" | ")} |`;
  });
  return [
    `### Skill in ${METRICS[metric].label}: (score − best floor) / (ceiling − best floor)`,
    "",
    `| Finding | Best floor | ${columns.map((m) => shown.methods[m]).join(" | ")} |`,
    `|:--|:--|${":--|".repeat(columns.length)}`,
    ...lines,
    "",
  ];
}

/**
 * @param {Skill | null} skill
 * @returns {string}
 */
function between(skill) {
  return skill ? `${number(skill.value)} (${number(skill.low)} to ${number(skill.high)})` : "–";
}

/**
 * @param {Estimate} estimate
 * @returns {string}
 */
function cell({ value, low, high, n }) {
  return n ? `${number(value)} (${number(low)}–${number(high)}), ${n}` : "–";
}

/** @type {Record<string, string>} */
const SIGNS = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "×": "$\\times$" };

/**
 * @param {ShownTable} shown
 * @returns {string}
 */
export function latex(shown) {
  /** @param {string} text */
  const escape = (text) => text.replace(/[\\&%$#_{}~^×]/g, (sign) => SIGNS[sign] ?? `\\${sign}`);
  const head = shown.settings.map(([name, value]) => `% ${name}: ${value}`);
  /** @param {Metric} metric */
  const block = (metric) => [
    "\\midrule",
    `\\multicolumn{${shown.methods.length + 1}}{l}{\\emph{${escape(METRICS[metric].label)}}} \\\\`,
    ...shown.rows.map((finding, row) => {
      const cells = shown.methods.map((_, m) => texCell(shown.estimates(metric)[m][row]));
      return `${[escape(finding), ...cells].join(" & ")} \\\\`;
    }),
  ];
  return [
    ...head,
    `\\begin{tabular}{l${"l".repeat(shown.methods.length)}}`,
    "\\toprule",
    `${["Finding", ...shown.methods.map(escape)].join(" & ")} \\\\`,
    ...METRIC_KEYS.flatMap(block),
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

/**
 * @param {Estimate} estimate
 * @returns {string}
 */
function texCell({ value, low, high, n }) {
  return n ? `${value.toFixed(3)} [${texNumber(low)}, ${texNumber(high)}] ($n$ ${n})` : "--";
}

/**
 * @param {number} value
 * @returns {string}
 */
function texNumber(value) {
  return Number.isNaN(value) ? "--" : value.toFixed(3);
}

/**
 * Hand a text to the browser as a file.
 * @param {string} name
 * @param {string} text
 * @param {string} type
 */
export function save(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
