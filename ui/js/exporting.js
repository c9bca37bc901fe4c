// Take it along: a menu of the files that can be had of the open case, as it is shown.
import { download } from "./drawing/session.js";
import { make } from "./dom.js";
import { Menu } from "./menu.js";
import { Snapshot } from "./snapshot.js";

const KINDS = {
  pdf: ["PDF report", "One page: radiograph, maps, probabilities, scores, models and settings"],
  json: ["Numbers, JSON", "Everything that is needed to make the same again, but for the maps"],
  csv: ["Numbers, CSV", "A row for each map, finding and mask"],
  npz: ["Maps, .npz", "All maps, signed, as NumPy arrays (14, h, w)"],
  coco: ["Drawings, COCO JSON", "What you drew or loaded, in pixels of the original"],
  chexlocalize: ["Drawings, CheXlocalize JSON", "The same as CheXlocalize's segmentations: one region a finding"],
};
const DRAWINGS = ["coco", "chexlocalize"];
const [MOST_DRAWINGS, MOST_POINTS, REACH] = [20, 20_000, [-2048, 2560]]; // as ui/exports/request.py takes them
const PATIENCE = 90_000; // milliseconds after which an answer is no longer expected

export class Exports {
  constructor(viewer) {
    Object.assign(this, { viewer, key: "exports", wanted: null });
    viewer.exports = this;
    this.snapshot = new Snapshot(viewer);
    this.menu = new Menu({
      icon: "picture",
      label: "Export",
      text: "Export",
      shortcut: "E",
      help: "picture, report, numbers, maps and drawings",
    });
    const row = ([text, help], run) =>
      make("button", {
        type: "button",
        class: "plain",
        text,
        title: help,
        on: {
          click: () => {
            this.menu.toggle(false);
            this.menu.button.focus();
            run();
          },
        },
      });
    this.rows = Object.fromEntries(
      Object.entries(KINDS).map(([what, words]) => [what, row(words, () => this.ask(what))]),
    );
    this.menu.panel.append(
      row(["Picture of the panes, PNG", "The panes as they are seen (S)"], () => this.picture()),
      ...Object.values(this.rows),
    );
    this.menu.button.addEventListener("click", () => this.offer());
    viewer.tools.group("Take along").append(this.menu.element);
    viewer.keys.add({ key: "s", help: "Save the panes as they are seen, as PNG", run: () => this.picture() });
    viewer.keys.add({
      key: "e",
      help: "Export: picture, report, numbers, maps, drawings",
      run: () => {
        this.menu.toggle();
        this.offer();
        this.menu.panel.querySelector("button").focus();
      },
    });
  }

  feature(key) {
    return this.viewer.features.find((feature) => feature.key === key);
  }

  get drawings() {
    return this.viewer.content.case ? this.feature("annotations").toExport() : [];
  }

  /** Drawings can be had where there are any. */
  offer() {
    for (const what of DRAWINGS) this.rows[what].disabled = !this.drawings.length;
  }

  /** Whether the models' opinion may be seen: in a second read, the reader's own comes first. */
  get allowed() {
    const hidden = this.viewer.element.classList.contains("unread");
    if (hidden) this.viewer.say("Record your own reading first: this would show what the models say.");
    return !hidden;
  }

  picture() {
    if (this.allowed) this.snapshot.save();
  }

  /** Ask the server for a file of what is on show. */
  ask(what) {
    const { viewer } = this;
    if (!viewer.content.case || (!DRAWINGS.includes(what) && !this.allowed)) return;
    viewer.header.showError("");
    if (this.drawings.length > MOST_DRAWINGS)
      return viewer.header.showError(
        `Expected at most ${MOST_DRAWINGS} drawings to export, found ${this.drawings.length}; delete some.`,
      );
    this.wait({ what, name: KINDS[what][0] });
    viewer.send.export({ what, state: this.state() });
  }

  /** The viewer as it is shown, for the server: see ui/exports/request.py. */
  state() {
    const { viewer } = this;
    const { settings, config, finding, view, patchModel } = viewer;
    const { panes } = viewer;
    const drawn = panes.filter((pane) => pane.signed);
    const annotations = this.drawings.map((one) => ({
      ...one,
      name: one.name.slice(0, 100),
      polygons: acceptable(one.polygons) ? one.polygons : [],
    }));
    return {
      finding: config.findings[finding],
      ...(panes.length ? { methods: panes.map((pane) => pane.key) } : {}),
      threshold: settings.threshold,
      threshold_mode: settings.mode,
      levels:
        settings.mode === "range" ? {} : Object.fromEntries(drawn.map((pane) => [pane.key, viewer.levelOf(pane)])),
      limits: Object.fromEntries(drawn.filter((pane) => pane.limit > 0).map((pane) => [pane.key, pane.limit])),
      opacity: settings.opacity,
      hide: settings.hide,
      palette: settings.scheme,
      window: this.feature("window").state,
      annotations,
      switched_off: this.feature("patches").off,
      patch_model: patchModel?.key ?? "",
      settings: { ...settings, view_x: view.x, view_y: view.y, view_size: view.size },
    };
  }

  wait(wanted) {
    clearTimeout(this.timer);
    this.wanted = wanted;
    this.menu.button.setAttribute("aria-busy", String(wanted !== null));
    if (!wanted) return;
    this.viewer.say(`${wanted.name}: being made…`, PATIENCE);
    this.timer = setTimeout(() => {
      this.wait(null);
      this.viewer.header.showError(
        `${wanted.name}: expected it within ${PATIENCE / 1000} seconds, and no answer came; try again.`,
      );
    }, PATIENCE);
  }

  /** The server's answer to `ask`; an error is said by the viewer, and ends the waiting. */
  onMessage({ download: file, error }) {
    if (!this.wanted || (!file && !error)) return;
    const { what } = this.wanted;
    this.wait(null);
    this.viewer.say(file ? `Saved ${file.name}` : "");
    if (!file) return;
    if (DRAWINGS.includes(what)) this.feature("annotations").keepSaved();
    download(file.name, file.file.url);
  }
}

/** Whether the server takes these polygons; the pixels say the same. */
function acceptable(polygons) {
  const points = polygons.flat();
  return (
    polygons.length <= 200 &&
    points.length * MOST_DRAWINGS <= MOST_POINTS &&
    points.flat().every((value) => value >= REACH[0] && value <= REACH[1])
  );
}
