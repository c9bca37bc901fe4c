// Saved sessions: one JSON file with the case, the settings, the drawings and the patches that are off.
import { isIndex, isKeyOf, isList, isNumber, isObject, make } from "../dom.js";
import { SIZE } from "../view.js";
import { sha256 } from "./sha256.js";

/**
 * @import { Fingerprint, Place, SavedAnnotation, SavedCase, SavedSession, Settings, Shape } from "../types.d.ts"
 */

const FORMAT = "medicalpatchnet-explorer session";
const VERSION = 1;
const BITS = Math.ceil((SIZE * SIZE) / 8 / 3) * 4; // characters of base64
const [MOST_ANNOTATIONS, MOST_POINTS, REACH] = [100, 200_000, 4096];

/**
 * @param {Record<string, unknown>} parts {case, finding, settings, features, annotations, switched_off} as JSON values
 */
export function makeSession(parts) {
  return { format: FORMAT, version: VERSION, saved: new Date().toISOString(), ...parts };
}

/**
 * @param {unknown} point
 * @returns {point is Place}
 */
const isPoint = (point) =>
  isList(point) && point.length === 2 && point.every((v) => isNumber(v) && Math.abs(v) <= REACH);

/**
 * @param {unknown} points
 * @param {number} least
 * @returns {points is Place[]}
 */
const isLine = (points, least) => isList(points) && points.length >= least && points.every(isPoint);

/** @type {Record<Shape["kind"], (shape: Record<string, unknown>) => boolean>} */
const SHAPES = {
  rings: ({ rings }) => isList(rings) && rings.length > 0 && rings.every((ring) => isLine(ring, 3)),
  stroke: ({ points, radius, erase }) =>
    isLine(points, 1) && typeof radius === "number" && radius > 0 && radius <= SIZE && typeof erase === "boolean",
  bits: ({ bits }) => typeof bits === "string" && bits.length === BITS && /^[A-Za-z0-9+/]+=*$/.test(bits),
};

/**
 * @param {unknown} shape
 * @returns {shape is Shape}
 */
function isShape(shape) {
  return isObject(shape) && typeof shape.kind === "string" && isKeyOf(SHAPES, shape.kind) && SHAPES[shape.kind](shape);
}

/**
 * How many points a shape has.
 * @param {Shape} shape
 * @returns {number}
 */
function pointsOf(shape) {
  if (shape.kind === "rings") return shape.rings.flat().length;
  return shape.kind === "stroke" ? shape.points.length : 0;
}

/**
 * @param {unknown} annotation
 * @param {string[]} findings
 * @returns {annotation is SavedAnnotation}
 */
function isAnnotation(annotation, findings) {
  if (!isObject(annotation)) return false;
  const { name, finding, shapes } = annotation;
  if (typeof name !== "string" || name.length > 100 || typeof finding !== "string") return false;
  if (!findings.includes(finding) || !isList(shapes) || !shapes.every(isShape)) return false;
  return shapes.reduce((sum, shape) => sum + pointsOf(shape), 0) <= MOST_POINTS;
}

/**
 * @param {unknown} item
 * @returns {item is SavedCase}
 */
function isCase(item) {
  if (!isObject(item)) return false;
  if (typeof item.id === "string") return true;
  const { upload } = item;
  return isObject(upload) && typeof upload.name === "string" && Number.isInteger(upload.size);
}

/**
 * Whether something is the state of the patches: those that are off, with the model where one was chosen.
 * @param {unknown} state
 * @returns {boolean}
 */
function isPatches(state) {
  const off = isObject(state) ? state.off : state;
  return isList(off) && off.every(isIndex);
}

/**
 * @param {string} text
 * @returns {unknown} undefined where it is no JSON
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Read a saved session.
 * @param {string} text
 * @param {string} name
 * @param {string[]} findings
 * @returns {SavedSession}
 * @throws Error with one sentence about what is wrong.
 */
export function readSession(text, name, findings) {
  const session = parsed(text);
  const found = faultOf(session, findings);
  if (!isObject(session) || found) {
    throw new Error(`${name}: expected a session saved by this page, found ${found}; choose another file.`);
  }
  return /** @type {SavedSession & Record<string, unknown>} */ (session);
}

/**
 * What is wrong with a session, in a few words; empty where nothing is.
 * @param {unknown} session
 * @param {string[]} findings
 * @returns {string}
 */
function faultOf(session, findings) {
  if (session === undefined) return "no JSON";
  if (!isObject(session) || session.format !== FORMAT) return "something else";
  const { version, case: item, annotations, switched_off: off } = session;
  if (version !== VERSION) return `version ${String(version).slice(0, 20)} where this page reads ${VERSION}`;
  if (!isCase(item)) return "no case in it";
  if (!isList(annotations) || annotations.length > MOST_ANNOTATIONS) return "no list of annotations";
  const bad = annotations.findIndex((annotation) => !isAnnotation(annotation, findings));
  if (bad >= 0) return `a damaged annotation (number ${bad + 1})`;
  return isPatches(off) ? "" : "no list of patches";
}

/**
 * What tells an uploaded file from any other.
 * @param {File} file
 * @param {string} name what it is called outside this browser
 * @returns {Promise<Fingerprint>}
 */
export async function fingerprint(file, name) {
  return { name, size: file.size, sha256: await sha256(await file.arrayBuffer()) };
}

/**
 * Whether two fingerprints speak of the same file; a session of an earlier version may lack the digest.
 * @param {Fingerprint} a
 * @param {Fingerprint} b
 * @returns {boolean}
 */
export function sameFile(a, b) {
  return a.size === b.size && (a.sha256 && b.sha256 ? a.sha256 === b.sha256 : a.name === b.name);
}

/**
 * Settings of a session that the page knows, of the type that it expects.
 * @param {Settings} settings
 * @param {unknown} given
 * @returns {Partial<Settings>}
 */
export function knownSettings(settings, given) {
  const all = Object.entries(isObject(given) ? given : {});
  return Object.fromEntries(
    all.filter(([key, value]) => isKeyOf(settings, key) && typeof settings[key] === typeof value),
  );
}

/**
 * Hand a file to the reader.
 * @param {string} name
 * @param {string} url
 */
export function download(name, url) {
  make("a", { href: url, download: name }).click();
}
