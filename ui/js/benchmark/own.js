// "Bring your own": an archive of heat maps, by click or drop, and what was said about it.
import { make } from "../dom.js";
import { truthWords } from "./readers.js";

/** @import { OwnElsewhere, OwnMethod } from "../messages.d.ts" */

const HOW =
  "One file a case and finding: CASE/FINDING.npy or CASE_FINDING.npy; also .npz (an array called map, and " +
  "probability if you have it), .safetensors and grey .png. Maps may have any size: each is stretched over the " +
  "whole radiograph, larger values mean more important. A case without a map counts as one on which nothing is marked.";

export class OwnMaps {
  /**
   * @param {string} limit
   * @param {(file: File) => void} onFile called with the file.
   */
  constructor(limit, onFile) {
    this.onFile = onFile;
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
    this.notes = make("div", { class: "notes" });
    this.element = make(
      "section",
      { class: "panel own", "aria-label": "Your own heat maps" },
      make("h3", { text: "Bring your own" }),
      label,
      this.how,
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
}
