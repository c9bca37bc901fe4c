// What a device says where it cannot do something that the server can: each sentence as it is where there is a server,
// which is then offered, and on a site without one. All other refusals are the server's own, and offer none.

const PROGRAM = "the program itself (python app.py)";

/**
 * A sentence that names who can do it.
 * @param {(who: string) => string} words
 * @returns {[string, string]}
 */
const needing = (words) => [words("the server"), words(PROGRAM)];

/**
 * A sentence that ends with what to do: where there is a server, that comes first.
 * @param {string} words what was expected and found
 * @param {string} rest what else can be done
 * @returns {[string, string]}
 */
const offering = (words, rest) => [`${words}; compute on the server, or ${rest}.`, `${words}; ${rest}.`];

/** @type {(words: string, first: string) => [string, string]} the same, with the server after what is tried first */
const trying = (words, first) => [`${words}; ${first}, or compute on the server.`, `${words}; ${first}.`];

const UNREAD = "Files of annotations are read by the server,";
const IN_DRAW = "In the mode Draw a PNG is taken for one: leave the mode to open a radiograph.";

/** By what it is about, the sentence with a server and without one. */
export const SENTENCES = {
  finer: () => needing((who) => `Finer maps take many more passes: they need ${who}.`),
  /** @returns {[string, string]} */
  annotations: () => [
    `${UNREAD} and files stay on this device: draw here, or compute on the server. ${IN_DRAW}`,
    `This site reads no annotations: draw here. ${IN_DRAW}`,
  ],
  /** @returns {[string, string]} */
  nearest: () => [
    "What else looks like a patch is searched in an index of the server's: compute on the server.",
    "What else looks like a patch is searched in an index, which this site is without.",
  ],
  /** @returns {[string, string]} */
  ways: () => ["many passes: on the server", `many passes: in ${PROGRAM}`],
  /** @type {(label: string) => [string, string]} */
  model: (label) => [
    `${label} has not been written for devices: it speaks on the server alone.`,
    `${label} has not been written for devices.`,
  ],
  /** @type {(method: string, reason: string) => [string, string]} */
  method: (method, reason) => needing((who) => `${method} needs ${who}: ${reason}`),
  dicom: () => needing((who) => `DICOM results need ${who}: a device reads DICOM and does not write it.`),
  pdf: () => needing((who) => `A PDF file needs ${who}: print the report instead.`),
  gaze: () => needing((who) => `Numbers beside somebody's gaze need ${who}: it scores maps against gaze.`),
  /** @type {(name: string, found: string) => [string, string]} */
  kind: (name, found) =>
    offering(
      `${name}: expected a PNG, JPEG, WebP or DICOM image that this device can read, found ${found}`,
      "export it as PNG",
    ),
  /** @type {(name: string, found: string) => [string, string]} */
  compression: (name, found) =>
    offering(
      `${name}: expected an uncompressed, JPEG, JPEG 2000 or RLE image, found ${found}, for which this device has no ` +
        "decoder",
      "export it uncompressed",
    ),
  /** @type {(name: string, found: string) => [string, string]} */
  browser: (name, found) =>
    offering(
      `${name}: expected a browser that decodes pictures and gives their pixels as they are, found ${found}`,
      "export it as PNG or uncompressed DICOM",
    ),
  /** @type {(name: string) => [string, string]} */
  memory: (name) =>
    trying(`${name}: expected enough memory to read it on this device, found too little`, "close other tabs"),
  /** @type {(name: string, what: string) => [string, string]} */
  reader: (name, what) =>
    trying(
      `${name}: expected this page's reader of ${what}, found that it could not be loaded`,
      "check the connection and open the file again",
    ),
};

let alone = false;

/** @param {boolean} is whether the page has no server that it could offer; a worker is told so too */
export function worksAlone(is) {
  alone = is;
}

/** @returns {boolean} */
export const isAlone = () => alone;

/**
 * The sentence as it is where this page is.
 * @template {keyof typeof SENTENCES} K
 * @param {K} about
 * @param {Parameters<(typeof SENTENCES)[K]>} values
 * @returns {string}
 */
export function said(about, ...values) {
  const both = /** @type {(...all: string[]) => [string, string]} */ (SENTENCES[about]);
  return both(...values)[alone ? 1 : 0];
}
