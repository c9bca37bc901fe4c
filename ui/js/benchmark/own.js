// "Bring your own": an archive of heat maps, by click or drop, and what was said about it.
import { destination } from "../device/destination.js";
import { DestinationNote } from "../device/note.js";
import { make } from "../dom.js";
import { brought } from "../files/brought.js";
import { truthWords } from "./readers.js";

/**
 * @import { OwnElsewhere, OwnMethod } from "../messages.d.ts"
 * @import { OwnNames } from "./own_names.js"
 */

const HOW =
  "One file a case and finding: CASE/FINDING.npy or CASE_FINDING.npy; also .npz (an array called map, and " +
  "probability if you have it), .safetensors and grey .png. Maps may have any size: each is stretched over the " +
  "whole radiograph, larger values mean more important. A case without a map counts as one on which nothing is marked.";

export class OwnMaps {
  toggle = make("button", { type: "button", class: "plain", on: { click: () => brought.show(!brought.shown) } });
  /** @type {ReturnType<OwnMaps["fieldOf"]>[]} */
  fields = [];

  /**
   * @param {string} limit
   * @param {string} counted why none is taken where this device is chosen
   * @param {OwnNames} names
   * @param {{ onFile(file: File): void, onName(): void }} listeners called with a file, and when names have changed
   */
  constructor(limit, counted, names, { onFile, onName }) {
    this.names = names;
    this.onFile = onFile;
    this.onName = onName;
    brought.addEventListener("names", () => this.sayNames());
    this.input = make("input", {
      type: "file",
      accept: ".zip,application/zip",
      class: "sr-only",
      on: { change: () => this.take(this.input.files) },
    });
    const label = make(
      "label",
      { class: "drop" },
      this.input,
      make("span", { text: "Compare your own heat maps…" }),
      make("small", { text: `Choose or drop a ZIP archive, at most ${limit}` }),
    );
    this.how = make(
      "details",
      {},
      make("summary", { text: "What the archive holds" }),
      make("p", {
        text: HOW,
      }),
      make("p", {
        text: "Your maps are seen in this visit only and deleted from the server's disk as soon as they are read.",
      }),
    );
    const where = new DestinationNote(() => {
      const here = destination.chosen === "device";
      this.input.disabled = here;
      return { words: here ? counted : "", offered: ["host"] };
    });
    this.notes = make("div", { class: "notes" });
    this.called = make("div", { class: "called", hidden: true }, this.toggle);
    this.element = make(
      "section",
      { class: "panel own", "aria-label": "Your own heat maps" },
      make("h3", { text: "Bring your own" }),
      where.element,
      label,
      this.how,
      this.called,
      this.notes,
    );
  }

  /** @param {FileList | null | undefined} files */
  take(files) {
    if (files?.length) this.onFile(files[0]);
    this.input.value = "";
  }

  /**
   * @param {OwnMethod[]} own
   * @param {OwnElsewhere[]} elsewhere counted against other readers than are shown
   */
  show(own, elsewhere) {
    this.setFields(own.map(({ name }) => name));
    this.called.hidden = !own.length;
    this.sayLabels();
    const others = elsewhere.map(({ name, readers }) => {
      const truth = truthWords(readers);
      return { name, notes: [`Counted against another truth, ${truth}: choose it above, or bring the archive again.`] };
    });
    this.notes.replaceChildren(
      ...[...own, ...others]
        .filter(({ notes }) => notes.length)
        .map(({ name, notes }) =>
          make("div", {}, make("strong", { text: name }), make("ul", {}, ...notes.map((text) => make("li", { text })))),
        ),
    );
  }

  /**
   * A field for each name. What stays is left where it is: put in again, it would lose the press under way on it.
   * @param {string[]} names
   */
  setFields(names) {
    const before = new Map(this.fields.map((field) => [field.name, field]));
    this.fields = names.map((name) => before.get(name) ?? this.fieldOf(name));
    for (const [name, { label }] of before) if (!names.includes(name)) label.remove();
    this.toggle.before(...this.fields.flatMap(({ name, label }) => (before.has(name) ? [] : label)));
  }

  /**
   * A field for the name of one method.
   * @param {string} name
   */
  fieldOf(name) {
    const control = make("input", { type: "text", maxlength: 40, placeholder: name });
    control.addEventListener("change", () => {
      this.names.call(name, control.value);
      this.sayNames();
    });
    const label = make("label", { class: "field" }, make("span", { text: `Name of ${name}` }), control);
    return { name, control, label };
  }

  /** Names have changed. */
  sayNames() {
    this.sayLabels();
    this.onName();
  }

  sayLabels() {
    for (const { name, control } of this.fields) control.value = this.names.labelOf(name);
    this.toggle.textContent = brought.shown ? "Hide file names" : "Show file names";
    this.toggle.setAttribute("aria-pressed", String(brought.shown));
  }
}
