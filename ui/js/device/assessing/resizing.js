// Pictures at other sizes, as OpenCV makes them.

/** @import { Plane } from "./types.d.ts" */

/**
 * @param {Float32Array} values row by row
 * @param {number} height
 * @param {number} width
 * @returns {Plane}
 */
export function plane(values, height, width) {
  return { values, height, width, start: 0, stride: width };
}

/**
 * A part of a picture, which shares its values.
 * @param {Plane} whole
 * @param {[number, number]} rows from the first to before the last
 * @param {[number, number]} columns
 * @returns {Plane}
 */
export function part({ values, start, stride }, [top, bottom], [left, right]) {
  return { values, height: bottom - top, width: right - left, start: start + top * stride + left, stride };
}

/**
 * What each place of a line is made of: `count` places from `first` on, with their weights.
 * @typedef {{ first: Int32Array, count: Int32Array, weights: Float64Array[] }} Line
 */

/**
 * OpenCV's INTER_AREA: the mean over what each pixel covers; a kind of bilinear where a side becomes longer.
 * @param {Plane} given
 * @param {number} height
 * @param {number} width
 * @returns {Plane}
 */
export function byArea(given, height, width) {
  const enlarges = given.height < height || given.width < width;
  const line = enlarges ? softLine : coveredLine;
  return through(given, line(given.height, height), line(given.width, width));
}

/**
 * OpenCV's INTER_LINEAR: pixel centres at +0.5, the border repeated.
 * @param {Plane} given
 * @param {number} height
 * @param {number} width
 * @returns {Plane}
 */
export function bilinear(given, height, width) {
  return through(given, linearLine(given.height, height), linearLine(given.width, width));
}

/**
 * @param {number} from
 * @param {number} to at most as many
 * @returns {Line}
 */
function coveredLine(from, to) {
  const scale = from / to;
  return line(to, (place) => {
    const [start, end] = [place * scale, Math.min((place + 1) * scale, from)];
    const first = start + 1 - Math.ceil(start) <= 1e-3 ? Math.ceil(start) : Math.floor(start);
    const weights = [];
    for (let i = first; i < end; i++) {
      const share = Math.min(i + 1, end) - Math.max(i, start);
      if (share > 1e-3) weights.push(share / (end - start)); // as OpenCV neglects slivers
    }
    return [first, weights];
  });
}

/**
 * @param {number} from
 * @param {number} to
 * @returns {Line}
 */
function softLine(from, to) {
  const scale = from / to;
  return line(to, (place) => {
    const first = Math.floor(place * scale);
    const ahead = Math.fround(place + 1 - (first + 1) / scale);
    return between(first, ahead <= 0 ? 0 : ahead - Math.floor(ahead), from);
  });
}

/**
 * @param {number} from
 * @param {number} to
 * @returns {Line}
 */
function linearLine(from, to) {
  return line(to, (place) => {
    const at = Math.fround(((place + 0.5) * from) / to - 0.5);
    const first = Math.floor(at);
    return first < 0 ? between(0, 0, from) : between(first, at - first, from);
  });
}

/**
 * @param {number} first
 * @param {number} share of the next one
 * @param {number} length
 * @returns {[number, number[]]}
 */
function between(first, share, length) {
  return first + 1 >= length ? [length - 1, [1]] : [first, [1 - share, share]];
}

/**
 * @param {number} length
 * @param {(place: number) => [first: number, weights: number[]]} made
 * @returns {Line}
 */
function line(length, made) {
  const [first, count] = [new Int32Array(length), new Int32Array(length)];
  const weights = Array.from({ length }, (_, place) => {
    const [start, shares] = made(place);
    [first[place], count[place]] = [start, shares.length];
    return Float64Array.from(shares);
  });
  return { first, count, weights };
}

/**
 * @param {Plane} given
 * @param {Line} down
 * @param {Line} across
 * @returns {Plane}
 */
function through({ values, width, start, stride }, down, across) {
  const [height, columns] = [down.first.length, across.first.length];
  const found = new Float32Array(height * columns);
  const sum = new Float64Array(width);
  for (let row = 0; row < height; row++) {
    sum.fill(0);
    for (let i = 0; i < down.count[row]; i++) {
      const [from, weight] = [start + (down.first[row] + i) * stride, down.weights[row][i]];
      for (let x = 0; x < width; x++) sum[x] += weight * values[from + x];
    }
    for (let column = 0; column < columns; column++) {
      const [from, weights] = [across.first[column], across.weights[column]];
      let value = 0;
      for (let i = 0; i < weights.length; i++) value += weights[i] * sum[from + i];
      found[row * columns + column] = value;
    }
  }
  return plane(found, height, columns);
}
