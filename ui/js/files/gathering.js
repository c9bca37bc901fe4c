// Files that are chosen or dropped, those of folders among them, and choosing them.
import { make } from "../dom.js";

const MOST = 2000; // files of one drop that are looked at
const HIDDEN = /^(\.|~\$|Thumbs\.db$|desktop\.ini$|__MACOSX$)/i; // what systems leave in folders

/**
 * @typedef {object} Gathered
 * @property {File[]} files in the order of their paths, without what systems leave in folders
 * @property {boolean} folder whether a folder was among what was dropped
 * @property {boolean} cut whether there were more than are looked at
 */

/**
 * All files of a drop. To be called while its event is handled: what it holds is gone afterwards.
 * @param {DataTransfer} transfer
 * @returns {Promise<Gathered>}
 */
export async function filesOfDrop(transfer) {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return gathered([...transfer.files], false);
  /** @type {[string, File][]} */
  const found = [];
  for (const entry of entries) if (entry) await walk(entry, found);
  found.sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  return gathered(
    found.map(([, file]) => file),
    true,
  );
}

/**
 * @param {File[]} files
 * @param {boolean} folder
 * @returns {Gathered}
 */
export function gathered(files, folder) {
  const seen = files.filter(({ name }) => !HIDDEN.test(name));
  return { files: seen.slice(0, MOST), folder, cut: seen.length > MOST };
}

/**
 * @param {FileSystemEntry} entry
 * @param {[string, File][]} found
 */
async function walk(entry, found) {
  if (found.length > MOST || HIDDEN.test(entry.name)) return;
  if (entry.isDirectory) {
    const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
    for (;;) {
      /** @type {FileSystemEntry[]} */
      const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
      if (!some.length) return; // they come a hundred at a time
      for (const inner of some) await walk(inner, found);
    }
  }
  const leaf = /** @type {FileSystemFileEntry} */ (entry);
  /** @type {File | null} */
  const file = await new Promise((resolve) => leaf.file(resolve, () => resolve(null)));
  if (file) found.push([entry.fullPath, file]);
}

/**
 * A button that chooses files, or with `folder` all files of a folder.
 * @param {string} text
 * @param {{ accept?: string, folder?: boolean, class?: string, hint?: string, onFiles(all: Gathered): void }} options
 * @returns {HTMLLabelElement}
 */
export function makePicker(text, { accept = "", folder = false, class: style = "button", hint = "", onFiles }) {
  const change = () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    if (files.length) onFiles(gathered(files, folder));
  };
  const input = make("input", { type: "file", multiple: true, class: "sr-only", accept, on: { change } });
  if (folder) input.webkitdirectory = true;
  return make("label", { class: style }, input, make("span", { text }), hint ? make("small", { text: hint }) : null);
}
