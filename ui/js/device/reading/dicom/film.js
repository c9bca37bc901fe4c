// The film of a DICOM image: stored values, and every window, table, spacing and mark that the file has for it.
// See data_cache/images/dicom_film.py.
import { general, rounded } from "../numbers.js";
import { STORED, exactly, plainFilm, storedRange } from "../stored.js";
import { extremes } from "../white.js";
import { items, number, numbers, texts, word } from "./dataset.js";
import { lookUp } from "./tables.js";
import { isSigned, modality, ofInterest, windows } from "./values.js";

/**
 * @import { Codes } from "../../../types.d.ts"
 * @import { Edges, ReadFilm, ReadSpacing, ReadTable, ReadWindow } from "../types.d.ts"
 * @import { Dataset } from "./dataset.js"
 * @import { Levels, Stored } from "./values.js"
 */

const OPPOSITE = /** @type {Record<string, string>} */ ({ R: "L", L: "R", A: "P", P: "A", H: "F", F: "H" });
const UNUSABLE = "its pixel spacing cannot be used";
const FARTHEST = 100; // mm between pixels
const SQUARE = 0.01; // by what share the sides of a square pixel may differ

/**
 * @param {Stored} stored
 * @param {Levels} levels of it
 * @param {Dataset} dataset
 * @returns {{ film: ReadFilm, said: string[] }}
 */
export function filmOf(stored, levels, dataset) {
  const photometric = word(dataset, "PhotometricInterpretation") || "MONOCHROME2";
  const { spacing, said } = spacingOf(dataset);
  const values = valuesOf(stored, levels, dataset);
  const film = {
    ...values,
    inverted: photometric === "MONOCHROME1",
    photometric,
    spacing,
    unscaled: said.length && !spacing ? UNUSABLE : values.unscaled,
    edges: edgesOf(dataset),
    view: texts(dataset, "ViewPosition", 16)[0] ?? "",
  };
  return { film, said: [...said, ...ofShape(spacing, dataset), ...ofWindows(dataset)] };
}

/**
 * @param {Stored} stored
 * @param {Levels} levels
 * @param {Dataset} dataset
 * @returns {ReadFilm}
 */
function valuesOf(stored, levels, dataset) {
  if (stored.BYTES_PER_ELEMENT > 2) return storedRange(stored, ...extremes(levels.values));
  const { codes, first } = asCodes(stored);
  const most = levels.values[levels.values.length - 1] - first;
  const all = Float64Array.from({ length: most + 1 }, (_, code) => code + first);
  const { values } = modality({ values: all, signed: levels.signed }, dataset);
  const isSame = values.pixels.every((value, i) => value === all[i]);
  const shown = { values: isSame ? null : Float32Array.from(values.pixels), unit: isSame ? STORED : unitOf(dataset) };
  const at = (/** @type {number} */ value) => values.pixels[value - first];
  const present = { pixels: levels.values.map(at), low: values.low, high: values.high };
  const { chosen } = ofInterest(present, levels, dataset);
  const [low, high] = extremes(present.pixels);
  /** @type {[number, number]} */
  const limits = [Math.min(values.low, low), Math.max(values.high, high)];
  return { ...plainFilm(codes, offered(values.pixels, present.pixels, chosen, dataset)), first, ...shown, limits };
}

/**
 * Integers of at most 16 bits as codes, and the value of code 0; those that are never negative stay as they are.
 * @param {Stored} stored
 * @returns {{ codes: Codes, first: number }}
 */
function asCodes(stored) {
  if (!isSigned(stored)) return { codes: /** @type {Codes} */ (stored), first: 0 };
  const [low, high] = extremes(stored);
  const first = Math.min(0, low);
  const codes = high - first < 256 ? new Uint8Array(stored.length) : new Uint16Array(stored.length);
  for (let i = 0; i < codes.length; i++) codes[i] = stored[i] - first;
  return { codes, first };
}

/**
 * @param {Dataset} dataset
 * @returns {string}
 */
function unitOf(dataset) {
  const kind = items(dataset, "ModalityLUTSequence").length ? "modality LUT" : "rescale";
  const unit = texts(dataset, "RescaleType", 16)[0] ?? "";
  return `value after ${kind}${unit && unit !== "US" ? `, ${unit}` : ""}`;
}

/**
 * All that the file offers, what it is shown with at first leading.
 * @param {Float64Array} values by code
 * @param {Float64Array} present those that pixels have
 * @param {ReadWindow | number} chosen
 * @param {Dataset} dataset
 * @returns {(ReadWindow | ReadTable)[]}
 */
function offered(values, present, chosen, dataset) {
  /** @type {(ReadWindow | ReadTable)[]} */
  const offers = [];
  let first = typeof chosen === "number" ? null : /** @type {ReadWindow | ReadTable} */ (chosen);
  for (const [place, item] of items(dataset, "VOILUTSequence").entries()) {
    const found = lookUp(values, item);
    if (!found) continue;
    const { pixels, high } = found.values;
    const shades = Uint8Array.from(pixels, (value) => rounded(Math.min(Math.max(value / high, 0), 1) * 255));
    offers.push({ name: texts(item, "LUTExplanation")[0] || `VOI LUT ${place + 1}`, shades });
    if (chosen === place) first = offers[offers.length - 1];
  }
  offers.push(...windows(dataset));
  const others = offers.filter((one) => one !== first && !(first && isSame(one, first)));
  const [low, high] = extremes(present);
  return [...(first ? [first] : []), ...others, exactly("All values", (low + high) / 2, high - low || 1)];
}

/**
 * Whether two are the same window.
 * @param {ReadWindow | ReadTable} one
 * @param {ReadWindow | ReadTable} other
 */
const isSame = (one, other) =>
  "level" in one &&
  "level" in other &&
  one.name === other.name &&
  one.level === other.level &&
  one.width === other.width &&
  one.function === other.function;

/**
 * What to say where some of the windows are none, and others are shown.
 * @param {Dataset} dataset
 * @returns {string[]}
 */
function ofWindows(dataset) {
  const usable = windows(dataset).length;
  const count = numbers(dataset, "WindowCenter").length - usable;
  if (count < 1 || !usable) return []; // where none can be used, what is shown instead is said already
  const [many, were] = count === 1 ? ["one", "was"] : [count, "were"];
  return [`${many} of its windows cannot be used and ${were} passed over.`];
}

/**
 * What to say where pixels are not square: by the spacing, or by Pixel Aspect Ratio, which is vertical first.
 * @param {ReadSpacing | null} spacing
 * @param {Dataset} dataset
 * @returns {string[]}
 */
function ofShape(spacing, dataset) {
  const sides = spacing ? [spacing.row, spacing.column] : numbers(dataset, "PixelAspectRatio");
  if (sides.length !== 2 || !sides.every((side) => side > 0)) return [];
  if (Math.abs(sides[0] - sides[1]) <= SQUARE * Math.max(...sides)) return [];
  const [row, column] = sides.map((side) => general(side, 3));
  const words = spacing ? `${row} mm high and ${column} mm wide` : `not square (${row} high to ${column} wide)`;
  return [`its pixels are ${words} and are drawn as squares, as the models see them, so that shapes are distorted.`];
}

/**
 * Pixel Spacing, which is calibrated where it differs from that at the detector; else that of the detector.
 * @param {Dataset} dataset
 * @returns {{ spacing: ReadSpacing | null, said: string[] }}
 */
function spacingOf(dataset) {
  const keywords = /** @type {const} */ (["PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"]);
  const pairs = keywords.map((keyword) => numbers(dataset, keyword));
  const usable = pairs.map((pair) =>
    pair.length === 2 && pair.every((length) => length > 0 && length < FARTHEST) ? pair : null,
  );
  const isBad = pairs.some((pair, i) => pair.length && !usable[i]) && !usable.some(Boolean);
  const said = isBad ? [`${UNUSABLE} and was passed over; lengths are in pixels.`] : [];
  const [pixel, imager, scanned] = usable;
  return { spacing: chosenSpacing(dataset, pixel, imager, scanned), said };
}

/**
 * @param {Dataset} dataset
 * @param {number[] | null} pixel
 * @param {number[] | null} imager
 * @param {number[] | null} scanned
 * @returns {ReadSpacing | null}
 */
function chosenSpacing(dataset, pixel, imager, scanned) {
  const spaced = (/** @type {number[]} */ [row, column], /** @type {string} */ words) => ({ row, column, words });
  if (pixel && !(imager && pixel.every((length, i) => length === imager[i]))) {
    const kind = word(dataset, "PixelSpacingCalibrationType");
    const isSaid = kind === "GEOMETRY" || kind === "FIDUCIAL";
    return spaced(pixel, `Pixel Spacing, ${isSaid ? `calibrated by ${kind.toLowerCase()}` : "calibration not said"}`);
  }
  if (imager) {
    const factor = number(dataset, "EstimatedRadiographicMagnificationFactor");
    if (factor !== null && factor >= 1 && factor < 10) {
      const words = `Imager Pixel Spacing, divided by the magnification of ${general(factor)}`;
      return spaced(
        imager.map((length) => length / factor),
        words,
      );
    }
    return spaced(imager, "Imager Pixel Spacing, at the detector: larger than in the patient");
  }
  return scanned && spaced(scanned, "Nominal Scanned Pixel Spacing, on the film");
}

/**
 * Letters of the left, right, upper and lower edge, from where rows and columns lead to.
 * @param {Dataset} dataset
 * @returns {Edges}
 */
function edgesOf(dataset) {
  const sides = texts(dataset, "PatientOrientation", 3).map((text) => text.toUpperCase());
  const isKnown = (/** @type {string} */ side) => [...side].every((letter) => letter in OPPOSITE);
  if (sides.length !== 2 || !sides.every(isKnown)) return ["", "", "", ""];
  const [right, down] = sides;
  const [left, up] = sides.map((side) => [...side].map((letter) => OPPOSITE[letter]).join(""));
  return [left, right, up, down];
}
