// The compact files that evaluation/cohort_files.py writes: compressed counts, with a header that says what is what.

/** Number of steps of the threshold grid: thresholds are k / STEPS. */
export const STEPS = 200;
/** Columns of the counts after the grid's. */
export const COLUMN = { tuned_tp: STEPS + 1, tuned_all: STEPS + 2, otsu: STEPS + 3 };

const TYPES = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** Fetch a file and take gzip off it: an ArrayBuffer. */
export async function fetchPacked(url) {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`The page could not fetch its data (HTTP ${response.status}); choose the cohort again.`);
  return new Response(response.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** What a file holds: {about, shapes, and each array by its name}. */
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const found = { about: header.about, shapes: {} };
  let at = 4 + length;
  for (const { name, dtype, shape, form } of header.arrays) {
    const count = shape.reduce((a, b) => a * b, 1);
    const size = count * TYPES[dtype].BYTES_PER_ELEMENT;
    const bytes = buffer.slice(at, at + size);
    found[name] = form === "falling" ? risen(new Uint8Array(bytes), count, shape.at(-1)) : new TYPES[dtype](bytes);
    found.shapes[name] = shape;
    at += size;
  }
  return found;
}

/** Counts from differences to the next count in four planes of bytes; the columns after the grid stand for themselves. */
function risen(planes, count, columns) {
  const out = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    out[i] = planes[i] | (planes[count + i] << 8) | (planes[2 * count + i] << 16) | (planes[3 * count + i] << 24);
  }
  for (let row = 0; row < count; row += columns) {
    for (let k = row + STEPS - 1; k >= row; k--) out[k] += out[k + 1];
  }
  return out;
}
