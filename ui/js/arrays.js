// Arrays that the server lays out as files: fetched once each, decoded without copying.

const TYPES = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };

/** Fetch one array. @param file {url}; @param dtype a key of TYPES (little endian). */
export async function fetchArray({ file, dtype }) {
  const response = await fetch(file.url);
  if (!response.ok)
    throw new Error(`The page could not fetch its data (HTTP ${response.status}); open the case again.`);
  return new TYPES[dtype](await response.arrayBuffer());
}

/** Remembers arrays by their address while `keep` names them, so that a streamed update fetches only what is new. */
export class ArrayCache {
  constructor() {
    this.arrays = new Map();
  }

  get(source) {
    const key = source.file.url;
    if (!this.arrays.has(key)) this.arrays.set(key, fetchArray(source));
    return this.arrays.get(key);
  }

  keep(sources) {
    const urls = new Set(sources.map((source) => source.file.url));
    for (const url of this.arrays.keys()) if (!urls.has(url)) this.arrays.delete(url);
  }
}
