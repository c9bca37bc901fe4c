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

/** One number for each pair of colour index and grey byte: where to look a pixel up in a table of `overlayTable`. */
export function pixelCodes(indices, grey) {
  const out = new Uint16Array(indices.length);
  for (let i = 0; i < out.length; i++) out[i] = (indices[i] << 8) | grey[i];
  return out;
}

/**
 * Every pixel that a colour table can give over any grey, at one opacity: opaque RGBA by pixel code.
 * `shades` says how each grey is shown (see `shadesOf`).
 * Strong values cover more of the radiograph than weak ones (`exponents`, from ui/rendering.py); at opacity 1 all cover it.
 */
export function overlayTable({ colours, exponents }, opacity, shades = null) {
  const table = new Uint32Array(exponents.length << 8);
  for (let i = 0; i < exponents.length; i++) {
    const cover = opacity <= 0 ? 0 : opacity ** exponents[i];
    const [red, green, blue] = [0, 1, 2].map((channel) => cover * colours[3 * i + channel] + 0.5);
    for (let grey = 0; grey < 256; grey++) {
      const below = (shades === null ? grey : shades[grey]) * (1 - cover);
      table[(i << 8) | grey] = 0xff000000 | ((below + blue) << 16) | ((below + green) << 8) | (below + red);
    }
  }
  return table;
}

/**
 * How each grey byte is shown with a window of this level and width: clip((g − level) / width + 0.5), then inverted.
 * With the whole range (127.5, 255) every grey stays as it is.
 */
export function shadesOf({ level, width, invert }) {
  return Uint8Array.from({ length: 256 }, (_, g) => {
    const share = Math.min(1, Math.max(0, (g - level) / width + 0.5));
    return Math.round(255 * (invert ? 1 - share : share));
  });
}

/** Grey bytes as opaque RGBA pixels through a table of shades, into `out`. */
export function paintGrey(grey, shades, out) {
  const pixels = Uint32Array.from(shades, (g) => (0xff000000 | (g << 16) | (g << 8) | g) >>> 0);
  for (let i = 0; i < grey.length; i++) out[i] = pixels[grey[i]];
  return out;
}

/** Grey bytes as opaque RGBA pixels (little endian, as canvases want them). */
export function greyPixels(grey) {
  return Uint32Array.from(grey, (g) => (0xff000000 | (g << 16) | (g << 8) | g) >>> 0);
}

/** Look the pixels of an overlay up; writes opaque RGBA into `out`. */
export function blend(codes, table, out) {
  for (let i = 0; i < codes.length; i++) out[i] = table[codes[i]];
  return out;
}

const WHITE = 0xffffffff;
const BLACK = 0xff000000;

/** One frame of a pane: the overlay where the level is above T, elsewhere too unless `hide`; with its border if wanted. */
export function paint(out, plain, overlay, levels, level, size, hide, border = true) {
  if (hide) {
    for (let i = 0; i < levels.length; i++) out[i] = levels[i] > level ? overlay[i] : plain[i];
  } else {
    out.set(overlay);
  }
  if (border) paintBorder(out, levels, level, size);
}

/** A dashed black-and-white line along the border of the region above a level, which shows on any background. */
function paintBorder(out, levels, level, size) {
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
