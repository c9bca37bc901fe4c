// Antialiased bilinear resampling as data_cache/resampling.py has it, which is PyTorch's: pixel centres at +0.5, the
// triangle widened when shrinking, rows first, then columns. Its weights are computed in float32 and so are they here:
// with sides of thousands of pixels, weights in float64 would differ by 1e-4.

const { fround } = Math;

/**
 * For each pixel of the result: where its stretch of the source starts, how long it is, and the weights of it.
 * @typedef {{ starts: Int32Array, lengths: Int32Array, weights: Float32Array, most: number }} Weights
 */

/**
 * @param {number} from pixels of the source
 * @param {number} to pixels of the result
 * @returns {Weights}
 */
function weightsOf(from, to) {
  const scale = fround(from / to);
  const support = scale >= 1 ? scale : 1;
  const inverse = scale >= 1 ? fround(1 / scale) : 1;
  const most = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(to);
  const lengths = new Int32Array(to);
  const weights = new Float32Array(to * most);
  for (let i = 0; i < to; i++) {
    const centre = fround(scale * (i + 0.5));
    const start = Math.max(Math.trunc(fround(centre - support) + 0.5), 0);
    const end = Math.min(Math.trunc(fround(centre + support) + 0.5), from);
    const length = Math.min(Math.max(end - start, 0), most);
    let total = 0;
    for (let j = 0; j < length; j++) {
      const distance = Math.abs(fround((fround(start + j - centre) + 0.5) * inverse));
      const weight = distance < 1 ? fround(1 - distance) : 0;
      weights[i * most + j] = weight;
      total = fround(total + weight);
    }
    for (let j = 0; j < length; j++) weights[i * most + j] /= total;
    starts[i] = start;
    lengths[i] = length;
  }
  return { starts, lengths, weights, most };
}

/**
 * A square of an image, resized.
 * @param {Float32Array} pixels of the image, row by row
 * @param {number} stride its width
 * @param {{ top: number, left: number, side: number }} crop the square
 * @param {number} side of the result
 * @returns {Float32Array<ArrayBuffer>} row by row
 */
export function resized(pixels, stride, crop, side) {
  const { starts, lengths, weights, most } = weightsOf(crop.side, side);
  const narrow = new Float32Array(crop.side * side);
  for (let y = 0; y < crop.side; y++) {
    const row = (crop.top + y) * stride + crop.left;
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let j = 0, at = row + starts[x], w = x * most; j < lengths[x]; j++) sum += pixels[at + j] * weights[w + j];
      narrow[y * side + x] = sum;
    }
  }
  const result = new Float32Array(side * side);
  const sums = new Float64Array(side);
  for (let y = 0; y < side; y++) {
    sums.fill(0);
    for (let j = 0; j < lengths[y]; j++) {
      const weight = weights[y * most + j];
      const row = (starts[y] + j) * side;
      for (let x = 0; x < side; x++) sums[x] += narrow[row + x] * weight;
    }
    result.set(sums, y * side);
  }
  return result;
}
