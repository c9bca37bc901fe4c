// Files that the device computes with: fetched once, checked by their hash, and kept by the browser under it.

/** @import { DeviceFile } from "../messages.d.ts" */

const CACHE = "explorer-device"; // kept until they are others, or the visitor clears the site's data

/**
 * What the cache holds of a file; null where there is none, or no cache.
 * @param {Cache | null} cache
 * @param {string} address
 * @returns {Promise<Uint8Array<ArrayBuffer> | null>}
 */
async function kept(cache, address) {
  const found = await cache?.match(address);
  return found ? new Uint8Array(await found.arrayBuffer()) : null;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<string>} sha256, hexadecimal
 */
export async function sha256Of(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * A whole file from the host.
 * @param {DeviceFile} file
 * @param {(done: number) => void} onProgress
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function received({ name, address, bytes: total }, onProgress) {
  const lost = `Expected ${name} from the host, and the connection was lost; it is tried again when you choose so.`;
  const response = await fetch(address).catch(() => null);
  if (!response) throw new Error(lost);
  if (!response.ok || !response.body) {
    throw new Error(`Expected ${name} from the host, found HTTP ${response.status}; reload the page.`);
  }
  const bytes = new Uint8Array(total);
  let done = 0;
  const reader = response.body.getReader();
  for (;;) {
    const piece = await reader.read().catch(() => null);
    if (!piece) throw new Error(lost);
    if (piece.done) break;
    if (done + piece.value.length <= total) bytes.set(piece.value, done);
    done += piece.value.length;
    onProgress(Math.min(done, total));
  }
  if (done < total) throw new Error(lost); // where nothing stated the length, an end too early is no error of fetch
  return bytes; // of a longer one the rest is left out, and its hash is another
}

/**
 * The bytes of a file, out of this browser's cache or from the host, and then kept.
 * @param {DeviceFile} file
 * @param {(done: number) => void} [onProgress] told how many bytes are there
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws Error with one sentence: it cannot be had, or is another file.
 */
export async function checkedFile(file, onProgress = () => {}) {
  const cache = globalThis.caches ? await caches.open(CACHE).catch(() => null) : null;
  const { name, address, sha256, bytes: total } = file;
  const known = await kept(cache, address).catch(() => null);
  if (known && (await sha256Of(known)) === sha256) {
    onProgress(total);
    return known;
  }
  const bytes = await received(file, onProgress);
  const found = await sha256Of(bytes);
  if (found !== sha256) {
    const why = "it is damaged or another version, and was not used; reload the page.";
    throw new Error(`Expected ${name} with the sha256 ${sha256.slice(0, 12)}, found ${found.slice(0, 12)}: ${why}`);
  }
  await cache?.put(address, new Response(bytes)).catch(() => {}); // without room it is fetched again next time
  return bytes;
}
