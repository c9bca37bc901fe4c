// What the page and the worker on this device tell each other: see engine.js and worker.js.
import type { Assessment, CaseFacts, DeviceReaders, DeviceRuntime, FilmFacts, OnDevice } from "../messages.d.ts";
import type { TypedArray, Values } from "../types.d.ts";
import type { Device } from "./device.js";
import type { AssessingTables } from "./assessing/types.d.ts";
import type { Explained } from "./explaining/types.d.ts";

export type Provider = "wasm" | "webgpu";
/** What the worker can be asked. */
export type Question = {
  [K in keyof Device]: Device[K] extends (data: never) => Promise<unknown> ? K : never;
}[keyof Device];
export interface Asked {
  id: number;
  what: Question;
  data: unknown;
}
export interface Answered {
  id: number;
  done?: unknown;
  error?: string;
}
/** How far something is: bytes of all files, or passes through a model's network. */
export type Progress =
  { stage: "files"; done: number; total: number } | { stage: "passes"; model: string; done: number; total: number };

export interface Starting {
  /** Whether there is no server that sentences could offer. */
  alone: boolean;
  provider: Provider;
  runtime: DeviceRuntime;
  readers: DeviceReaders | null;
  models: OnDevice[];
  findings: string[];
  assessing: AssessingTables;
}
export interface Started {
  provider: Provider;
  threads: number;
  /** Largest difference to the logits that each model gave when it was written. */
  differences: Record<string, number>;
}

/** An array on its way to the page, which gives it an address. */
export interface Laid {
  data: TypedArray;
  shape: number[];
}
/** A file that is to be opened. */
export interface Opening {
  key: string;
  bytes: Uint8Array<ArrayBuffer>;
  name: string;
  orientation: string;
}
/** One of many that are judged and not opened. */
export type ManyFile = Pick<Opening, "bytes" | "name">;
export interface JudgedFile {
  assessments: Record<string, Assessment>;
  /** Of the models that can assess it, NaN for findings that one does not predict. */
  logits: Record<string, Float32Array>;
  /** What the page makes a small picture of: grey, a square. */
  image: Uint8Array;
}
/** A radiograph as it was read: what the page shows before any model has spoken. */
export interface Read {
  case: Pick<CaseFacts, "facts" | "warnings" | "laid" | "crop" | "size" | "geometry" | "orientation" | "phantom">;
  film: Omit<FilmFacts, "packed" | "values" | "windows"> & {
    packed: Laid;
    values: Laid | null;
    windows: (Omit<FilmFacts["windows"][number], "shades"> & { shades: Laid | null })[];
  };
  image: Laid;
  assessments: Record<string, Assessment>;
}
/** What a model said of an open radiograph; of the patch model also its patch logits (14, g, g). */
export interface Heard {
  logits: Float32Array;
  patches: Laid | null;
}
export interface Wish {
  key: string;
  model: string;
  method: string;
  parameters: Values;
}
export type { Explained };
