// Maps as arrays: bringing them to the size of a pane and to the levels that thresholds are compared with.
// A map is a Float32Array of height × width values, row by row; nothing here knows about colours or the page.

/** Number of threshold levels. 1000 divides it, so each threshold with three decimals falls exactly on a level. */
export const LEVELS = 65000;

/**
 * Enlarge a map by repeating its values: each patch stays one flat square.
 * @param {Float32Array} map
 * @param {number} height
 * @param {number} width
 * @param {number} size
 * @returns {Float32Array}
 */
export function upsampleNearest(map, height, width, size) {
  const out = new Float32Array(size * size);
  const columns = Int32Array.from({ length: size }, (_, x) => Math.floor(((x + 0.5) * width) / size));
  for (let y = 0; y < size; y++) {
    const row = Math.floor(((y + 0.5) * height) / size) * width;
    for (let x = 0; x < size; x++) out[y * size + x] = map[row + columns[x]];
  }
  return out;
}

/**
 * Where each output pixel lies between two input pixels: pixel centres at +0.5, edges repeated, as OpenCV resizes.
 * @param {number} length
 * @param {number} size
 */
function linearTaps(length, size) {
  const first = new Int32Array(size);
  const second = new Int32Array(size);
  const weight = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const at = Math.min(length - 1, Math.max(0, ((i + 0.5) * length) / size - 0.5));
    first[i] = Math.floor(at);
    second[i] = Math.min(length - 1, first[i] + 1);
    weight[i] = at - first[i];
  }
  return { first, second, weight };
}

/**
 * Resize a map bilinearly (half-pixel centres, edges repeated), as the published class activation maps are drawn.
 * @param {Float32Array} map
 * @param {number} height
 * @param {number} width
 * @param {number} size
 * @returns {Float32Array}
 */
export function upsampleBilinear(map, height, width, size) {
  const across = linearTaps(width, size);
  const down = linearTaps(height, size);
  const rows = new Float64Array(height * size);
  for (let r = 0; r < height; r++) {
    for (let x = 0; x < size; x++) {
      const a = map[r * width + across.first[x]];
      const b = map[r * width + across.second[x]];
      rows[r * size + x] = a + (b - a) * across.weight[x];
    }
  }
  const out = new Float32Array(size * size);
  for (let y = 0; y < size; y++) {
    const top = down.first[y] * size;
    const bottom = down.second[y] * size;
    const w = down.weight[y];
    for (let x = 0; x < size; x++) out[y * size + x] = rows[top + x] + (rows[bottom + x] - rows[top + x]) * w;
  }
  return out;
}

/**
 * Enlarge a map the way its method is published: "nearest" for patch maps, "bilinear" for activation maps.
 * @param {Float32Array} map
 * @param {number} height
 * @param {number} width
 * @param {number} size
 * @param {"nearest" | "bilinear"} interpolation
 * @returns {Float32Array}
 */
export function upsample(map, height, width, size, interpolation) {
  const resize = interpolation === "nearest" ? upsampleNearest : upsampleBilinear;
  return resize(map, height, width, size);
}

/**
 * The map with everything below zero set to zero.
 * @param {Float32Array} map
 * @returns {Float32Array}
 */
export function positivePart(map) {
  return map.map((value) => (value > 0 ? value : 0));
}

/**
 * Smallest and largest value of a map: [minimum, maximum].
 * @param {Float32Array} map
 * @returns {[number, number]}
 */
export function range(map) {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < map.length; i++) {
    if (map[i] < low) low = map[i];
    if (map[i] > high) high = map[i];
  }
  return [low, high];
}

/**
 * Index of the largest value, the first in row order.
 * @param {Float32Array} map
 * @returns {number}
 */
export function peakOf(map) {
  let at = 0;
  let most = map[0];
  for (let i = 1; i < map.length; i++) {
    if (map[i] > most) most = map[(at = i)];
  }
  return at;
}

/**
 * Levels of a map between its own minimum (0) and maximum (LEVELS), rounded up.
 * Rounding up makes `level > T` true exactly where `normalised × LEVELS > T` is, for every whole T.
 * A constant map has no such scale: all its levels are 0, so no pixel is above any threshold.
 * @param {Float32Array} map
 * @param {number} low
 * @param {number} high
 * @returns {Uint16Array}
 */
export function toLevels(map, low, high) {
  const out = new Uint16Array(map.length);
  if (!(high > low)) return out;
  const span = high - low;
  for (let i = 0; i < map.length; i++) out[i] = Math.ceil(((map[i] - low) / span) * LEVELS);
  return out;
}

/**
 * The level that a threshold in [0, 1] stands for.
 * @param {number} threshold
 * @returns {number}
 */
export function thresholdLevel(threshold) {
  return Math.round(threshold * LEVELS);
}

/**
 * The level above which no value of a map is below zero; −1 where none is at all.
 * @param {number} low
 * @param {number} high
 * @returns {number}
 */
export function levelOfZero(low, high) {
  if (!(high > low) || low >= 0) return -1;
  return Math.min(LEVELS, Math.ceil((-low / (high - low)) * LEVELS) - 1);
}

/**
 * Bits packed by numpy.packbits (highest first) as one byte a pixel, 0 or 1.
 * @param {Uint8Array} bytes
 * @param {number} count
 * @returns {Uint8Array}
 */
export function unpackBits(bytes, count) {
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = (bytes[i >> 3] >> (7 - (i & 7))) & 1;
  return out;
}
