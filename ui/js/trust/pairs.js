// Which maps are checked: every method on every model that it can explain, in groups by model.
import { make } from "../dom.js";

/** @import { MapPair, Opinion } from "../messages.d.ts" */

export class Pairs {
  /** @type {MapPair[]} */
  all = [];
  /** @type {Map<string, boolean>} */
  said = new Map(); // what the visitor has chosen or left out, by name
  /** @type {Set<string>} */
  silent = new Set(); // keys of models that do not predict the finding
  element = make("div", { class: "pairs", role: "group", "aria-label": "Maps to check" });

  /** @param {() => void} onChange called when the choice changes. */
  constructor(onChange) {
    this.onChange = onChange;
  }

  /**
   * @param {MapPair[]} pairs [{name, label, method, model, shown, checks}]; those that Explore shows are chosen at
   *   first.
   * @param {Opinion[]} opinions of the models, see opinions.js
   * @param {string} finding its name
   * @param {number} index its place.
   */
  update(pairs, opinions, finding, index) {
    this.all = pairs;
    this.silent = new Set(opinions.filter(({ raw }) => raw[index] === null).map(({ key }) => key));
    const groups = opinions.map((model) =>
      this.group(
        model,
        pairs.filter((pair) => pair.model === model.key),
        finding,
      ),
    );
    this.element.replaceChildren(make("span", { text: "Maps to check" }), ...groups.filter((group) => group !== null));
  }

  /**
   * @param {Opinion} model
   * @param {MapPair[]} pairs
   * @param {string} finding
   * @returns {HTMLFieldSetElement | null}
   */
  group({ key, label }, pairs, finding) {
    if (!pairs.length) return null;
    const silent = this.silent.has(key);
    const boxes = pairs.map((pair) => {
      const box = make("input", {
        type: "checkbox",
        disabled: silent,
        on: {
          change: () => {
            this.said.set(pair.name, box.checked);
            this.onChange();
          },
        },
      });
      box.checked = !silent && this.wanted(pair);
      return make("label", {}, box, make("span", { text: pair.method }));
    });
    return make(
      "fieldset",
      { "data-model": key },
      make("legend", { text: label }),
      ...boxes,
      silent ? make("small", { class: "note", text: `${finding} is not predicted` }) : null,
    );
  }

  /**
   * @param {MapPair} pair
   * @returns {boolean}
   */
  wanted(pair) {
    return this.said.get(pair.name) ?? pair.shown;
  }

  /**
   * The pairs that are chosen and whose models speak of the finding.
   * @returns {MapPair[]}
   */
  get chosen() {
    return this.all.filter((pair) => this.wanted(pair) && !this.silent.has(pair.model));
  }
}
