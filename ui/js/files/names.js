// What a file is called outside this browser: by its kind, its number within the visit and the local time. Its own name
// may be a patient's, and stays here.

/** Endings that the server's readers look at, or people expect of a download. */
const ENDINGS = /\.(png|jpe?g|tiff?|bmp|webp|dcm|dicom|img|json|zip|csv)$/i;
const CHEXPERT = /patient(?:PHANTOM)?\d+_study\d+_view\d+_(?:frontal|lateral)/; // numbers of a public data set

/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");

/**
 * The ending of a file's name, where it is a known one.
 * @param {string} name
 * @returns {string}
 */
export const endingOf = (name) => ENDINGS.exec(name)?.[0].toLowerCase() ?? "";

/**
 * @typedef {object} PublicName
 * @property {string} stem for machines: "upload-1-1852"
 * @property {string} name the same with the file's ending: "upload-1-1852.dcm"
 * @property {string} title for people: "Upload 1, 18:52"
 */

/**
 * What an uploaded radiograph is called everywhere; see ui/naming.py, which takes no other name. One that is called a
 * phantom goes on being called so, and counts as one by its content alone.
 * @param {string} own the file's own name
 * @param {number} number within this visit
 * @param {Date} time
 * @returns {PublicName}
 */
export function uploadName(own, number, time) {
  const [hours, minutes] = [two(time.getHours()), two(time.getMinutes())];
  const simulated = /phantom/i.test(own) ? "-phantom" : "";
  const stem = `upload-${number}-${hours}${minutes}${simulated}`;
  return { stem, name: stem + endingOf(own), title: `Upload ${number}, ${hours}:${minutes}` };
}

/**
 * A sentence of the server's without the file's name that it begins with, since that stands beside it already.
 * @param {string} sentence
 * @param {string} name
 * @returns {string}
 */
export function withoutName(sentence, name) {
  const start = [`${name}: `, `${name} `].find((one) => sentence.startsWith(one)) ?? "";
  return sentence.slice(start.length);
}

const LONGEST = 80; // as in ui/exports/making.py

/**
 * What a case is called in files: its id, or "upload-1-1852".
 * @param {{ title: string }} item
 * @returns {string}
 */
export function fileStem({ title }) {
  const upload = /^Upload(?: (\d+))?(?:, (\d\d):(\d\d))?$/.exec(title);
  const [, number = "", hours = "", minutes = ""] = upload ?? [];
  return upload ? ["upload", number, hours + minutes].filter(Boolean).join("-") : title;
}

/**
 * What a file about a case is called: the case's id, or "upload-1-1852", and then what it is.
 * @param {{ title: string }} item
 * @param {string} what it is, with its ending: "session.json"
 * @returns {string}
 */
export function fileOf(item, what) {
  const kept =
    fileStem(item)
      .replace(/[^\w.-]+/g, "_")
      .slice(0, LONGEST)
      .replace(/^[._-]+|[._-]+$/g, "") || "case";
  return `${kept}-${what.replace(/[^\w.-]+/g, "-").toLowerCase()}`;
}

/** @param {string} name */
const plain = (name) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/**
 * The finding that a file's name ends with, as in "x_Pleural_Effusion-mask.png"; "" without one.
 * @param {string} own
 * @param {string[]} findings all names of findings that are understood
 * @returns {string}
 */
export function findingIn(own, findings) {
  const stem = plain(own.replace(/\.[^.]*$/, "").replace(/[_\-. ]mask$/, ""));
  return [...findings].sort((a, b) => b.length - a.length).find((finding) => stem.endsWith(plain(finding))) ?? "";
}

/**
 * What a file that belongs to a case (annotations, a mask, gaze) is called everywhere: with the finding that its name
 * ends with, and an id of CheXpert's, which says whose it is.
 * @param {string} own
 * @param {number} number within this visit
 * @param {string[]} findings all names of findings that are understood
 * @returns {string}
 */
export function companionName(own, number, findings) {
  const ending = endingOf(own);
  const kind = ending === ".csv" ? "gaze" : "annotation";
  const id = CHEXPERT.exec(own)?.[0] ?? "";
  const finding = /^\.(png|zip)$/.test(ending) ? findingIn(own, findings) : "";
  return [`${kind}-${number}`, id, finding].filter(Boolean).join("_") + ending;
}
