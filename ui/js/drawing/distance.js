// How far apart two regions are.

const FAR = 1e20;

/**
 * Squared distance from each place of a line to the nearest place, f[i] being the cost of place i (Felzenszwalb and
 * Huttenlocher, 2012).
 * @param {Float64Array} f
 * @param {Float64Array} out
 * @param {number} n
 * @param {Int32Array} hulls
 * @param {Float64Array} bounds
 */
function transformLine(f, out, n, hulls, bounds) {
  let k = 0;
  hulls[0] = 0;
  bounds[0] = -FAR;
  bounds[1] = FAR;
  for (let q = 1; q < n; q++) {
    /** @type {number} */
    let s;
    do {
      const v = hulls[k];
      s = (f[q] + q * q - (f[v] + v * v)) / (2 * (q - v));
    } while (s <= bounds[k] && k-- > 0);
    hulls[++k] = q;
    bounds[k] = s;
    bounds[k + 1] = FAR;
  }
  k = 0;
  for (let q = 0; q < n; q++) {
    while (bounds[k + 1] < q) k++;
    out[q] = (q - hulls[k]) ** 2 + f[hulls[k]];
  }
}

/**
 * Squared distance of every pixel's centre to the nearest pixel's centre of a mask, exact.
 * @param {Uint8Array} mask
 * @param {number} size
 * @returns {Float64Array}
 */
export function squaredDistances(mask, size) {
  const grid = Float64Array.from(mask, (inside) => (inside ? 0 : FAR));
  const [f, out] = [new Float64Array(size), new Float64Array(size)];
  const [hulls, bounds] = [new Int32Array(size + 1), new Float64Array(size + 2)];
  for (const [step, line] of [
    [size, 1],
    [1, size],
  ]) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) f[j] = grid[i * line + j * step];
      transformLine(f, out, size, hulls, bounds);
      for (let j = 0; j < size; j++) grid[i * line + j * step] = out[j];
    }
  }
  return grid;
}

/**
 * The largest of the distances at a mask's pixels, 0 for none.
 * @param {Uint8Array} mask
 * @param {Float64Array} distances
 * @returns {number}
 */
export function farthest(mask, distances) {
  let most = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] && distances[i] > most) most = distances[i];
  return most;
}

/**
 * Hausdorff distance of two masks on the same grid, in its pixels: the largest distance from a pixel's centre of either
 * to the nearest of the other. NaN when one is empty.
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 * @param {number} size
 * @returns {number}
 */
export function hausdorff(a, b, size) {
  if (!a.includes(1) || !b.includes(1)) return NaN;
  return Math.sqrt(Math.max(farthest(a, squaredDistances(b, size)), farthest(b, squaredDistances(a, size))));
}

/**
 * IoU and Dice of two masks; NaN when both are empty.
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 * @returns {{ iou: number, dice: number }}
 */
export function agreement(a, b) {
  let [both, first, second] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    both += a[i] & b[i];
    first += a[i];
    second += b[i];
  }
  const all = first + second;
  return { iou: all ? both / (all - both) : NaN, dice: all ? (2 * both) / all : NaN };
}

/**
 * Cohen's kappa of two masks over all pixels: how much more they agree than masks of these areas would by chance. NaN
 * where chance alone agrees everywhere: when both are empty, or both cover everything.
 * @param {number} first pixels of one mask
 * @param {number} second of the other
 * @param {number} both of both
 * @param {number} all of the picture
 * @returns {number}
 */
export function kappa(first, second, both, all) {
  const chance = all * (first + second) - 2 * first * second;
  return chance ? (2 * (all * both - first * second)) / chance : NaN;
}

/**
 * Index of the pixel in which a mask's centre of mass lies; −1 of an empty one.
 * @param {Uint8Array} mask
 * @param {number} size
 * @returns {number}
 */
export function centreOf(mask, size) {
  let [count, rows, columns] = [0, 0, 0];
  for (let i = 0; i < mask.length; i++) {
    if (!mask[i]) continue;
    count++;
    rows += Math.floor(i / size);
    columns += i % size;
  }
  return count ? Math.floor(rows / count + 0.5) * size + Math.floor(columns / count + 0.5) : -1;
}
