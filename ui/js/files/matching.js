// Files that belong to a radiograph by its file name. The server knows an upload by its number alone, so the one place
// in a file that bears the radiograph's own name is renamed here, before the file is sent.
import { isList, isObject } from "../dom.js";
import { endingOf } from "./names.js";
import { renamed } from "./zip.js";

const TOOL_PREFIX = /^[0-9a-f]{8}-/; // Label Studio's
const TOOL_SUFFIX = /_(?:jpe?g|png|dcm|tiff?|bmp|webp)\.rf\.[0-9A-Za-z]+/; // Roboflow's

/** @param {string} name */
export const stemOf = (name) => name.replace(/\.[A-Za-z][A-Za-z0-9]{0,5}$/, "");

/**
 * Whether the name of an image in a tool's file means a radiograph; as data_cache/annotations/names.py has it.
 * @param {unknown} named
 * @param {string} own the radiograph's file name
 * @returns {boolean}
 */
export function isNamed(named, own) {
  if (typeof named !== "string" && typeof named !== "number") return false;
  const name = String(named).split(/[/\\]/).pop() ?? "";
  const plain = name.replace(TOOL_PREFIX, "").replace(TOOL_SUFFIX, "");
  return [name, stemOf(name), plain, stemOf(plain)].some((one) => one === own || one === stemOf(own));
}

/**
 * The same JSON with the radiograph's public name where its own stood; null where it stands nowhere, or more than once.
 * @param {unknown} content
 * @param {string} own
 * @param {string} stem the public one
 * @returns {unknown}
 */
export function renamedJson(content, own, stem) {
  if (!isObject(content)) return null;
  if (isNamed(content.imagePath, own)) return { ...content, imagePath: `${stem}.png` };
  const { images } = content;
  if (isList(images)) {
    const mine = images.filter(isObject).filter(({ file_name, id }) => isNamed(file_name, own) || isNamed(id, own));
    if (mine.length !== 1) return null;
    const called = { ...mine[0], file_name: `${stem}.png` };
    return { ...content, images: images.map((one) => (one === mine[0] ? called : one)) };
  }
  const keys = Object.keys(content).filter((key) => isNamed(key, own));
  if (keys.length !== 1) return null;
  return Object.fromEntries(Object.entries(content).map(([key, value]) => [key === keys[0] ? stem : key, value]));
}

/**
 * The same table with the radiograph's public name in the column DICOM_ID where its own stood.
 * @param {string} text
 * @param {string} own
 * @param {string} stem
 * @returns {string | null} null where it stands nowhere
 */
export function renamedTable(text, own, stem) {
  const [header, ...rows] = text.split("\n");
  const column = header
    .replace(/^\uFEFF/, "")
    .split(",")
    .findIndex((cell) => cell.trim().replaceAll('"', "") === "DICOM_ID");
  if (column < 0) return null;
  let found = false;
  const all = rows.map((row) => {
    const cells = row.split(",");
    if (!isNamed(cells[column]?.trim().replaceAll('"', ""), own)) return row;
    found = true;
    cells[column] = stem;
    return cells.join(",");
  });
  return found ? [header, ...all].join("\n") : null;
}

/** @param {string} text */
const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * A path inside an archive with the radiograph's public name where its own stood as a whole word.
 * @param {string} path
 * @param {string} own
 * @param {string} stem
 * @returns {string}
 */
export function renamedPath(path, own, stem) {
  const word = new RegExp(`(?<![\\p{L}\\p{N}])${literal(stemOf(own))}(?![\\p{L}\\p{N}])`, "gu");
  return path.replace(word, stem);
}

/**
 * The content of a file as it is sent for an upload.
 * @param {File} file
 * @param {string} own the upload's file name
 * @param {string} stem its public one
 * @returns {Promise<Blob>}
 * @throws Error with one sentence, of an archive that cannot be read here.
 */
export async function matched(file, own, stem) {
  const ending = endingOf(file.name);
  if (ending === ".csv") {
    const text = renamedTable(await file.text(), own, stem);
    return text === null ? file : new Blob([text]);
  }
  if (ending === ".zip") return renamed(file, (path) => renamedPath(path, own, stem));
  if (ending !== ".json") return file;
  const content = renamedJson(parsed(await file.text()), own, stem);
  return content === null ? file : new Blob([JSON.stringify(content)]);
}

/**
 * @param {string} text
 * @returns {unknown} null where it is no JSON, of which the server says more
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
