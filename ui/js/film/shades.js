// Windows over stored values, as DICOM defines them (PS3.3, C.11.2): a grey for each code of the film.

/**
 * @import { FilmFacts } from "../messages.d.ts"
 * @import { FilmFunction } from "../types.d.ts"
 */

/**
 * The values that windows are in, by code.
 * @param {Pick<FilmFacts, "depth" | "first" | "step">} facts
 * @param {Float32Array | null} values
 * @returns {Float64Array}
 */
export function valuesOf({ depth, first, step }, values) {
  const found = new Float64Array(1 << depth);
  for (let code = 0; code < found.length; code++) {
    found[code] = values ? values[Math.min(code, values.length - 1)] : first + step * code;
  }
  return found;
}

/**
 * Greys of values through a window, 0 black to 255 white.
 * @param {Float64Array} values
 * @param {{ level: number, width: number, function: FilmFunction }} window
 * @returns {Uint8Array}
 */
export function greysOf(values, { level, width, function: kind }) {
  const greys = new Uint8Array(values.length);
  if (kind === "SIGMOID") {
    for (let i = 0; i < greys.length; i++) {
      greys[i] = Math.round(255 / (1 + Math.exp((-4 * (values[i] - level)) / width)));
    }
    return greys;
  }
  const counted = kind === "LINEAR" && width >= 1; // whole numbers are counted: half a step lower, and one fewer
  const middle = counted ? level - 0.5 : level;
  const wide = Math.max(counted ? width - 1 : width, Number.MIN_VALUE);
  for (let i = 0; i < greys.length; i++) {
    const share = (values[i] - middle) / wide + 0.5;
    greys[i] = Math.round(255 * (share > 0 ? (share < 1 ? share : 1) : 0));
  }
  return greys;
}

/**
 * Greys as opaque pixels, those of codes beyond the table's end like its last.
 * @param {Uint8Array} greys
 * @param {boolean} inverted
 * @param {Uint32Array} out by code
 * @returns {Uint32Array}
 */
export function pixelsOf(greys, inverted, out) {
  for (let code = 0; code < out.length; code++) {
    const grey = greys[code < greys.length ? code : greys.length - 1];
    const g = inverted ? 255 - grey : grey;
    out[code] = (0xff000000 | (g << 16) | (g << 8) | g) >>> 0;
  }
  return out;
}
