// Icons of the toolbar: strokes in a 16×16 square, drawn in the colour of the text.
import { makeSvg } from "./dom.js";

/** @type {Record<string, string>} */
const PATHS = {
  pan:
    "M8 1.5v13M1.5 8h13M8 1.5 6.2 3.3M8 1.5l1.8 1.8M8 14.5l-1.8-1.8M8 14.5l1.8-1.8M1.5 8l1.8-1.8" +
    "M1.5 8l1.8 1.8M14.5 8l-1.8-1.8M14.5 8l-1.8 1.8",
  window: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 2v12M8 4.5h3.6M8 7h5M8 9.5h5M8 12h3.4",
  patches: "M2 2h12v12H2ZM6 2v12M10 2v12M2 6h12M2 10h12",
  draw: "M2.5 13.5 3.4 10 11 2.4l2.6 2.6L6 12.6ZM9.4 4l2.6 2.6",
  fit: "M2 5.5V2h3.5M10.5 2H14v3.5M14 10.5V14h-3.5M5.5 14H2v-3.5",
  actual: "M3 5l1.7-1.2V12M3 12h3.4M8.2 6.4v.1M8.2 10.6v.1M10.2 5l1.7-1.2V12M10.2 12h3.4",
  "model-view": "M1.5 3.5h13v9h-13ZM5 3.5v9M11 3.5v9M7 6.5l1-1 1 1M8 5.5v5",
  ruler: "M1.5 10.5 10.5 1.5 14.5 5.5 5.5 14.5ZM4 8l1.5 1.5M6.2 5.8l2 2M8.5 3.5 10 5",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  invert: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 3v10M9.5 3.2v9.6M11 4v8M12.5 5.5v5",
  reset: "M3 8a5 5 0 1 1 1.6 3.7M3 4.5V8h3.5",
  panes: "M2 2.5h12v11H2ZM8 2.5v11M2 8h12",
  "layout-all": "M2 2.5h12v11H2ZM6 2.5v11M10 2.5v11M2 8h12",
  "layout-one": "M2 2.5h12v11H2ZM10.5 2.5v11M10.5 6.2H14M10.5 9.8H14",
  "layout-two": "M2 2.5h12v11H2ZM7 2.5v11M12 2.5v11",
  "layout-grid":
    "M2 2.5h3.4V6H2ZM6.3 2.5h3.4V6H6.3ZM10.6 2.5H14V6h-3.4ZM2 8.2h3.4M6.3 8.2h3.4M10.6 8.2H14" +
    "M2 10.6h3.4M6.3 10.6h3.4M10.6 10.6H14M2 13h2M6.3 13h2M10.6 13h2",
  sheet: "M2 9.5h12M2 12.5h12M8 2v4.5M5.8 4.6 8 6.8l2.2-2.2",
  display:
    "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8Z" + "M8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6Z",
  expand: "M9.5 2H14v4.5M14 2 9.3 6.7M6.5 14H2V9.5M2 14l4.7-4.7",
  shrink: "M14 6.5H9.5V2M9.5 6.5 14 2M2 9.5h4.5V14M6.5 9.5 2 14",
  cross: "M8 1.5v4.5M8 10v4.5M1.5 8H6M10 8h4.5",
  agree: "M6 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z",
  link:
    "M6.7 9.3 9.3 6.7M7.6 4.6l1.2-1.2a2.7 2.7 0 0 1 3.8 3.8l-1.2 1.2" +
    "M8.4 11.4l-1.2 1.2a2.7 2.7 0 0 1-3.8-3.8l1.2-1.2",
  gear:
    "M2 4.5h6.5M11.5 4.5H14M2 11.5h2.5M7.5 11.5H14M8.5 4.5a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0Z" +
    "M4.5 11.5a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0Z",
  picture: "M8 2v8M4.8 7 8 10.2 11.2 7M2.5 11v2.5h11V11",
  help: "M5.8 6.1a2.2 2.2 0 1 1 3.2 2c-.7.3-1 .8-1 1.6M8 12.2v.2",
  "eye-off": "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM3 13.5 13 2.5",
  up: "M8 13V3.5M4 7.3 8 3.3l4 4",
  down: "M8 3v9.5M4 8.7l4 4 4-4",
};

/**
 * An icon by name; decorative, so the button that holds it has a label of its own.
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function makeIcon(name) {
  return makeSvg(
    "svg",
    { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" },
    makeSvg("path", { d: PATHS[name] ?? PATHS.draw }),
  );
}
