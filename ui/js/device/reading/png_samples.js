// A PNG's samples out of its packed pixels: inflated, filters undone (ISO 15948, 9), interlacing undone (8.2).

/** @import { Png } from "./png_chunks.js" */

const CHANNELS = [1, 0, 3, 1, 2, 0, 4]; // by colour type
/** Columns and rows where each of Adam7's passes starts, and its steps. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/**
 * Samples, row by row, channels together; grey of fewer than 8 bits is stretched to 8, palette indices are not.
 * @param {Png} png of a size that has been checked
 * @returns {Promise<Uint8Array | Uint16Array>}
 */
export async function samplesOf(png) {
  const { width, height, depth, colour } = png;
  const channels = CHANNELS[colour];
  const passes = (png.interlaced ? PASSES : [[0, 0, 1, 1]])
    .map(([left, top, across, down]) => {
      const [wide, high] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
      return { left, top, across, down, wide, high, row: Math.ceil((wide * channels * depth) / 8) };
    })
    .filter(({ wide, high }) => wide > 0 && high > 0);
  const bytes = await inflated(
    png.packed,
    passes.reduce((sum, { high, row }) => sum + high * (row + 1), 0),
  );
  const count = width * height * channels;
  const samples = depth === 16 ? new Uint16Array(count) : new Uint8Array(count);
  const stretch = colour === 0 && depth < 8 ? 255 / ((1 << depth) - 1) : 1;
  let start = 0;
  for (const { left, top, across, down, wide, high, row } of passes) {
    unfilter(bytes, start, high, row, Math.max(1, (channels * depth) >> 3));
    for (let y = 0; y < high; y++) {
      const from = start + y * (row + 1) + 1;
      const to = ((top + y * down) * width + left) * channels;
      spread(bytes, from, wide * channels, depth, stretch, samples, to, channels, across);
    }
    start += high * (row + 1);
  }
  return samples;
}

/**
 * So many bytes out of what zlib has packed, whose checksum holds; what comes beyond is let go.
 * @param {Uint8Array[]} packed
 * @param {number} count
 * @returns {Promise<Uint8Array>}
 */
async function inflated(packed, count) {
  const parts = /** @type {Uint8Array<ArrayBuffer>[]} */ (packed);
  const reader = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const bytes = new Uint8Array(count);
  let filled = 0;
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const part = /** @type {Uint8Array} */ (value);
    bytes.set(part.subarray(0, Math.max(0, count - filled)), Math.min(filled, count));
    filled += part.length;
    if (filled > count) {
      await reader.cancel(); // it may go on for ever
      break;
    }
  }
  if (filled < count) throw new Error("pixels are missing");
  return bytes;
}

/**
 * Undoes the filters of one pass in place.
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} high rows
 * @param {number} row bytes of one without its filter
 * @param {number} step bytes to the pixel on the left
 */
function unfilter(bytes, start, high, row, step) {
  for (let y = 0, at = start; y < high; y++, at += row + 1) {
    const filter = bytes[at];
    if (filter > 4) throw new Error("no such filter");
    const above = y ? at - row : -1; // where the row above starts
    undo(bytes, filter, at + 1, above, row, step);
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} filter
 * @param {number} from
 * @param {number} above −1 for the first row
 * @param {number} row
 * @param {number} step
 */
function undo(bytes, filter, from, above, row, step) {
  if (filter === 0) return;
  for (let i = 0; i < row; i++) {
    const left = i < step ? 0 : bytes[from + i - step];
    const up = above < 0 ? 0 : bytes[above + i];
    if (filter === 1) bytes[from + i] += left;
    else if (filter === 2) bytes[from + i] += up;
    else if (filter === 3) bytes[from + i] += (left + up) >> 1;
    else bytes[from + i] += nearest(left, up, i < step || above < 0 ? 0 : bytes[above + i - step]);
  }
}

/**
 * Paeth's predictor.
 * @param {number} left
 * @param {number} up
 * @param {number} corner
 * @returns {number}
 */
function nearest(left, up, corner) {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}

/**
 * One row's samples to where they belong.
 * @param {Uint8Array} bytes
 * @param {number} from
 * @param {number} count samples
 * @param {number} depth
 * @param {number} stretch
 * @param {Uint8Array | Uint16Array} samples
 * @param {number} to
 * @param {number} channels
 * @param {number} across pixels from one to the next
 */
function spread(bytes, from, count, depth, stretch, samples, to, channels, across) {
  const mask = (1 << depth) - 1;
  const gap = channels * (across - 1);
  for (let i = 0, at = to, channel = 0; i < count; i++, at++) {
    if (depth === 8) samples[at] = bytes[from + i];
    else if (depth === 16) samples[at] = (bytes[from + 2 * i] << 8) | bytes[from + 2 * i + 1];
    else {
      const bit = i * depth;
      samples[at] = ((bytes[from + (bit >> 3)] >> (8 - depth - (bit & 7))) & mask) * stretch;
    }
    if (++channel === channels) {
      channel = 0;
      at += gap;
    }
  }
}
