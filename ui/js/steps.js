// Steps of the browser's history: the case of the list, or the upload of this visit, that each is about, and its tab.
import { isNumber, isObject } from "./dom.js";

/** @import { CaseFacts } from "./messages.d.ts" */

/** @typedef {{ visit: string, number: number }} UploadStep an upload by its number; numbers begin anew in each visit */

export const VISIT = `${Date.now()}-${Math.random()}`; // this page, until it is loaded again

/**
 * @param {CaseFacts} item
 * @param {number} number of an upload
 * @param {string} tab that is shown
 * @returns {{ explorer: { case: string | null, title: string, upload: UploadStep | null }, tab: string }}
 */
export function stepOf({ id, title }, number, tab) {
  return { explorer: { case: id, title, upload: id === null ? { visit: VISIT, number } : null }, tab };
}

/**
 * Whether a step is about a case.
 * @param {unknown} state of the history
 * @param {{ id: string | null, title: string }} item
 * @returns {boolean}
 */
export function isStepOf(state, { id, title }) {
  const step = isObject(state) ? state.explorer : null;
  if (!isObject(step) || step.case !== id) return false;
  return id !== null || (step.title === title && uploadOf(state)?.visit === VISIT);
}

/**
 * The upload that a step is about; null where it is about none.
 * @param {unknown} state
 * @returns {UploadStep | null}
 */
export function uploadOf(state) {
  const step = isObject(state) ? state.explorer : null;
  const upload = isObject(step) ? step.upload : null;
  if (!isObject(upload) || !isNumber(upload.number) || typeof upload.visit !== "string") return null;
  return { visit: upload.visit, number: upload.number };
}

/**
 * The tab of a step; "" where it says none.
 * @param {unknown} state
 * @returns {string}
 */
export function tabOf(state) {
  return isObject(state) && typeof state.tab === "string" ? state.tab : "";
}
