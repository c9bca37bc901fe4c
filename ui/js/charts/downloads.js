// A chart as a file, with its title and a legend, which on the page stand beside it.
import { filled } from "./figures.js";

/** @import { Figure, Plotly, Words } from "./types.d.ts" */

// The letters of the two buttons, in plotly's form: it takes pictures alone.
const LETTERS = {
  P: "M0 70V0H30A21 21 0 0 1 30 42H12V70ZM12 31H28A10 10 0 0 0 28 11H12Z",
  N: "M0 70V0H13L40 48V0H52V70H39L12 22V70Z",
  G: "M58 18A32 36 0 1 0 58 56V32H32V43H46V52A21 25 0 1 1 49 24Z",
  S: "M46 14A26 21 0 0 0 0 19C0 40 36 34 36 50S14 62 8 50L0 57C10 76 48 75 48 50S12 34 12 19 32 8 37 21Z",
  V: "M0 0H13L29 54L45 0H58L36 70H22Z",
};

/** @param {("P" | "N" | "G" | "S" | "V")[]} letters */
function icon(letters) {
  const parts = letters.map((one, i) => `<path transform="translate(${68 * i} 0)" d="${LETTERS[one]}"/>`).join("");
  return { svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 196 72">${parts}</svg>` };
}

/**
 * The buttons of a chart's bar.
 * @param {(format: "png" | "svg") => void} save
 */
export function buttons(save) {
  const button = (/** @type {"png" | "svg"} */ format, /** @type {ReturnType<typeof icon>} */ picture) => ({
    name: format,
    title: `Download the chart as ${format.toUpperCase()}`,
    icon: picture,
    click: () => save(format),
  });
  return [[button("png", icon(["P", "N", "G"])), button("svg", icon(["S", "V", "G"]))]];
}

/**
 * @param {Plotly} plotly
 * @param {Figure} figure as it stands on the page
 * @param {string} title of it
 * @param {number} width in pixels
 * @param {Words} colours of the page now
 * @param {"png" | "svg"} format
 */
export function download(plotly, figure, title, width, colours, format) {
  const { layout } = figure;
  const height = (layout.height ?? 300) + 90;
  const head = {
    text: title,
    x: 0,
    xref: "paper",
    xanchor: "left",
    y: 0.97,
    yanchor: "top",
    font: { size: 15, color: "@text" },
  };
  const further = {
    title: head,
    width,
    height,
    margin: { ...layout.margin, t: 46, b: 96 },
    paper_bgcolor: "@panel",
    showlegend: true,
    legend: { orientation: "h", x: 0, y: 0, yref: "container", yanchor: "bottom", font: { color: "@text" } },
  };
  const whole = filled({ data: figure.data, layout: { ...layout, ...further } }, colours);
  const filename = title
    .replace(/[^\p{L}\p{N}.+]+/gu, "-")
    .replace(/^-|-$/g, "")
    .toLowerCase();
  return plotly.downloadImage(whole, { format, filename, width, height, scale: 2 });
}
