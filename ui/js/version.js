// Whether this page and the server that answers it are of one version.
import { PROTOCOL } from "./protocol.js";

/** What the page says where they are not. */
export const RELOAD = "The server has been updated since this page was loaded: reload the page.";

/**
 * Whether a message, or what the page was told when it started, is of the version that this page knows.
 * @param {{ protocol: string }} message
 * @returns {boolean}
 */
export function isCurrent({ protocol }) {
  return protocol === PROTOCOL;
}

/**
 * Refuse to start with what another version of the server says.
 * @param {{ protocol: string }} config
 */
export function expectCurrent(config) {
  if (!isCurrent(config)) throw new Error(RELOAD);
}
