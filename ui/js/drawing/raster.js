// From shapes to pixels and back. A pixel belongs to a shape when its centre does: (x + 0.5, y + 0.5).

/** @import { Place } from "../types.d.ts" */

/**
 * Set the pixels inside closed rings ([[x, y], …] each; even-odd, so that a ring in a ring is a hole).
 * @param {Uint8Array} mask
 * @param {Place[][]} rings
 * @param {number} size
 * @param {number} [value]
 */
export function fillRings(mask, rings, size, value = 1) {
  const edges = rings
    .flatMap((ring) => ring.map((point, i) => [point, ring[(i + 1) % ring.length]]))
    .filter(([a, b]) => a[1] !== b[1]);
  const ys = edges.flatMap(([a, b]) => [a[1], b[1]]);
  if (!ys.length) return;
  const first = Math.max(0, Math.floor(Math.min(...ys)));
  const last = Math.min(size - 1, Math.ceil(Math.max(...ys)));
  for (let y = first; y <= last; y++) {
    const at = y + 0.5;
    const crossings = edges
      .filter(([a, b]) => a[1] <= at !== b[1] <= at)
      .map(([a, b]) => a[0] + ((at - a[1]) * (b[0] - a[0])) / (b[1] - a[1]));
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil(crossings[i] - 0.5));
      const to = Math.min(size, Math.ceil(crossings[i + 1] - 0.5));
      if (to > from) mask.fill(value, y * size + from, y * size + to);
    }
  }
}

/**
 * Set the pixels within `radius` of the line from a to b ([x, y] each).
 * @param {Uint8Array} mask
 * @param {Place} a
 * @param {Place} b
 * @param {number} radius
 * @param {number} size
 * @param {number} [value]
 */
export function fillSegment(mask, a, b, radius, size, value = 1) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy || 1;
  /** @param {number} v */
  const clamp = (v) => Math.min(size - 1, Math.max(0, Math.floor(v)));
  for (let y = clamp(Math.min(a[1], b[1]) - radius); y <= clamp(Math.max(a[1], b[1]) + radius); y++) {
    for (let x = clamp(Math.min(a[0], b[0]) - radius); x <= clamp(Math.max(a[0], b[0]) + radius); x++) {
      const [px, py] = [x + 0.5 - a[0], y + 0.5 - a[1]];
      const t = Math.min(1, Math.max(0, (px * dx + py * dy) / length));
      if ((px - t * dx) ** 2 + (py - t * dy) ** 2 <= radius * radius) mask[y * size + x] = value;
    }
  }
}

/**
 * Set the pixels that a brush of a radius touches along a line.
 * @param {Uint8Array} mask
 * @param {Place[]} points
 * @param {number} radius
 * @param {number} size
 * @param {number} [value]
 */
export function fillStroke(mask, points, radius, size, value = 1) {
  if (points.length === 1) fillSegment(mask, points[0], points[0], radius, size, value);
  for (let i = 1; i < points.length; i++) fillSegment(mask, points[i - 1], points[i], radius, size, value);
}

/**
 * Bits as numpy.packbits packs them (highest first), base64.
 * @param {Uint8Array} mask
 * @returns {string}
 */
export function packBits(mask) {
  const bytes = new Uint8Array(Math.ceil(mask.length / 8));
  for (let i = 0; i < mask.length; i++) if (mask[i]) bytes[i >> 3] |= 128 >> (i & 7);
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}

/**
 * The border of a mask along its pixels' edges, as the data of one SVG path.
 * @param {Uint8Array} mask
 * @param {number} size
 * @returns {string}
 */
export function borderPath(mask, size) {
  /** @type {string[]} */
  const parts = [];
  /**
   * @param {number} x
   * @param {number} y
   */
  const at = (x, y) => (x < 0 || y < 0 || x >= size || y >= size ? 0 : mask[y * size + x]);
  /**
   * @param {number} length
   * @param {(i: number) => boolean} differs
   * @param {(from: number, length: number) => void} write
   */
  const runs = (length, differs, write) => {
    for (let i = 0, start = -1; i <= length; i++) {
      const edge = i < length && differs(i);
      if (edge && start < 0) start = i;
      if (!edge && start >= 0) {
        write(start, i - start);
        start = -1;
      }
    }
  };
  const [top, bottom] = rowsOf(mask, size);
  if (top < 0) return "";
  for (let y = top; y <= bottom + 1; y++) {
    runs(
      size,
      (x) => at(x, y) !== at(x, y - 1),
      (x, n) => parts.push(`M${x} ${y}h${n}`),
    );
  }
  for (let x = 0; x <= size; x++) {
    runs(
      bottom + 1,
      (y) => y >= top && at(x, y) !== at(x - 1, y),
      (y, n) => parts.push(`M${x} ${y}v${n}`),
    );
  }
  return parts.join("");
}

/**
 * First and last row of a mask that hold anything; [-1, -1] where it is empty.
 * @param {Uint8Array} mask
 * @param {number} size
 * @returns {number[]}
 */
function rowsOf(mask, size) {
  const first = mask.indexOf(1);
  return first < 0 ? [-1, -1] : [Math.floor(first / size), Math.floor(mask.lastIndexOf(1) / size)];
}

/**
 * Closed rings as the data of one SVG path.
 * @param {Place[][]} rings
 * @returns {string}
 */
export function ringPath(rings) {
  return rings
    .filter((ring) => ring.length)
    .map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`)
    .join("");
}
