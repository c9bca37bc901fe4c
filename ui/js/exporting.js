// Take it along: a menu of the files that can be had of the open case, as it is shown.
import { download } from "./drawing/session.js";
import { byKey, make } from "./dom.js";
import { isFloor } from "./floors.js";
import { Menu } from "./menu.js";
import { Snapshot } from "./snapshot.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Answer, DrawingState, ExportRequest, ViewerState } from "./messages.d.ts"
 * @import { Place } from "./types.d.ts"
 */

/** @typedef {ExportRequest["what"]} FileKind */

/** @type {Record<FileKind, [string, string]>} */
const KINDS = {
  pdf: ["PDF report", "One page: radiograph, maps, probabilities, scores, models and settings"],
  json: ["Numbers, JSON", "Everything needed to make the same again, except the maps"],
  csv: ["Numbers, CSV", "A row for each map, finding and mask"],
  npz: ["Maps, .npz", "All maps, signed, as NumPy arrays (14, h, w)"],
  coco: ["Drawings, COCO JSON", "What you drew or loaded, in pixels of the original"],
  chexlocalize: ["Drawings, CheXlocalize JSON", "The same as CheXlocalize's segmentations: one region per finding"],
  dicom: ["DICOM results, ZIP", "Picture, segmentations and report that go back into the study; they name the patient"],
  "dicom-fractional": ["DICOM results with whole maps, ZIP", "The same, FRACTIONAL (Weasis, 3D Slicer)"],
};
const PANES = "The panes as they are seen (S)";
/** @type {FileKind[]} */
const DRAWINGS = ["coco", "chexlocalize"];
/** @type {FileKind[]} */
const TOLD = ["pdf", "json", "csv", "npz"]; // these hold what the models say
/** @type {FileKind[]} */
const DICOM = ["dicom", "dicom-fractional"]; // of a DICOM upload alone, and where the host allowed it
const [MOST_DRAWINGS, MOST_POINTS, REACH] = [20, 20_000, [-2048, 2560]]; // as ui/exports/request.py takes them
const FIRST = "Record your own reading first: this would show what the models say.";
const PATIENCE = 90_000; // milliseconds after which an answer is no longer expected
const LONG = 20_000; // milliseconds that a toast stays which says why something is missing

export class Exports {
  key = "exports";
  /** @type {{ what: FileKind, name: string } | null} */
  wanted = null; // the file that was asked for
  /** @type {number | undefined} */
  timer = undefined;
  menu = new Menu({
    icon: "picture",
    label: "Export",
    text: "Export",
    shortcut: "E",
    help: "picture, report, numbers, maps and drawings",
  });
  panes = this.makeItem("Picture of the panes, PNG", PANES, () => this.picture());
  rows = {
    pdf: this.makeRow("pdf"),
    json: this.makeRow("json"),
    csv: this.makeRow("csv"),
    npz: this.makeRow("npz"),
    coco: this.makeRow("coco"),
    chexlocalize: this.makeRow("chexlocalize"),
    dicom: this.makeRow("dicom"),
    "dicom-fractional": this.makeRow("dicom-fractional"),
  };

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.snapshot = new Snapshot(viewer);
    this.menu.panel.append(this.panes, ...(viewer.isLacking("export") ? [] : Object.values(this.rows)));
    this.menu.button.addEventListener("click", () => this.offer());
    viewer.tools.group("Save and share").append(this.menu.element);
    const group = "Page";
    viewer.keys.add({ key: "s", help: "Save the panes as they are seen, as PNG", group, run: () => this.picture() });
    const help = "Export: picture, report, numbers, maps, drawings";
    viewer.keys.add({ key: "e", help, group, run: () => this.open() });
  }

  /**
   * @param {FileKind} what
   * @returns {HTMLButtonElement}
   */
  makeRow(what) {
    const [text, help] = KINDS[what];
    return this.makeItem(text, help, () => this.ask(what));
  }

  /**
   * @param {string} text
   * @param {string} title
   * @param {() => void} run
   * @returns {HTMLButtonElement}
   */
  makeItem(text, title, run) {
    const click = () => {
      this.menu.toggle(false);
      this.menu.button.focus();
      run();
    };
    return make("button", { type: "button", class: "plain", text, title, on: { click } });
  }

  open() {
    this.menu.toggle();
    this.offer();
    /** @type {HTMLElement | null} */ (this.menu.panel.querySelector("button:enabled"))?.focus();
  }

  /** @returns {DrawingState[]} */
  get drawings() {
    return this.viewer.content.case ? this.viewer.feature("annotations").toExport() : [];
  }

  /**
   * Drawings can be had where there are any, results for an archive where it can be known what they belong to, and
   * what shows the models' opinion once it may be seen.
   */
  offer() {
    const { blind } = this.viewer;
    for (const what of TOLD) Object.assign(this.rows[what], { disabled: blind, title: blind ? FIRST : KINDS[what][1] });
    Object.assign(this.panes, { disabled: blind, title: blind ? FIRST : PANES });
    for (const what of DICOM) this.rows[what].hidden = !this.viewer.content.case?.dicom_results;
    for (const what of DRAWINGS) this.rows[what].disabled = !this.drawings.length;
  }

  /**
   * Whether the models' opinion may be seen: in a second read, the reader's own comes first.
   * @returns {boolean}
   */
  get allowed() {
    const { blind } = this.viewer;
    if (blind) this.viewer.say(FIRST);
    return !blind;
  }

  picture() {
    if (this.allowed) this.snapshot.save();
  }

  /**
   * Ask the server for a file of what is on show.
   * @param {FileKind} what
   */
  ask(what) {
    const { viewer } = this;
    if (!viewer.content.case || (!DRAWINGS.includes(what) && !this.allowed)) return;
    viewer.header.showError("");
    if (this.drawings.length > MOST_DRAWINGS) {
      const found = `found ${this.drawings.length}; delete some.`;
      return viewer.header.showError(`Expected at most ${MOST_DRAWINGS} drawings to export, ${found}`);
    }
    this.wait({ what, name: KINDS[what][0] });
    viewer.send.export({ what, state: this.state() });
  }

  /**
   * The viewer as it is shown, for the server: see ui/exports/request.py.
   * @returns {ViewerState}
   */
  state() {
    const { viewer } = this;
    const { settings, view, panes } = viewer;
    const { maps, prices } = viewer.content;
    const methods = panes.filter((pane) => !isFloor(pane) && (maps?.[pane.key] || !prices?.[pane.key]));
    const drawn = methods.filter((pane) => pane.signed);
    const floors = panes.filter((pane) => isFloor(pane) && pane.signed);
    const levelled = settings.mode === "range" ? [] : drawn;
    const limited = drawn.filter((pane) => pane.limit > 0);
    return {
      finding: viewer.findingName,
      ...(panes.length ? { methods: methods.map((pane) => pane.key) } : {}),
      threshold: settings.threshold,
      threshold_mode: settings.mode,
      levels: byKey(levelled, (pane) => viewer.levelOf(pane)),
      limits: byKey(limited, (pane) => pane.limit),
      opacity: settings.opacity,
      hide: settings.hide,
      palette: settings.scheme,
      window: viewer.feature("window").state,
      annotations: this.drawings.map(shortened),
      switched_off: viewer.feature("patches").off,
      patch_model: viewer.patchModel?.key ?? "",
      truth: viewer.truth.key,
      hidden_readers: [...viewer.feature("readers").hidden],
      gaze: viewer.feature("gaze").state,
      shown_anyway: viewer.insisted.has(viewer.content.case?.key ?? ""),
      statement: viewer.feature("statement").text,
      floors: byKey(floors, (pane) => viewer.levelOf(pane)),
      settings: { ...settings, view_x: view.x, view_y: view.y, view_size: view.size },
    };
  }

  /** @param {Exports["wanted"]} wanted */
  wait(wanted) {
    clearTimeout(this.timer);
    this.wanted = wanted;
    this.menu.button.setAttribute("aria-busy", String(wanted !== null));
    if (!wanted) return;
    this.viewer.say(`${wanted.name}: being made…`, PATIENCE);
    this.timer = setTimeout(() => {
      this.wait(null);
      const late = `expected it within ${PATIENCE / 1000} seconds, and no answer came; try again.`;
      this.viewer.header.showError(`${wanted.name}: ${late}`);
    }, PATIENCE);
  }

  /**
   * The server's answer to `ask`; an error is said by the viewer, and ends the waiting.
   * @param {Answer} answer
   */
  onAnswer({ download: file, error, note }) {
    const printed = this.wanted?.what === "pdf" && note; // by the browser, of a device that writes none
    if (!this.wanted || (!file && !error && !printed)) return;
    const { what } = this.wanted;
    this.wait(null);
    const words = [file ? `Saved ${file.name}` : "", note].filter(Boolean).join(". ");
    this.viewer.say(words, note ? LONG : undefined);
    if (!file) return;
    if (DRAWINGS.includes(what)) this.viewer.feature("annotations").keepSaved();
    download(file.name, file.file.url);
  }
}

/**
 * A drawing as the server takes it.
 * @param {DrawingState} drawing
 * @returns {DrawingState}
 */
function shortened(drawing) {
  const polygons = acceptable(drawing.polygons) ? drawing.polygons : [];
  return { ...drawing, name: drawing.name.slice(0, 100), polygons };
}

/**
 * Whether the server takes these polygons; the pixels say the same.
 * @param {Place[][]} polygons
 * @returns {boolean}
 */
function acceptable(polygons) {
  const points = polygons.flat();
  return (
    polygons.length <= 200 &&
    points.length * MOST_DRAWINGS <= MOST_POINTS &&
    points.flat().every((value) => value >= REACH[0] && value <= REACH[1])
  );
}
