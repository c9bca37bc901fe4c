// One column of the tables: a method (cached or the visitor's own), people, or a perfect map.
import { remember } from "../remember.js";
import { COLUMN, STEPS } from "./packed.js";
import { HUMAN_CEILING, oneReader } from "./readers.js";

/**
 * @import { Looks } from "../looks.js"
 * @import { ResultName } from "../messages.d.ts"
 * @import { BoardMethod, Detail, Marking, MethodKind, Metric, Packed, TunedThresholds } from "../types.d.ts"
 */

/** What is known of a map and a mask, as evaluation/cohort_curves.py numbers it. */
export const STATE = {
  UNMARKED: 0,
  MARKED: 1,
  DRAWN: 2,
  BLANK: 3,
  MISSING_DRAWN: 4,
  MISSING: 5,
  NO_ENTRY: 6,
  UNUSABLE: 7,
  OTHER: 8,
  UNPREDICTED: 9,
};
/** In the names of floors that know what a model says of the radiograph. */
export const KNOWS = "probability (";
const MAPPED = [STATE.UNMARKED, STATE.MARKED, STATE.DRAWN, STATE.BLANK];
const LACKING = [STATE.MISSING_DRAWN, STATE.MISSING, STATE.UNUSABLE, STATE.UNPREDICTED];
const WORDS = [
  "nothing marked, nothing drawn",
  "marked, nothing drawn",
  "",
  "blank map",
  "no map of the case",
  "no map of the case",
  "no mask entry",
  "no usable map",
  "mask of another size",
];

/**
 * Where the drawn masks of each finding begin in the list of all: F + 1 numbers.
 * @param {Uint8Array} pairFinding
 * @param {number} findings
 * @returns {Int32Array}
 */
function startsOf(pairFinding, findings) {
  const starts = new Int32Array(findings + 1);
  for (const f of pairFinding) starts[f + 1]++;
  for (let f = 0; f < findings; f++) starts[f + 1] += starts[f];
  return starts;
}

/**
 * @typedef {object} MethodOptions
 * @property {string} key
 * @property {string} label
 * @property {MethodKind} kind
 * @property {number} look how it is drawn, see ../looks.js
 * @property {number} cases of the cohort
 */

/**
 * @typedef {object} MapsOptions
 * @property {Packed} packed the file that holds the method
 * @property {number} m where
 * @property {Int32Array} place for each case of the file, its number in the cohort
 * @property {TunedThresholds[] | null} tuned by finding
 * @property {number} findings
 */

/**
 * Scores by metric, then by finding: one a case; and what is said below the name.
 * @typedef {{ values: Record<Metric, Float64Array[]>, note?: string }} FixedOptions
 */

export class MapMethod {
  /** @type {true} */
  marks = true; // thresholds mark its maps
  note = ""; // what is said below its name
  /** @type {Map<number, Uint8Array | null>} */
  lacks = new Map(); // by finding, see `lacking`

  /** @param {MethodOptions & MapsOptions} options */
  constructor({ key, label, kind, look, packed, m, place, tuned, findings, cases }) {
    this.key = key;
    this.label = label;
    this.kind = kind;
    this.look = look;
    this.packed = packed;
    this.m = m;
    this.place = place;
    this.tuned = tuned;
    this.findings = findings;
    this.cases = cases;
    this.own = packed.about.cases.length;
    this.masks = packed.mask.length;
    this.columns = packed.shapes.above[2];
    this.starts = startsOf(packed.pair_finding, findings);
  }

  /**
   * The column of counts that a marking reads, which for tuned thresholds depends on the metric.
   * @param {Marking} marking
   * @param {Metric} metric
   * @param {number} f
   * @returns {number}
   */
  column(marking, metric, f) {
    const tuned = this.tuned?.[f];
    if (marking.kind === "fixed") return marking.step;
    if (marking.kind === "halving" && tuned) return metric === "iou_all" ? COLUMN.tuned_all : COLUMN.tuned_tp;
    if (marking.kind === "grid" && tuned) return Math.round(tuned.grid * STEPS);
    return COLUMN.otsu;
  }

  /**
   * The threshold in words: a number, or "Otsu".
   * @param {Marking} marking
   * @param {Metric} metric
   * @param {number} f
   * @returns {number}
   */
  threshold(marking, metric, f) {
    const column = this.column(marking, metric, f);
    if (column <= STEPS) return column / STEPS;
    if (column === COLUMN.otsu) return NaN;
    const { everything, tp } = this.tuned?.[f] ?? { everything: NaN, tp: NaN };
    return metric === "iou_all" ? everything : tp;
  }

  /**
   * @param {Marking} marking
   * @param {number} f
   * @returns {number}
   */
  cutoff(marking, f) {
    return marking.kind === "cutoffs" ? (this.tuned?.[f]?.cutoff ?? 0) : 0;
  }

  /**
   * @param {number} f
   * @param {number} c
   * @returns {number}
   */
  state(f, c) {
    return this.packed.states[(this.m * this.findings + f) * this.own + c];
  }

  /**
   * @param {number} f
   * @param {number} c
   * @returns {number}
   */
  probability(f, c) {
    return this.packed.probability[(this.m * this.findings + f) * this.own + c];
  }

  /**
   * Scores of a metric over the cohort's cases, NaN where undefined, into `out`.
   * @param {Metric} metric
   * @param {number} f
   * @param {Marking} marking
   * @param {Float64Array} out
   * @returns {Float64Array}
   */
  scores(metric, f, marking, out) {
    out.fill(NaN);
    if (metric === "hit") return this.hits(f, out);
    const everything = metric === "iou_all";
    const cutoff = this.cutoff(marking, f);
    if (everything) this.scoreUndrawn(f, cutoff, out);
    const { above, inside, mask, pair_case: pairCase } = this.packed;
    const column = this.column(marking, metric, f);
    for (let p = this.starts[f]; p < this.starts[f + 1]; p++) {
      const c = pairCase[p];
      if (everything && this.misses(f, c)) out[this.place[c]] = 0;
      if (this.state(f, c) !== STATE.DRAWN) continue;
      const at = (this.m * this.masks + p) * this.columns + column;
      const marked = this.probability(f, c) < cutoff ? 0 : above[at];
      if (marked) out[this.place[c]] = inside[at] / (marked + mask[p] - inside[at]);
      else if (everything) out[this.place[c]] = 0;
    }
    return out;
  }

  /**
   * @param {number} f
   * @param {number} cutoff
   * @param {Float64Array} out
   */
  scoreUndrawn(f, cutoff, out) {
    const base = (this.m * this.findings + f) * this.own;
    const { states, probability } = this.packed;
    for (let c = 0; c < this.own; c++) {
      const state = states[base + c];
      if (state === STATE.BLANK || state === STATE.MISSING_DRAWN) out[this.place[c]] = 0;
      else if (state === STATE.MARKED && !(probability[base + c] < cutoff)) out[this.place[c]] = 0;
    }
  }

  /**
   * @param {number} f
   * @param {Float64Array} out
   * @returns {Float64Array}
   */
  hits(f, out) {
    for (let p = this.starts[f]; p < this.starts[f + 1]; p++) {
      const c = this.packed.pair_case[p];
      out[this.place[c]] = this.misses(f, c) ? 0 : this.packed.hit[this.m * this.masks + p];
    }
    return out;
  }

  /**
   * Whether the method has no usable map of a case where the finding is drawn: then it has missed. A finding that its
   * model predicts on no case is none.
   * @param {number} f
   * @param {number} c
   * @returns {boolean}
   */
  misses(f, c) {
    const state = this.state(f, c);
    if (state === STATE.MISSING_DRAWN || state === STATE.UNUSABLE) return true;
    if (state !== STATE.UNPREDICTED) return false;
    const start = (this.m * this.findings + f) * this.own;
    return this.packed.states.subarray(start, start + this.own).some((one) => MAPPED.includes(one));
  }

  /**
   * For each case of the cohort 1 where the method has no usable map; null where it has all.
   * @param {number} f
   * @returns {Uint8Array | null}
   */
  lacking(f) {
    return remember(this.lacks, f, () => {
      const found = new Uint8Array(this.cases).fill(1);
      for (let c = 0; c < this.own; c++) {
        if (!LACKING.includes(this.state(f, c)) && this.place[c] >= 0) found[this.place[c]] = 0;
      }
      return found.includes(1) ? found : null;
    });
  }

  /**
   * What is to be said about one case: {state, share, probability, threshold, hit}.
   * @param {number} f
   * @param {number} c
   * @param {Marking} marking
   * @param {Metric} metric
   * @returns {Detail}
   */
  detail(f, c, marking, metric) {
    const own = this.place.indexOf(c);
    if (own < 0) return { why: "no map of the case", share: NaN, probability: NaN, threshold: NaN, hit: NaN };
    const { pair_case: pairCase, mask, pixels, otsu, hit } = this.packed;
    let p = -1;
    for (let q = this.starts[f]; q < this.starts[f + 1]; q++) if (pairCase[q] === own) p = q;
    const column = this.column(marking, metric, f);
    const at = this.m * this.masks + p;
    const threshold = p < 0 ? NaN : column === COLUMN.otsu ? otsu[at] : this.threshold(marking, metric, f);
    return {
      why: WORDS[this.state(f, own)],
      share: p < 0 ? 0 : mask[p] / pixels[p],
      probability: this.probability(f, own),
      threshold,
      hit: p < 0 ? NaN : hit[at],
    };
  }
}

/** Scores that no threshold changes: of people, of floors, or of perfect maps. */
export class FixedMethod {
  /** @type {false} */
  marks = false;

  /** @param {MethodOptions & FixedOptions} options */
  constructor({ key, label, kind, look, values, cases, note = "" }) {
    this.key = key;
    this.label = label;
    this.kind = kind;
    this.look = look;
    this.note = note;
    this.values = values;
    this.cases = cases;
  }

  /**
   * @param {Metric} metric
   * @param {number} f
   * @param {Marking} marking
   * @param {Float64Array} out
   * @returns {Float64Array}
   */
  scores(metric, f, marking, out) {
    out.set(this.values[metric][f]);
    return out;
  }

  /** @returns {number} */
  threshold() {
    return NaN;
  }

  /** @returns {number} */
  cutoff() {
    return 0;
  }

  detail() {
    return { why: "", share: NaN, probability: NaN, threshold: NaN, hit: NaN };
  }
}

/**
 * The methods of a cohort's file: those that were cached, then people, floors and perfect maps where there are any.
 * @param {Packed} packed
 * @param {Record<string, ResultName>} rows by the method's name: {label}
 * @param {Looks} looks gives each its look.
 * @returns {BoardMethod[]}
 */
export function methodsOf(packed, rows, looks) {
  const { about } = packed;
  const cases = about.cases.length;
  const findings = about.findings.length;
  const place = Int32Array.from({ length: cases }, (_, c) => c);
  /** @param {string} name */
  const tunedOf = (name) => {
    const tuned = about.tuned[name];
    return tuned ? about.findings.map((finding) => tuned[finding]) : null;
  };
  const cached = about.methods.map(
    (name, m) =>
      new MapMethod({
        key: name,
        label: rows[name].shown_masks ? `${rows[name].label} (shown masks)` : rows[name].label,
        kind: rows[name].shown_masks ? "comparator" : "cached",
        look: looks.of(name),
        packed,
        m,
        place,
        tuned: tunedOf(name),
        findings,
        cases,
      }),
  );
  return [
    ...cached,
    ...peopleOf(packed, looks),
    ...floorsOf(packed, findings, cases),
    ...ceilingsOf(packed, findings, cases),
  ];
}

/** Before the names of a visitor's own methods, in their keys. */
export const OWN = "own:";

/**
 * A visitor's own method, its cases found again among the cohort's.
 * @param {string} name
 * @param {Packed} packed
 * @param {Packed} cohort
 * @param {Looks} looks
 * @param {string} [label] what the page calls it
 * @returns {MapMethod}
 */
export function ownMethod(name, packed, cohort, looks, label = name) {
  const where = new Map(cohort.about.cases.map((id, c) => [id, c]));
  const place = Int32Array.from(packed.about.cases, (id) => where.get(id) ?? -1);
  return new MapMethod({
    key: OWN + name,
    label,
    kind: "own",
    look: looks.of(OWN + name),
    packed,
    m: 0,
    place,
    tuned: null,
    findings: cohort.about.findings.length,
    cases: cohort.about.cases.length,
  });
}

/**
 * The human benchmark, and one reader against the others.
 * @param {Packed} packed
 * @param {Looks} looks
 * @returns {FixedMethod[]}
 */
function peopleOf({ about, people }, looks) {
  const { findings, cases, readers } = about;
  return about.people.map((label, k) => {
    const values = metricsOf(people, 3 * k, findings.length, cases.length);
    const note = label === HUMAN_CEILING ? oneReader(readers?.chosen ?? "") : "radiologists";
    return new FixedMethod({
      key: label,
      label,
      kind: "human",
      look: looks.of(label),
      values,
      cases: cases.length,
      note,
    });
  });
}

/**
 * What never looks at the radiograph; the look is its place among these.
 * @param {Packed} packed
 * @param {number} findings
 * @param {number} cases
 * @returns {FixedMethod[]}
 */
function floorsOf(packed, findings, cases) {
  return packed.about.floors.map((name, k) => {
    const values = metricsOf(packed.floors, 3 * k, findings, cases);
    const note = name.includes(KNOWS) ? "knows whether, not where" : "looks at no image";
    return new FixedMethod({ key: name, label: name, kind: "floor", look: k, values, cases, note });
  });
}

/**
 * Scores by metric, finding and case from one array of all, beginning with the `first` of its metrics.
 * @param {Float64Array} all
 * @param {number} first
 * @param {number} findings
 * @param {number} cases
 * @returns {Record<Metric, Float64Array[]>}
 */
function metricsOf(all, first, findings, cases) {
  /** @param {number} k */
  const rows = (k) =>
    Array.from({ length: findings }, (_, f) => {
      const start = ((first + k) * findings + f) * cases;
      return all.subarray(start, start + cases);
    });
  return { hit: rows(0), iou_tp: rows(1), iou_all: rows(2) };
}

/**
 * @param {Packed} packed
 * @param {number} findings
 * @param {number} cases
 * @returns {FixedMethod[]}
 */
function ceilingsOf(packed, findings, cases) {
  const masks = packed.mask.length;
  const rows = packed.shapes.ceilings[0];
  return packed.about.resolutions.slice(0, rows).map((resolution, r) => {
    const nothing = () => Array.from({ length: findings }, () => new Float64Array(cases).fill(NaN));
    const best = nothing();
    for (let p = 0; p < masks; p++) best[packed.pair_finding[p]][packed.pair_case[p]] = packed.ceilings[r * masks + p];
    const values = { hit: nothing(), iou_tp: best, iou_all: best };
    return new FixedMethod({
      key: `ceiling:${resolution}`,
      label: `Perfect ${resolution}×${resolution} map`,
      kind: "ceiling",
      look: 0,
      values,
      cases,
    });
  });
}
