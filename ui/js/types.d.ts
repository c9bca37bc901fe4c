// Types that several files of the page share. Nothing of this exists when the page runs.
import type { FixedMethod, MapMethod } from "./benchmark/methods.js";
import type { Annotations } from "./annotations.js";
import type { Arrange } from "./arrange.js";
import type { Comparison } from "./comparison.js";
import type { Annotation } from "./drawing/annotation.js";
import type { Exports } from "./exporting.js";
import type { BroughtFile } from "./files/brought.js";
import type { Film } from "./film/film.js";
import type { FilmRoom } from "./film/room.js";
import type { Gaze } from "./gaze.js";
import type { Layout } from "./layout.js";
import type {
  AboutContent,
  AnnotateRequest,
  Answer,
  BenchmarkConfig,
  CaseMessage,
  CaseRow,
  CheckRequest,
  CohortRequest,
  CompareRequest,
  DeviceContent,
  DiscardRequest,
  ExplainRequest,
  ExportRequest,
  FilmRequest,
  FilmWindow,
  ForgetRequest,
  Getting,
  Glance,
  GlanceRequest,
  MapPair,
  Method,
  Model,
  NearestRequest,
  OpenRequest,
  OwnRequest,
  PanesOnShow,
  ReadRequest,
  RefineRequest,
  SortConfig,
  SortRequest,
  TrustConfig,
  ViewerConfig,
} from "./messages.d.ts";
import type { Pane } from "./pane.js";
import type { Patches } from "./patches.js";
import type { Readers } from "./readers.js";
import type { SecondRead } from "./second_read.js";
import type { Solo } from "./solo.js";
import type { Statement } from "./statement.js";
import type { View } from "./view.js";
import type { Visit } from "./visit/visit.js";
import type { WindowLevel } from "./window.js";
import type { Zoom } from "./zoom.js";

// The document

export type Child = Node | string | null;
export type Listeners = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
export type Attribute = string | number | boolean | null | undefined;
/** What `make` sets: `text`, listeners by event, and attributes, left out where they are null or false. */
export type Attributes = { text?: string; on?: Listeners } & { [name: string]: Attribute | Listeners };
/** A label around a control. */
export type Field<C extends HTMLElement> = HTMLLabelElement & { control: C };
export type SelectField = Field<HTMLSelectElement>;
export type InputField = Field<HTMLInputElement>;
/** The same with a place that shows the control's value. */
export type SliderField = InputField & { shown: HTMLElement };

/** A file as Gradio has taken it. */
export interface Uploaded {
  path: string;
}
export type Upload = (file: File) => Promise<Uploaded>;
/** What the page asks without a message: null where the server did not answer. */
export interface CaseServer {
  cases(nothing: null): Promise<CaseRow[] | null>;
  thumbnails(ids: string[]): Promise<Record<string, string> | null>;
  /** With what visitors' devices compute; not there where they cannot. */
  device?(nothing: null): Promise<DeviceContent | null>;
}
export interface AboutServer {
  content(nothing: null): Promise<AboutContent | null>;
  getting(nothing: null): Promise<Getting | null>;
  get(what: string): Promise<Getting | null>;
}

/** What the open case is, told to the other tabs. */
export interface Shown {
  key: string;
  title: string;
  finding: number | null;
  ready: boolean;
  /** Whether the server has nothing of it. */
  elsewhere: boolean;
}

declare global {
  var explorerShown: Shown | undefined;
  /** Gradio's: `root` is the app's address. */
  var gradio_config: { root: string };
  /** There once its script has run: see charts/library.js. */
  var Plotly: import("./charts/types.d.ts").Plotly;
  interface DocumentEventMap {
    "explorer:open": CustomEvent<{ case: string; finding: string }>;
    "explorer:read": CustomEvent<{ file: File }>;
    "explorer:shown": CustomEvent<Shown>;
    "explorer:news": CustomEvent<null>;
  }
}

// The viewer

/** The open case: all that is known of it, or nothing while there is none. */
export type Content = CaseMessage | { [K in keyof CaseMessage]?: undefined };
export type ViewerMessage = CaseMessage | Answer;
/** A method on a model. */
export interface Pair {
  name: string;
  method: Method;
  model: Model;
}

/** A point in view coordinates. */
export interface Point {
  x: number;
  y: number;
}
/** A point of a drawing, [x, y]. */
export type Place = [number, number];
/** Where something is on the screen. */
export interface OnScreen {
  clientX: number;
  clientY: number;
}

export interface ViewerSend {
  open(data: OpenRequest): void;
  read(data: ReadRequest): void;
  glance(data: GlanceRequest): void;
  discard(data: DiscardRequest): void;
  explain(data: ExplainRequest): void;
  refine(data: RefineRequest): void;
  annotate(data: AnnotateRequest): void;
  compare(data: CompareRequest): void;
  nearest(data: NearestRequest): void;
  film(data: FilmRequest): void;
  export(data: ExportRequest): void;
  stop(data: object): void;
}
/** What may be asked; "lay" is to open a case laid otherwise than in its file. */
export type Question = keyof ViewerSend | "lay";
export interface ViewerChannel {
  config: ViewerConfig;
  server: CaseServer;
  send: ViewerSend;
  upload: Upload;
  /** Address of the app, below which its files are; the page's own where it is left out. */
  root?: string;
  /** Questions that nobody answers here: what asks them is left out of the page. */
  lacks?: readonly Question[];
}

export type ThresholdMode = "range" | "absolute" | "percentile" | "tuned";
/** What is chosen in the browser alone; `limit` is the end of the scale in logits, or "auto". */
export interface Settings {
  mode: ThresholdMode;
  threshold: number;
  cut: number;
  top: number;
  opacity: number;
  hide: boolean;
  limit: string;
  scheme: string;
  /** Whose marks maps are scored against, of several readers: see truth.js. */
  truth: string;
  outline: boolean;
  fill: boolean;
  human: boolean;
  contour: boolean;
}
export type SettingName = keyof Settings;
export type SwitchName = "outline" | "fill" | "human" | "contour" | "hide";
/** Settings that a slider of the threshold moves. */
export type SlideName = "threshold" | "cut" | "top";

export interface Slider {
  setting: SlideName;
  min: number;
  max: number;
  step: number;
  text(value: number, limit: number): string;
}
/** What a mode of the threshold is called, and the slider that it has. */
export interface ModeWords {
  label: string;
  help: string;
  slider?: Slider;
  note?(settings: Settings): string;
}
/** What a patch adds to a logit, and the sum before and after; `patch` is null for the rest. */
export interface WaterfallRow {
  patch: number | null;
  text: string;
  value: number;
  from: number;
  to: number;
}
/** Tuned thresholds of a finding by name of a pane, or why there are none. */
export interface TunedValues {
  values: Record<string, number> | null;
  note: string;
}

/** What an address holds; malformed parts are left out. */
export interface LinkState {
  case: string | null;
  laid: string;
  finding: string | null;
  settings: Partial<Settings>;
  parts: Record<string, unknown>;
}

/** All arrays of a message, by name of the pane and by model; undefined is what the message does not have. */
export interface Arrays {
  image: Uint8Array;
  film: Film;
  filmValues: Float32Array | undefined;
  filmTables: (Uint8Array | undefined)[];
  masks: Uint8Array | undefined;
  human: Uint8Array | undefined;
  layers: Uint8Array | undefined;
  maps: Record<string, Float32Array>;
  patches: Record<string, Float32Array>;
  gaze: TypedArray[];
}
export type TypedArray = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;
/** Stored values of a film: codes from 0. */
export type Codes = Uint8Array | Uint16Array;
/** One level of a film; its codes where it is there whole. */
export interface Level {
  height: number;
  width: number;
  codes: Codes | null;
}
/** A rectangle in view coordinates. */
export interface Extent {
  x: number;
  y: number;
  width: number;
  height: number;
}
export type FilmFunction = FilmWindow["function"];
/** A mask, one byte a pixel, or why there is none. */
export interface MaskOrReason {
  mask: Uint8Array | null;
  reason: string;
}
/** Smallest and largest level of each tile of a map. */
export interface Tiles {
  low: Uint16Array;
  high: Uint16Array;
  across: number;
}
/** What the borders of a map are looked for in: some of its levels in a frame, width², and how they lie in the view. */
export interface Framed {
  levels: Int32Array;
  width: number;
  /** Which rows differ from the one above. */
  crossed: Uint8Array;
  tiles: Tiles;
  /** Pixels of the view from one to the next. */
  step: number;
  size: number;
  /** Whether values change evenly between them. */
  smooth: boolean;
}
/** How the film's values are shown. */
export interface WindowState {
  level: number;
  width: number;
  invert: boolean;
  /** Place among the windows of the film; null: chosen by hand. */
  offer: number | null;
}
/** Scores of a marked region; NaN where undefined. */
export interface Overlap {
  iou: number;
  dice: number;
  precision: number;
  recall: number;
}
export type Scores = Overlap & { hit: boolean | null };
/** A map as a method gave it, row by row. */
export interface GivenMap {
  values: Float32Array;
  height: number;
  width: number;
}
/** What a map is compared by: its levels, and the place of its maximum, −1 for a blank map. */
export interface Measured {
  levels: Uint16Array;
  peak: number;
}
/** Parameters of a method by name. */
export type Values = Record<string, unknown>;

/**
 * What the pointer does in one mode; points are in view coordinates. `move` comes while a button is held, after a `down`
 * that did not return false.
 */
export interface Mode {
  key: string;
  label: string;
  help?: string;
  cursor?: string;
  shortcut?: string;
  icon?: string;
  down?(point: Point, event: PointerEvent, pane: Pane): boolean | void;
  move?(point: Point, event: PointerEvent, pane: Pane): void;
  up?(point: Point, event: PointerEvent, pane: Pane): void;
  cancel?(): void;
  leave?(): void;
  /** Space was tapped over a pane; whether the mode has a use for it. */
  space?(): boolean;
}
/** What a press on a pane begins. */
export type Press = "tool" | "pan" | "window";
/** What is pressed: where, what it does, where on the screen it began, and whether it was moved. */
export interface Held {
  pane: Pane;
  mode: Mode;
  press: Press;
  x: number;
  y: number;
  moved: boolean;
}
export type LayoutName = "all" | "one" | "two" | "grid";
/** What a link remembers: the layout, names of its large panes, whether numbers are folded. */
export interface LayoutState {
  name: LayoutName;
  leads: string[];
  folded: boolean;
}
export interface Box {
  width: number;
  height: number;
}
/** Between panes; what a pane has above and below its square; the same in a strip. */
export interface PaneEdges {
  gap: number;
  around: number;
  small: number;
}
export interface AllFit {
  columns: number;
  side: number;
}
/** Sides of the large panes and of those in the strip, which has so many columns. */
export interface LargeFit extends AllFit {
  thumb: number;
}
export type WheelEffect = "zoom" | "page" | "scroll";
export type HoverListener = (point: Point | null, pane: Pane | null) => void;

/** A key, and how the sheet of keys names it; without `run` it is only listed. */
export interface KeyEntry {
  key: string;
  also?: string[];
  shown?: string;
  help: string;
  /** Of the sheet. */
  group?: KeyGroup;
  /** Whether OHIF has the same. */
  ohif?: boolean;
  /** Whether it does anything now; always, where this is left out. */
  when?(): boolean;
  run?(event: KeyboardEvent): void;
}
export type KeyGroup = "Mouse and touch" | "View" | "Tools" | "Shown" | "Page";
export interface ToolOptions {
  icon: string;
  label: string;
  text?: string;
  help?: string;
  shortcut?: string;
  /** Makes it a switch. */
  pressed?: boolean | null;
  onClick?(event: MouseEvent): void;
}

/** What can be done with the panes besides looking: see features.js, which says when the viewer calls what. */
export interface Feature {
  key?: string;
  onPane?(pane: Pane): void;
  onLayout?(): void;
  onCase?(content: CaseMessage, arrays: Arrays): void;
  onContent?(content: CaseMessage, arrays: Arrays): void;
  onFinding?(index: number): void;
  onAnswer?(answer: Answer): void;
  onUpload?(file: BroughtFile): void;
  onRefusal?(file: BroughtFile, words: string): void;
  onGlance?(glance: Glance): void;
  onClose?(): void;
  onFrame?(): void;
  onPatches?(): void;
  onView?(view: View): void;
  onTiles?(): void;
  onTap?(point: Point, pane: Pane): void;
  /** What a link or a saved session should remember of it, as a JSON value. */
  onState?(): unknown;
  restore?(state: unknown): void;
}
export type Hook = Exclude<keyof Feature, "key">;
/** Features that others speak to, by their key. */
export interface NamedFeatures {
  annotations: Annotations;
  layout: Layout;
  solo: Solo;
  comparison: Comparison;
  exports: Exports;
  film: FilmRoom;
  gaze: Gaze;
  panes: Arrange;
  patches: Patches;
  reading: SecondRead;
  statement: Statement;
  readers: Readers;
  visit: Visit;
  window: WindowLevel;
  zoom: Zoom;
}

/** Polygons and boxes; even-odd. */
export interface RingsShape {
  kind: "rings";
  rings: Place[][];
}
export interface StrokeShape {
  kind: "stroke";
  points: Place[];
  radius: number;
  erase: boolean;
}
/** A region without shapes of its own: packed bits, base64. */
export interface BitsShape {
  kind: "bits";
  bits: string;
}
export type Shape = RingsShape | StrokeShape | BitsShape;
export type ToolName = "polygon" | "brush" | "erase" | "box" | "select";
/** An annotation as a saved session holds it. */
export interface SavedAnnotation {
  name: string;
  finding: string;
  shapes: Shape[];
}
/** What tells a file from any other; `sha256` is null in some sessions of earlier versions. */
export interface Fingerprint {
  name: string;
  size: number;
  sha256: string | null;
}
export type SavedCase = { id: string } | { id?: undefined; upload: Fingerprint };
export interface SavedSession {
  case: SavedCase;
  finding: unknown;
  settings: unknown;
  features: unknown;
  annotations: SavedAnnotation[];
  switched_off: unknown;
}
export interface DrawingActions {
  create(): void;
  copy(): void;
  load(file: File): void;
  exportCoco(): void;
  save(): void;
  open(file: File): void;
  choose(annotation: Annotation): void;
  rename(annotation: Annotation, name: string): void;
  assign(annotation: Annotation, finding: string): void;
  remove(annotation: Annotation): void;
}

// The tab Benchmark

export type Metric = "hit" | "iou_tp" | "iou_all";
export type MarkingKind = "halving" | "grid" | "otsu" | "cutoffs" | "fixed";
/** How maps of a finding are marked. */
export type Marking = { kind: Exclude<MarkingKind, "fixed">; step?: undefined } | { kind: "fixed"; step: number };
/** A mean with its interval, over `n` cases; NaN where undefined. */
export interface Estimate {
  value: number;
  n: number;
  low: number;
  high: number;
}
/** Where a score lies between the best floor, by its number, and the ceiling. */
export interface Skill {
  value: number;
  low: number;
  high: number;
  floor: number;
}
/** With its p-value, by itself and by Holm among those of its table. */
export type Difference = Estimate & { p: number; holm: number };
export type BoardMethod = MapMethod | FixedMethod;
export type MethodKind = "cached" | "own" | "human" | "floor" | "ceiling" | "comparator";
export type Visible = (m: number) => boolean;
/** Tuned thresholds of a method and finding. */
export interface TunedThresholds {
  tp: number;
  everything: number;
  grid: number;
  cutoff: number;
}
/** What a packed file says of itself: see evaluation/cohort_making.py. */
export interface PackedAbout {
  label: string;
  phantom: boolean;
  published: boolean;
  fingerprint: string;
  methods: string[];
  cases: string[];
  findings: string[];
  floors: string[];
  people: string[];
  /** The patient of each case, where a dataset says so. */
  patients: string[] | null;
  /** What a dataset says of its marks. */
  truth: string[];
  /** What may be true where several people read; null where nobody did. */
  readers: { chosen: string; ways: string[]; names: [string, number][] } | null;
  problems: [string, string, string][];
  resolutions: number[];
  tuned: Record<string, Record<string, TunedThresholds>>;
  weights: Record<string, { sha256: string[]; parameters: string[] }>;
}
export type PackedName = keyof PackedArrays;
/** The arrays of a packed file: see evaluation/cohort_files.py. */
export interface PackedArrays {
  pair_finding: Uint8Array;
  pair_case: Uint16Array;
  mask: Uint32Array;
  pixels: Uint32Array;
  states: Uint8Array;
  probability: Float32Array;
  above: Uint32Array;
  inside: Uint32Array;
  otsu: Float32Array;
  hit: Float32Array;
  pointing: Float32Array;
  ceilings: Float64Array;
  people: Float64Array;
  floors: Float64Array;
}
export type Packed = PackedArrays & { about: PackedAbout; shapes: Record<PackedName, number[]> };
/** What is to be said about one case of a method. */
export interface Detail {
  why: string;
  share: number;
  probability: number;
  threshold: number;
  hit: number;
}
export interface Band {
  at: number[];
  low: number[];
  high: number[];
}
/** The published value of a method in a row, where there is one. */
export type PublishedOf = (method: BoardMethod, row: number) => number | null;
/** What the downloads hold. */
export interface ShownTable {
  settings: [string, string][];
  rows: string[];
  methods: string[];
  estimates(metric: Metric): Estimate[][];
  threshold(m: number, row: number, metric: Metric): string;
  published(m: number, row: number, metric: Metric): number | null;
  skill(m: number, row: number, metric: Metric): Skill | null;
}
export interface BenchmarkSend {
  cohort(data: CohortRequest): void;
  own(data: OwnRequest): void;
  forget(data: ForgetRequest): void;
}
export interface BenchmarkChannel {
  config: BenchmarkConfig;
  send: BenchmarkSend;
  upload: Upload;
  /** As of the viewer's channel. */
  lacks?: readonly (keyof BenchmarkSend)[];
}
/** The edge rule that maps were made with, and why the other is not there. */
export interface Edges {
  rule: string;
  reason: string;
}

// The tab Trust

/** A map and its look. */
export type DrawnPair = MapPair & { look: number };
/** A map and what a check says of it. */
export interface Answered<A> {
  pair: DrawnPair;
  answer: A;
}

export interface TrustSend {
  assess(data: object): void;
  check(data: CheckRequest): void;
  stop(data: object): void;
}
export interface TrustChannel {
  config: TrustConfig;
  server: Pick<CaseServer, "thumbnails">;
  send: TrustSend;
  /** As of the viewer's channel. */
  lacks?: readonly (keyof TrustSend)[];
}

// The view "Sort a folder"

export interface SortChannel {
  config: SortConfig;
  send: { sort(data: SortRequest): void; halt(data: object): void };
  upload: Upload;
}
