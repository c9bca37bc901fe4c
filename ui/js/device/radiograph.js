// A radiograph that is open on this device: the film in levels, what the models are given, and what they said.
import { assessmentsOf, filmOf as judgedFilm } from "./assessing/assess.js";
import { isMarked } from "./assessing/marked.js";
import { checkImage } from "./checking.js";
import { explain } from "./explaining/explain.js";
import { rounded } from "./reading/numbers.js";
import {
  laidOut,
  overviewOf,
  packed,
  preprocess,
  pyramid,
  readRadiograph,
  TILE,
  tilesOf,
  wordsOf,
} from "./reading/index.js";

/**
 * @import { OnDevice } from "../messages.d.ts"
 * @import { AssessingTables } from "./assessing/types.d.ts"
 * @import { Network } from "./network.js"
 * @import { Explained, Outputs } from "./explaining/types.d.ts"
 * @import { FilmLevel, Radiograph, ReadFilm } from "./reading/types.d.ts"
 * @import { Values } from "../types.d.ts"
 * @import { Heard, Laid, Opening, Read } from "./types.d.ts"
 */

export const VIEW = 512; // pixels along a side of what the page draws maps on

/**
 * @param {Radiograph} radiograph
 * @returns {string} which part of it the models see; "" where that is all but a rim that nobody would notice
 */
function cropWords({ height, width }) {
  const [short, long] = [Math.min(height, width), Math.max(height, width)];
  const share = (long - short) / 2 / long;
  if (share < 0.005) return "";
  const where = height > width ? "above and below" : "left and right";
  return `The models see the central square; ${rounded(100 * share)} % of the radiograph ${where} of it is cut off.`;
}

/**
 * Grey from 0 to 1 as bytes; halves go to the even neighbour, as numpy rounds.
 * @param {Float32Array} image
 * @returns {Uint8Array}
 */
export function bytesOf(image) {
  const bytes = new Uint8Array(image.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = rounded(Math.fround(Math.min(Math.max(image[i], 0), 1) * 255));
  return bytes;
}

export class OpenRadiograph {
  /** @type {Map<string, Outputs>} */
  outputs = new Map(); // what each model said

  /**
   * @param {FilmLevel[]} levels
   * @param {Map<number, Float32Array>} images by their side
   * @param {Read} read
   */
  constructor(levels, images, read) {
    this.levels = levels;
    this.images = images;
    this.read = read;
  }

  /**
   * Read a file. Of its pixels only the film and what the models are given are kept.
   * @param {Opening} opening
   * @param {number[]} sides of the models' inputs
   * @param {OnDevice[]} models
   * @param {AssessingTables} tables
   * @returns {Promise<OpenRadiograph>}
   */
  static async of({ bytes, name, orientation }, sides, models, tables) {
    const stored = await readRadiograph(bytes, name);
    const radiograph = orientation ? laidOut(stored, orientation) : stored;
    const { film, height, width } = radiograph;
    const levels = pyramid(film.codes, height, width);
    const prepared = new Map([...new Set([...sides, VIEW])].map((side) => [side, preprocess(radiograph, side)]));
    const images = new Map([...prepared].map(([side, { image }]) => [side, image]));
    const { image, geometry } = /** @type {ReturnType<typeof preprocess>} */ (prepared.get(VIEW));
    const judged = judgedFilm(radiograph, isMarked(bytes), tables);
    /** @type {Read} */
    const read = {
      case: {
        facts: `${width} × ${height} px · uploaded file (${radiograph.format})`,
        warnings: [...new Set(radiograph.warnings)],
        orientation,
        laid: wordsOf(orientation),
        crop: cropWords(radiograph),
        size: [height, width],
        geometry,
        phantom: judged.simulated,
      },
      film: await filmOf(film, levels),
      image: { data: bytesOf(image), shape: [VIEW, VIEW] },
      assessments: assessmentsOf(judged, models, tables),
    };
    return new OpenRadiograph(levels, images, read);
  }

  /**
   * @param {number} level
   * @param {[number, number][]} places
   * @returns {Promise<Uint8Array>} the tiles, as the page unpacks them
   */
  tiles(level, places) {
    if (!this.levels[level]) {
      throw new Error(`Expected a level of the film below ${this.levels.length}, found ${level}; open it again.`);
    }
    return packed(tilesOf(this.levels[level], places));
  }

  /**
   * What a model says, by its passes where it has not spoken yet.
   * @param {Network} network
   * @param {string[]} findings
   * @param {(done: number) => void} onPass
   * @returns {Promise<Heard>}
   */
  async hear(network, findings, onPass) {
    const { speaker, id, classifier } = network.facts;
    if (!this.outputs.has(speaker.key)) {
      const image = this.images.get(network.side);
      if (!image) throw new Error(`Expected an image for ${speaker.label}, found none: open the radiograph again.`);
      const { logits, outputs } = await network.look(image, onPass);
      /** @type {Outputs} */
      const said = { findings, logits: network.predicted(logits), id };
      if (outputs.patch_logits) said.patchLogits = outputs.patch_logits;
      if (outputs.features) said.features = withoutFirst(outputs.features);
      if (outputs.attention) said.attention = withoutFirst(outputs.attention);
      if (outputs.segments) said.segments = withoutFirst(outputs.segments);
      if (classifier) said.classifier = { weight: floats(classifier.weight), bias: floats(classifier.bias) };
      this.outputs.set(speaker.key, said);
    }
    const { logits, patchLogits } = /** @type {Outputs} */ (this.outputs.get(speaker.key));
    return { logits, patches: patchLogits ? byFinding(patchLogits.data, logits.length) : null };
  }

  /**
   * @param {string} model
   * @param {string} method
   * @param {Values} parameters
   * @returns {Explained}
   */
  explain(model, method, parameters) {
    const outputs = this.outputs.get(model);
    if (!outputs) throw new Error(`Expected that ${model} has spoken, found that it did not: open the file again.`);
    return explain(method, outputs, parameters);
  }
}

/**
 * Look at some image as at a visitor's: a browser compiles what runs often, and the first takes ten times as long.
 * @param {AssessingTables} tables
 */
export function warmUp(tables) {
  const pixels = checkImage(VIEW);
  const size = { height: VIEW, width: VIEW };
  preprocess({ pixels, ...size }, VIEW);
  judgedFilm({ pixels, ...size, coloured: false, stated: "", film: { edges: ["", "", "", ""] } }, false, tables);
}

/** @param {{ data: Float32Array, shape: number[] }} output of one image */
const withoutFirst = ({ data, shape }) => ({ data, shape: shape.slice(1) });

/**
 * @param {string} text base64 of little-endian float32
 * @returns {Float32Array}
 */
function floats(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

/**
 * Patch logits (g², n) as maps (n, g, g).
 * @param {Float32Array} data
 * @param {number} count
 * @returns {Laid}
 */
function byFinding(data, count) {
  const cells = data.length / count;
  const side = Math.round(Math.sqrt(cells));
  const maps = new Float32Array(data.length);
  for (let cell = 0; cell < cells; cell++) {
    for (let i = 0; i < count; i++) maps[i * cells + cell] = data[cell * count + i];
  }
  return { data: maps, shape: [count, side, side] };
}

/**
 * What the page knows of a film before it looks closer, as ui/content.py tells it.
 * @param {ReadFilm} film
 * @param {FilmLevel[]} levels
 * @returns {Promise<Read["film"]>}
 */
async function filmOf(film, levels) {
  const overview = overviewOf(levels);
  const bytes = await packed([levels[overview]]);
  return {
    size: [levels[0].height, levels[0].width],
    depth: film.codes instanceof Uint8Array ? 8 : 16,
    tile: TILE,
    levels: levels.map(({ height, width }) => [height, width]),
    overview,
    packed: { data: bytes, shape: [bytes.length] },
    first: film.first,
    step: film.step,
    values: film.values && { data: film.values, shape: [film.values.length] },
    unit: film.unit,
    limits: film.limits,
    windows: film.windows.map((one) =>
      "shades" in one
        ? {
            name: one.name,
            level: null,
            width: null,
            function: "LUT",
            shades: { data: one.shades, shape: [one.shades.length] },
          }
        : { ...one, shades: null },
    ),
    inverted: film.inverted,
    photometric: film.photometric,
    spacing: film.spacing,
    unscaled: film.unscaled,
    edges: film.edges,
    view: film.view,
  };
}
