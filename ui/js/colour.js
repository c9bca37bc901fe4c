// Values → colours → pixels. The colour tables come from ui/rendering.py, the only place where colours are chosen.

/** Entries of a colour table: NEUTRAL is zero, 0 the strongest negative and 2 × NEUTRAL the strongest positive value. */
export const NEUTRAL = 127;

/** Index of each value in a colour table that spans [-limit, limit]; values beyond are drawn as the limit. */
export function colourIndices(map, limit) {
  const out = new Uint8Array(map.length);
  const factor = limit > 0 ? NEUTRAL / limit : 0;
  for (let i = 0; i < map.length; i++) {
    const index = Math.round(map[i] * factor) + NEUTRAL;
    out[i] = index < 0 ? 0 : index > 2 * NEUTRAL ? 2 * NEUTRAL : index;
  }
  return out;
}

/**
 * What each entry of a colour table adds to a pixel at one opacity.
 * Strong values cover more of the radiograph than weak ones (`exponents`, from ui/rendering.py); at opacity 1 all cover it.
 * Returns {keep, red, green, blue}: pixel = (grey × keep + colour) / 65536.
 */
export function overlayTable(colours, exponents, opacity) {
  const size = exponents.length;
  const table = { keep: new Int32Array(size), red: new Int32Array(size), green: new Int32Array(size), blue: new Int32Array(size) };
  for (let i = 0; i < size; i++) {
    const alpha = opacity <= 0 ? 0 : opacity ** exponents[i];
    table.keep[i] = Math.round((1 - alpha) * 65536);
    table.red[i] = Math.round(alpha * colours[3 * i] * 65536) + 32768;
    table.green[i] = Math.round(alpha * colours[3 * i + 1] * 65536) + 32768;
    table.blue[i] = Math.round(alpha * colours[3 * i + 2] * 65536) + 32768;
  }
  return table;
}

/** Grey bytes as opaque RGBA pixels (little endian, as canvases want them). */
export function greyPixels(grey) {
  return Uint32Array.from(grey, (g) => (0xff000000 | (g << 16) | (g << 8) | g) >>> 0);
}

/** Lay coloured indices over grey bytes; writes opaque RGBA pixels into `out`. */
export function blend(grey, indices, table, out) {
  const { keep, red, green, blue } = table;
  for (let i = 0; i < indices.length; i++) {
    const k = indices[i];
    const g = grey[i] * keep[k];
    out[i] = 0xff000000 | (((g + blue[k]) >> 16) << 16) | (((g + green[k]) >> 16) << 8) | ((g + red[k]) >> 16);
  }
  return out;
}

const WHITE = 0xffffffff;
const BLACK = 0xff000000;

/**
 * One frame of a pane: the overlay where the level is above T (elsewhere too unless `hide`), and a dashed
 * black-and-white line along the border of that region, which shows on any background.
 */
export function paint(out, plain, overlay, levels, level, size, hide) {
  if (hide) {
    for (let i = 0; i < levels.length; i++) out[i] = levels[i] > level ? overlay[i] : plain[i];
  } else {
    out.set(overlay);
  }
  for (let y = 0; y < size - 1; y++) {
    let i = y * size;
    let here = levels[i] > level;
    for (let x = 0; x < size - 1; x++, i++) {
      const right = levels[i + 1] > level;
      if (here !== right || here !== levels[i + size] > level) out[i] = (x + y) & 4 ? WHITE : BLACK;
      here = right;
    }
  }
}

/** A CSS gradient that shows a colour table from entry `from` to entry `to`. */
export function cssGradient(colours, from = 0, to = 2 * NEUTRAL) {
  const stops = [];
  for (let step = 0; step <= 16; step++) {
    const i = 3 * Math.round(from + ((to - from) * step) / 16);
    stops.push(`rgb(${colours[i]} ${colours[i + 1]} ${colours[i + 2]})`);
  }
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/** The next larger round number: limits of colour scales that do not jump with every map. */
export function niceCeiling(value) {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((s) => s * power >= value * (1 - 1e-9));
  return Number((step * power).toPrecision(2));
}
