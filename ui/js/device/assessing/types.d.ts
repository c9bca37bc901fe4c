// An image as it is judged, and what it is judged by.

/** Values row by row; a part of a larger picture has its rows `stride` apart, from `start` on. */
export interface Plane {
  values: Float32Array;
  height: number;
  width: number;
  start: number;
  stride: number;
}

/** What of a radiograph its assessment needs: see js/device/reading/types.d.ts. */
export interface Judged {
  /** Grey from 0 to 1, row by row. */
  pixels: Float32Array;
  height: number;
  width: number;
  coloured: boolean;
  stated: string;
  /** Letters of the left, right, upper and lower edge, "" where nobody says. */
  film: { edges: [string, string, string, string] };
}

/** How an image fits the mean of films best: `Pose` in evaluation/assessment/chest.py. */
export interface Pose {
  likeness: number;
  quarters: number;
  inverted: boolean;
  tilt: number;
  swapped: number;
}

/** What is kept of an image for its assessment: `Film` in evaluation/assessment/film.py. */
export interface Film {
  square: Plane;
  pose: Pose;
  side: number;
  coloured: boolean;
  stated: string;
  blank: boolean;
  simulated: boolean;
  mirrored: boolean | null;
}

/** The images that a model learned from: `QualityReference` in evaluation/trust/quality.py. */
export interface Reference {
  images: number;
  percentiles: [number, number];
  ranges: Record<string, { low: number; median: number; high: number }>;
  template: string;
  simulated: boolean;
}

/** What the server knows and says: ui/device/assessing_tables.py. */
export interface AssessingTables {
  chest: { template: string; whose: string; upright: number; otherwise: number; mirrored: number; straight: number };
  least_side: number;
  few_pixels: number;
  titles: Record<"readable" | "caution" | "not_assessable", string>;
  words: Record<string, string>;
  turned: Record<string, string>;
  quality: {
    whose: { simulated: string; real: string };
    flags_of_pose: string[];
    remedies: Record<string, "rotate" | "flip" | "invert">;
    measures: Record<string, { low: string; high: string }>;
    floors: Record<string, number>;
    sentences: Record<string, string>;
  };
  /** Vectors of the bundled films, 64² signed bytes each, and from which likeness on an image is one of them. */
  phantoms: { films: string; same: number };
}
