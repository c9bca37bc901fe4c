// Turning arrays: as EXIF wants a picture turned, and as a visitor lays it for the models.

/**
 * @template T
 * @typedef {{ values: T, height: number, width: number }} Laid
 */

/**
 * @template {{ length: number, [place: number]: number }} T
 * @param {T} values row by row
 * @param {number} origin the place that comes first
 * @param {number} along from a pixel to the one on its right in the result
 * @param {number} down from a pixel to the one below it in the result
 * @param {number} wide width of the result
 * @returns {T}
 */
function strided(values, origin, along, down, wide) {
  const kind = /** @type {new (count: number) => T} */ (values.constructor);
  const result = new kind(values.length);
  const high = values.length / wide;
  for (let y = 0, i = 0; y < high; y++) {
    for (let x = 0, at = origin + y * down; x < wide; x++, at += along) result[i++] = values[at];
  }
  return result;
}

/**
 * Values mirrored, where that is wanted, and then turned clockwise.
 * @template {{ length: number, [place: number]: number }} T
 * @param {T} values row by row
 * @param {number} height
 * @param {number} width
 * @param {number} quarters 0 to 3
 * @param {boolean} flipped
 * @returns {Laid<T>}
 */
export function turned(values, height, width, quarters, flipped) {
  if (!quarters && !flipped) return { values, height, width };
  const right = flipped ? -1 : 1; // to the pixel on the right of the mirrored image
  const corner = flipped ? width - 1 : 0;
  const last = corner + right * (width - 1);
  const bottom = (height - 1) * width;
  const [wide, high] = quarters % 2 ? [height, width] : [width, height];
  const [origin, along, down] = [
    [corner, right, width],
    [corner + bottom, -width, right],
    [last + bottom, -right, -width],
    [last, width, -right],
  ][quarters];
  return { values: strided(values, origin, along, down, wide), height: high, width: wide };
}

/** EXIF's orientations as quarter turns after mirroring. */
const EXIF = /** @type {Record<number, [number, boolean]>} */ ({
  2: [0, true],
  3: [2, false],
  4: [2, true],
  5: [3, true],
  6: [1, false],
  7: [1, true],
  8: [3, false],
});

/**
 * Values as an EXIF orientation wants them.
 * @template {{ length: number, [place: number]: number }} T
 * @param {T} values
 * @param {number} height
 * @param {number} width
 * @param {number} orientation
 * @returns {Laid<T>}
 */
export function upright(values, height, width, orientation) {
  const [quarters, flipped] = EXIF[orientation] ?? [0, false];
  return turned(values, height, width, quarters, flipped);
}
