// What an export tells: the open case as it is shown, with all arrays at hand.
import type { CaseMessage, Method, ViewerState } from "../../messages.d.ts";

/** Which model speaks, as `ModelInfo` in models/predictions.py has it. */
export interface SpeakingModel {
  key: string;
  label: string;
  /** Names model and weights. */
  id: string;
  origin: string;
  weights_sha256: string;
  /** What computes, and how exactly. */
  backend: string;
  precision: string;
}

/** One method's maps of one model. */
export interface ExportedMap {
  method: string;
  model: string;
  parameters: Record<string, unknown>;
  /** (14, h, w) as they are stored, and as they are drawn and scored. */
  maps: Float32Array;
  shown: Float32Array;
  shape: number[];
}

/** A map of all findings that never looks at the image. */
export interface ExportedFloor {
  values: Float32Array;
  shape: number[];
  thresholds: Record<string, number>;
  note: string;
}

/** Masks in the view by finding, one byte a pixel, 0 or 1. */
export type Masks = Record<string, Uint8Array>;

/** The open case. */
export interface Opened {
  /** CheXpert's 14, in its order. */
  findings: string[];
  /** Methods of the registry. */
  methods: Method[];
  /** What the viewer was told; of it the facts of the case, assessments and regions are read. */
  content: Pick<CaseMessage, "case" | "assessments" | "regions" | "gaze">;
  models: SpeakingModel[];
  /** (14,) by model; NaN for findings that it does not predict. */
  logits: Record<string, Float32Array>;
  /** (14, g, g) by model. */
  patches: Record<string, Float32Array>;
  /** All that were made, by name of a pane. */
  maps: Record<string, ExportedMap>;
  masks: Masks;
  human: Masks;
  /** Of several readers: "0", "1" … by their places, or "majority". */
  layers: Record<string, Masks>;
  floors: Record<string, ExportedFloor>;
}

export type Shown = ViewerState;

/** A file that was made. */
export interface MadeFile {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  type: string;
}

/** Scores of a marked region; null where undefined. */
export type ScoreRow = Record<"iou" | "dice" | "precision" | "recall" | "hit", number | null>;
