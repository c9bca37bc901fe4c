// What is read of a file on the visitor's own device: the same as data_cache/images/radiograph.py and stored.py have it.
import type { Codes, FilmFunction } from "../../types.d.ts";

/** Values of interest as a window, in the film's values; the width is positive. */
export interface ReadWindow {
  name: string;
  level: number;
  width: number;
  function: FilmFunction;
}

/** Values of interest as a table: shades from 0 black to 255 white, by code. */
export interface ReadTable {
  name: string;
  shades: Uint8Array;
}

/** Millimetres between the centres of pixels below and beside one another, and what they were measured on. */
export interface ReadSpacing {
  row: number;
  column: number;
  words: string;
}

/** Letters of the left, right, upper and lower edge, "" where nobody says. */
export type Edges = [string, string, string, string];

/** The film as stored: see `Stored` in data_cache/images/stored.py. */
export interface ReadFilm {
  /** Row by row, upright. */
  codes: Codes;
  /** A stored value is first + step · code. */
  first: number;
  step: number;
  /** By code, what windows are in; null: the stored values. */
  values: Float32Array | null;
  unit: string;
  /** The least and the greatest value that there can be; null: whatever codes can be. */
  limits: [number, number] | null;
  /** The one that is shown at first leads. */
  windows: (ReadWindow | ReadTable)[];
  inverted: boolean;
  photometric: string;
  spacing: ReadSpacing | null;
  unscaled: string;
  edges: Edges;
  view: string;
}

/** A radiograph: see `Radiograph` in data_cache/images/radiograph.py. */
export interface Radiograph {
  height: number;
  width: number;
  /** Grey from 0 to 1, row by row. */
  pixels: Float32Array<ArrayBuffer>;
  bits: number;
  format: string;
  coloured: boolean;
  /** Sentences for the person who gave the image. */
  warnings: string[];
  /** What a header says that the image is, where that is no frontal radiograph. */
  stated: string;
  film: ReadFilm;
}

/** Numbers in rows. */
export type Values = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | FloatValues;
export type FloatValues = Float32Array | Float64Array;

/** Grey before it is a radiograph: see `Grey` in data_cache/images/grey.py. */
export interface Grey {
  pixels: Float32Array<ArrayBuffer>;
  bits: number;
  coloured: boolean;
  /** Without the file's name. */
  warnings: string[];
  film: ReadFilm;
}

/** Where the models' square lies: see `Geometry` in data_cache/geometry.py. */
export interface Crop {
  height: number;
  width: number;
  input_size: number;
  crop: { top: number; left: number; side: number };
}

/** One level of the film. */
export interface FilmLevel {
  height: number;
  width: number;
  codes: Codes;
}

// What is used of dicom-parser 1.8 and @cornerstonejs/codec-openjpeg 1.3.

/** An element of a data set: where its value stands, its items if it is a sequence, its fragments if it is packed. */
export interface DicomElement {
  tag: string;
  vr?: string;
  length: number;
  dataOffset: number;
  items?: { dataSet?: DicomDataSet }[];
  encapsulatedPixelData?: boolean;
  fragments?: { position: number; length: number }[];
}

/** Elements by "x", group and element in lower case. */
export interface DicomDataSet {
  byteArray: Uint8Array;
  elements: Record<string, DicomElement>;
  position?: number;
}

/** Of one order of bytes. */
export interface ByteArrayParser {
  readonly kind?: string;
}

/** The library. */
export interface DicomParser {
  readPart10Header(bytes: Uint8Array): DicomDataSet;
  DataSet: new (parser: ByteArrayParser, bytes: Uint8Array, elements: Record<string, DicomElement>) => DicomDataSet;
  ByteStream: new (parser: ByteArrayParser, bytes: Uint8Array, position: number) => object;
  littleEndianByteArrayParser: ByteArrayParser;
  bigEndianByteArrayParser: ByteArrayParser;
  findEndOfEncapsulatedElement(stream: object, element: DicomElement, warnings: string[]): void;
  parseDicomDataSetExplicit(set: DicomDataSet, stream: object, end: number, options: { untilTag: string }): void;
  parseDicomDataSetImplicit(set: DicomDataSet, stream: object, end: number, options: { untilTag: string }): void;
}

/** Of one image; its memory goes with `delete`. */
export interface J2kDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned: boolean };
  decode(): void;
  delete(): void;
}

/** The library, started. */
export interface OpenJpeg {
  J2KDecoder: new () => J2kDecoder;
}
