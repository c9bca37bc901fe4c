// Files that are made on the visitor's own device of what is on show: the same as the server makes, ui/exports.
import { fileOf, fileStem } from "../../files/names.js";
import { said } from "../sentences.js";
import { npzOf, numbers, texts } from "./archive.js";
import { chexlocalizeOf, cocoOf, regionsOf } from "./drawings.js";
import { csvOf, factsOf } from "./numbers.js";
import { Report } from "./report.js";

/**
 * @import { ExportRequest } from "../../messages.d.ts"
 * @import { MadeFile, Opened, Shown } from "./types.d.ts"
 */

/** @typedef {Exclude<ExportRequest["what"], "pdf" | "dicom" | "dicom-fractional">} DeviceKind */

/**
 * What the files are, and of which type; a device prints a report instead of writing a PDF, see printing.js.
 * @type {Record<DeviceKind, [what: string, type: string]>}
 */
const FILES = {
  json: ["numbers.json", "application/json"],
  csv: ["numbers.csv", "text/csv"],
  npz: ["maps.npz", "application/zip"],
  coco: ["drawings-coco.json", "application/json"],
  chexlocalize: ["drawings-chexlocalize.json", "application/json"],
};

/**
 * Why a file cannot be had on a device, in one sentence; empty where it can.
 * @param {ExportRequest["what"]} what
 * @param {Pick<Opened, "content">} opened
 * @returns {string}
 */
export function whyServerFor(what, { content }) {
  if (what.startsWith("dicom")) return said("dicom");
  if (what === "pdf") return said("pdf");
  if (content.gaze.length && what !== "coco" && what !== "chexlocalize") {
    return said("gaze");
  }
  return "";
}

/**
 * Make a file of what is on show.
 * @param {ExportRequest["what"]} what
 * @param {Opened} opened
 * @param {Shown} state
 * @param {Date} [date]
 * @returns {Promise<MadeFile>}
 * @throws Error with one sentence: there is nothing to export yet, or it needs the server.
 */
export async function exported(what, opened, state, date = new Date()) {
  const problem = whyServerFor(what, opened);
  if (problem) throw new Error(problem);
  const kind = /** @type {DeviceKind} */ (what);
  const [words, type] = FILES[kind];
  const content = await CONTENTS[kind](opened, state, date);
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { name: fileOf(opened.content.case, words), bytes, type };
}

/** @typedef {(opened: Opened, state: Shown, date: Date) => string | Promise<Uint8Array<ArrayBuffer>>} Making */

/** @type {Record<DeviceKind, Making>} */
const CONTENTS = {
  json: (opened, state, date) => JSON.stringify(factsOf(new Report(opened, state), date), null, 1),
  csv: (opened, state) => csvOf(new Report(opened, state)),
  npz: (opened, state, date) => {
    const facts = factsOf(new Report(opened, state), date);
    const maps = Object.entries(opened.maps).map(([name, { maps: values, shape }]) => numbers(name, values, shape));
    return npzOf([...maps, texts("findings", opened.findings), texts("metadata", JSON.stringify(facts))]);
  },
  coco: (opened, state) => cocoOf(regionsOf(state.annotations, opened.content.case), idOf(opened), opened.findings),
  chexlocalize: (opened, state) => chexlocalizeOf(regionsOf(state.annotations, opened.content.case), idOf(opened)),
};

/** @param {Opened} opened */
function idOf({ content }) {
  return content.case.id ?? fileStem(content.case);
}
