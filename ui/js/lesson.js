// Teacher beside student: where a model learned from another one that speaks too, what both say of each finding.
import { isAssessable, shownProbabilities } from "./assessment.js";
import { make } from "./dom.js";
import { probabilityText } from "./findings.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Speaker } from "./messages.d.ts"
 */

/** @typedef {{ student: Speaker, teacher: Speaker }} Taught */

/**
 * Who of these models learned from whom of them: from that model with the very weights that speak here.
 * @param {Speaker[]} models
 * @returns {Taught[]}
 */
export function lessonsAmong(models) {
  return models.flatMap((student) => {
    const teacher = models.find(
      ({ key, weights }) => key === student.teacher?.key && weights === student.teacher.weights,
    );
    return teacher ? [{ student, teacher }] : [];
  });
}

/**
 * Findings in the order in which they are told: the teacher's most probable first, what it does not predict last.
 * @param {(number | null)[]} teacher
 * @returns {number[]}
 */
export function orderOf(teacher) {
  return teacher.map((_, i) => i).sort((a, b) => (teacher[b] ?? -1) - (teacher[a] ?? -1) || a - b);
}

/**
 * A probability as a bar with its number.
 * @param {Speaker} model
 * @param {number | null} p
 * @param {boolean} meaningless
 * @returns {HTMLElement}
 */
function cellOf({ key }, p, meaningless) {
  const bar = make("span", { class: "bar", "aria-hidden": "true" });
  bar.style.width = `${100 * (p ?? 0)}%`;
  const value = make("span", { class: "value", text: p === null ? "n/p" : probabilityText(p) });
  const kind = meaningless ? "model meaningless" : "model";
  return make("td", { class: kind, "data-model": key }, make("span", { class: "track" }, bar), value);
}

/** A table for each student below the table of probabilities. */
export class Lesson {
  key = "lesson";
  element = make("div", { class: "lessons", hidden: true });

  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    viewer.table.element.after(this.element);
  }

  onContent() {
    const probabilities = shownProbabilities(this.viewer);
    const lessons = lessonsAmong(this.viewer.opened.models).filter(
      ({ student, teacher }) => probabilities[student.key] && probabilities[teacher.key],
    );
    const open = this.element.querySelector("details")?.open ?? true;
    this.element.hidden = !lessons.length;
    this.element.replaceChildren(...lessons.map((lesson) => this.tableOf(lesson, probabilities, open)));
  }

  onClose() {
    this.element.hidden = true;
  }

  /**
   * @param {Taught} lesson
   * @param {Record<string, (number | null)[]>} probabilities
   * @param {boolean} open
   * @returns {HTMLElement}
   */
  tableOf({ student, teacher }, probabilities, open) {
    const { config, opened } = this.viewer;
    const both = [teacher, student];
    /** @param {number} i */
    const row = (i) =>
      make(
        "tr",
        {},
        make("th", { scope: "row", text: config.findings[i] }),
        ...both.map((model) => cellOf(model, probabilities[model.key][i], !isAssessable(opened, model.key))),
      );
    /** @param {Speaker} model */
    const head = (model) => make("th", { scope: "col", class: "model", "data-model": model.key, text: model.short });
    const corner = make("th", { scope: "col", class: "order", text: "Finding" });
    const table = make(
      "table",
      { class: "findings lesson" },
      make("caption", { class: "sr-only", text: `What ${teacher.label} taught, and what ${student.label} says` }),
      make("thead", {}, make("tr", {}, corner, ...both.map(head))),
      make("tbody", {}, ...orderOf(probabilities[teacher.key]).map(row)),
    );
    const words = `Teacher and student: ${student.short} learned from ${teacher.short}`;
    return make("details", { open }, make("summary", { text: words }), table);
  }
}
