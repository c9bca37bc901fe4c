// What a device computes before it is relied on: the image that every model was asked about when it was written.

/**
 * Two dark lungs in a bright body, with a fine texture, in whole numbers: models/exporting/images.py draws the same.
 * @param {number} side
 * @returns {Float32Array<ArrayBuffer>} (side, side) in [0, 1]
 */
export function checkImage(side) {
  const image = new Float32Array(side * side);
  for (let i = 0; i < image.length; i++) {
    const u = Math.floor((256 * (i % side)) / side);
    const v = Math.floor((256 * Math.floor(i / side)) / side);
    const lung = [84, 172].some((centre) => 76 ** 2 * (u - centre) ** 2 + 36 ** 2 * (v - 128) ** 2 < 36 ** 2 * 76 ** 2);
    image[i] = ((lung ? 70 : 190) + ((u ^ v) & 31)) / 255;
  }
  return image;
}

/**
 * The largest difference between logits; infinite where one is no number that should be.
 * @param {Float32Array} logits
 * @param {(number | null)[]} expected null where a finding is not predicted
 * @returns {number}
 */
export function differenceOf(logits, expected) {
  const differences = expected.map((value, i) => (value === null ? 0 : Math.abs(logits[i] - value)));
  return Math.max(...differences.map((difference) => (Number.isNaN(difference) ? Infinity : difference)));
}
