// Which radiographs of the visit cannot be read, and why: each reason once, in plain text below their number.

import { withoutName } from "../files/names.js";

/** @typedef {{ label: string, name: string, reason: string }} Unread `name`: what the file is called outside */

/**
 * How many can be read, and how many others there are.
 * @param {number} all
 * @param {number} unread
 * @returns {string}
 */
export function countWords(all, unread) {
  const read = all - unread;
  const count = read === 1 ? "1 radiograph" : `${read || "No"} radiographs`;
  return unread ? `${count}, ${unread} not readable` : count;
}

/**
 * A sentence for each reason, with all files that it is true of.
 * @param {Unread[]} all
 * @returns {string[]}
 */
export function unreadSentences(all) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const one of all) {
    const reason = withoutName(one.reason, one.name);
    found.set(reason, [...(found.get(reason) ?? []), one.label]);
  }
  return [...found].map(([reason, labels]) => `${labels.join("; ")}: ${reason}`);
}
