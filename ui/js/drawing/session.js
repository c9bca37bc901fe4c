// Saved sessions: one JSON file with the case, the settings, the drawings and the patches that are off.
import { SIZE } from "../view.js";

const FORMAT = "medicalpatchnet-explorer session";
const VERSION = 1;
const BITS = Math.ceil((SIZE * SIZE) / 8 / 3) * 4; // characters of base64
const [MOST_ANNOTATIONS, MOST_POINTS, REACH] = [100, 200_000, 4096];

/** @param parts {case, finding, settings, features, annotations, switched_off} as JSON values */
export function makeSession(parts) {
  return { format: FORMAT, version: VERSION, saved: new Date().toISOString(), ...parts };
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isPoint = (point) =>
  Array.isArray(point) && point.length === 2 && point.every((v) => Number.isFinite(v) && Math.abs(v) <= REACH);
const isLine = (points, least) => Array.isArray(points) && points.length >= least && points.every(isPoint);
const SHAPES = {
  rings: ({ rings }) => Array.isArray(rings) && rings.length > 0 && rings.every((ring) => isLine(ring, 3)),
  stroke: ({ points, radius, erase }) =>
    isLine(points, 1) && radius > 0 && radius <= SIZE && typeof erase === "boolean",
  bits: ({ bits }) => typeof bits === "string" && bits.length === BITS && /^[A-Za-z0-9+/]+=*$/.test(bits),
};

/**
 * Read a saved session.
 * @throws Error with one sentence about what is wrong.
 */
export function readSession(text, name, findings) {
  const wrong = (found) =>
    new Error(`${name}: expected a session saved by this page, found ${found}; choose another file.`);
  let session;
  try {
    session = JSON.parse(text);
  } catch {
    throw wrong("no JSON");
  }
  if (!isObject(session) || session.format !== FORMAT) throw wrong("something else");
  if (session.version !== VERSION)
    throw wrong(`version ${String(session.version).slice(0, 20)} where this page reads ${VERSION}`);
  if (!isCase(session.case)) throw wrong("no case in it");
  if (!Array.isArray(session.annotations) || session.annotations.length > MOST_ANNOTATIONS)
    throw wrong("no list of annotations");
  const bad = session.annotations.findIndex((annotation) => !isAnnotation(annotation, findings));
  if (bad >= 0) throw wrong(`a damaged annotation (number ${bad + 1})`);
  if (
    !Array.isArray(session.switched_off) ||
    !session.switched_off.every((patch) => Number.isInteger(patch) && patch >= 0)
  )
    throw wrong("no list of patches");
  return session;
}

function isCase(item) {
  if (!isObject(item)) return false;
  if (typeof item.id === "string") return true;
  return isObject(item.upload) && typeof item.upload.name === "string" && Number.isInteger(item.upload.size);
}

function isAnnotation(annotation, findings) {
  if (
    !isObject(annotation) ||
    typeof annotation.name !== "string" ||
    annotation.name.length > 100 ||
    !findings.includes(annotation.finding)
  )
    return false;
  if (
    !Array.isArray(annotation.shapes) ||
    !annotation.shapes.every(
      (shape) => isObject(shape) && Object.hasOwn(SHAPES, shape.kind) && SHAPES[shape.kind](shape),
    )
  )
    return false;
  const points = annotation.shapes.reduce(
    (sum, shape) => sum + (shape.points?.length ?? 0) + (shape.rings?.reduce((all, ring) => all + ring.length, 0) ?? 0),
    0,
  );
  return points <= MOST_POINTS;
}

/** What tells an uploaded file from any other: {name, size, sha256}; sha256 is null where the browser offers none. */
export async function fingerprint(file) {
  const { name, size } = file;
  if (!globalThis.crypto?.subtle) return { name, size, sha256: null };
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return { name, size, sha256: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/** Whether two fingerprints speak of the same file. */
export function sameFile(a, b) {
  return a.size === b.size && (a.sha256 && b.sha256 ? a.sha256 === b.sha256 : a.name === b.name);
}

/** Settings of a session that the page knows, of the type that it expects. */
export function knownSettings(settings, given) {
  return Object.fromEntries(
    Object.entries(isObject(given) ? given : {}).filter(
      ([key, value]) => Object.hasOwn(settings, key) && typeof settings[key] === typeof value,
    ),
  );
}

/** Hand a file to the reader. */
export function download(name, url) {
  const link = document.createElement("a");
  Object.assign(link, { href: url, download: name });
  link.click();
}
