// Made by `python -m ui.protocol` from the models of ui/protocol: change those, not this file.

/** Everything that the tab shows. */
export interface AboutContent {
  protocol: string;
  models: ModelCard[];
  error: string;
  methods: MethodCard[];
  getting: Getting;
  must_not: string[];
  limits: string[];
  privacy: string[];
}

/** Read an annotation file for the open case. */
export interface AnnotateRequest {
  path: string;
  name: string;
  /** Of a file that does not name it; null: it must. */
  finding: string | null;
}

/** The answer to one question; everything else on the page stays as it is. */
export interface Answer {
  protocol: string;
  serial: string;
  turn: number;
  busy: boolean;
  error?: string;
  /** Name of the pane whose parameters the error is about. */
  at?: string;
  annotations?: LoadedAnnotation[];
  /** All that is known of the open case now, after a file of it was loaded. */
  gaze?: GazeSource[];
  /** Place of the reading that the file was about. */
  loaded?: number;
  nearest?: Nearest | null;
  film?: FilmTiles | null;
  note?: string;
  glance?: Glance | null;
  /** Key of an upload that is not kept any more: it must be sent again. */
  gone?: string;
  download?: Download | null;
  compared?: Compared | null;
  /** What is waited for before an image is read; null when that was given up. */
  waiting?: Waiting | null;
}

/** What is known of the open case before any check. */
export interface Assessed {
  title: string;
  /** By model. */
  assessments: Record<string, Assessment>;
  quality: QualityReport | null;
  quality_note: string;
  opinions: Opinion[];
  pairs: MapPair[];
}

/** Whether what a model says of an image can be read, and why not. */
export interface Assessment {
  state: "readable" | "caution" | "not_assessable";
  title: string;
  reasons: Reason[];
}

/** The fall without the attended region, and those without random ones. */
export interface AttendedAnswer {
  drop: number | null;
  random: number[];
  difference: number | null;
  reason: string;
}

/** Bars of maps, of the human benchmark, of floors, each with its own shading, and of ceilings. */
export interface BarParts {
  layout: ChartLayout;
  map: ErrorsUp;
  human: ErrorsUp;
  floors: ErrorsUp[];
  ceiling: ErrorsUp;
}

/** The parts of the tab Benchmark's charts: see evaluation/report/figures.py. */
export interface BenchmarkCharts {
  curves: CurveParts;
  bars: BarParts;
  differences: DifferenceParts;
}

/** What the tab is told once. */
export interface BenchmarkConfig {
  protocol: string;
  cohorts: CohortName[];
  published: Published;
  resamples: number;
  seed: number;
  max_file_size: string;
  /** As in `SortConfig`. */
  device: string;
  /** Address of the charts' library below the app's root. */
  plotly: string;
  charts: BenchmarkCharts;
}

/** Everything that is to be shown, and what is under way. */
export interface BenchmarkMessage {
  protocol: string;
  turn: number;
  cohort: ShownCohort | null;
  own: OwnMethod[];
  elsewhere: OwnElsewhere[];
  progress: Stage | null;
  error: string;
}

/** How well probabilities are calibrated. */
export interface CalibrationRow {
  finding: string;
  when: string;
  n: number;
  n_positive: number | null;
  ece: number | null;
  ece_low: number | null;
  ece_high: number | null;
  brier: number | null;
  nll: number | null;
}

/** A case in words and lines; outlines are SVG paths in view coordinates, by finding. */
export interface CaseFacts {
  /** Changes whenever another case is shown, also when its id is the same. */
  key: string;
  /** None for an upload. */
  id: string | null;
  /** Code of how it was laid before anything looked at it, as requests to open a case take it; empty: as it lies. */
  orientation: string;
  /** The same in words. */
  laid: string;
  title: string;
  source_label: string;
  phantom: boolean;
  facts: string;
  warnings: string[];
  labels: Record<string, number | null>;
  drawn: string[];
  /** All who looked at the radiograph, where these are several. */
  readers: Reader[];
  /** As what a finding was marked, where the dataset says so; of several forms the loosest. */
  forms: Record<string, "mask" | "polygon" | "box" | "ellipse" | "disc">;
  outlines: Record<string, string>;
  human_outlines: Record<string, string>;
  human_points: Record<string, [number, number][]>;
  outline_is: string;
  mask_notes: Record<string, string>;
  crop: string;
  /** Height and width of the radiograph. */
  size: [number, number];
  geometry: Geometry;
  /** Whose processor reads it and asks the models. */
  computed_on: "host" | "device";
  /** Whether results can be had as DICOM objects: of a DICOM upload, where the host allowed it. */
  dicom_results: boolean;
}

/** All that is known of the open case, sent again whenever something is added. */
export interface CaseMessage {
  protocol: string;
  serial: string;
  turn: number;
  busy: boolean;
  case: CaseFacts;
  film: FilmFacts;
  image: StoredArray;
  masks: PackedMasks | null;
  human: PackedMasks | null;
  layers: PackedLayers | null;
  waiting: Waiting | null;
  /** Whether what is being made takes long, so that it can be stopped. */
  long: boolean;
  /** Empty until the models are loaded. */
  models: Speaker[];
  /** Whether what a model says of this image can be read, by model; empty until the models are loaded. */
  assessments: Record<string, Assessment>;
  /** By name of a pane. */
  maps: Record<string, MapSource>;
  /** Those on show, by name. */
  floors: Record<string, FloorSource>;
  /** Of datasets first, then of files. */
  gaze: GazeSource[];
  /** Patch logits of the plain grid, by model. */
  patches: Record<string, StoredArray>;
  /** By model; null for findings that it does not predict. */
  probabilities: Record<string, (number | null)[]>;
  /** The same by the profiles of those models that have one; null for findings that it does not calibrate. */
  calibrated: Record<string, (number | null)[]>;
  progress: Progress | null;
  /** Of models whose blocks look into regions, in the order of the blocks; by model. */
  regions: Record<string, RegionBox[]>;
  /** Of maps on show that somebody must start, by name of the pane. */
  prices: Record<string, Price>;
}

/** What the list of cases shows of one. */
export interface CaseRow {
  id: string;
  short: string;
  source: string;
  source_label: string;
  phantom: boolean;
  positives: string[];
  /** How many people marked it, where the dataset names them. */
  readers: number;
}

/** An axis. */
export interface ChartAxis {
  title: ChartTitle;
  range?: number[];
  [key: string]: unknown;
}

/** All around the traces; the page sets what depends on them. */
export interface ChartLayout {
  xaxis: ChartAxis;
  yaxis: ChartAxis;
  hovermode: string;
  height?: number;
  margin: Record<string, number>;
  shapes?: ChartPart[];
  annotations?: ChartPart[];
  [key: string]: unknown;
}

/** A trace, shape or note as plotly has it, to which the page adds what it shows. */
export interface ChartPart {
  [key: string]: unknown;
}

/** An axis's title. */
export interface ChartTitle {
  text: string;
  [key: string]: unknown;
}

/** What the page says about a check. */
export interface Check {
  key: string;
  label: string;
  words: string;
  definition: string;
  paper: string;
  needs: string;
}

/** Probabilities by share of the pixels, and the area under them. */
export interface CheckCurve {
  xs: number[];
  ys: number[];
  area: number | null;
}

/** Run the checks of some maps of the open case for one finding. */
export interface CheckRequest {
  finding: string;
  pairs: string[];
}

/** The answers of the checks that are drawn in their own way, by name of the map. */
export interface CheckResults {
  perturbation?: Record<string, PerturbationAnswer>;
  attended?: Record<string, AttendedAnswer>;
  stability?: Record<string, DisturbedMap[]>;
  shortcut?: Record<string, ShortcutAnswer>;
  exactness?: Record<string, ExactnessAnswer>;
}

/** The checks of one finding, as far as they have come. */
export interface Checked {
  finding: string;
  done: number;
  total: number;
  doing: string;
  results: CheckResults;
  /** The answers of all other checks, by check and name of the map. */
  measured: Record<string, Record<string, MeasuredAnswer[]>>;
  /** Labels of models that do not predict the finding. */
  not_predicted: string[];
}

/** A model's probabilities over a cohort, by finding. */
export interface CohortModel {
  key: string;
  label: string;
  /** By finding, then "before" or "after" calibration. */
  reliability: Record<string, Record<string, ReliabilityCurve>>;
  selective: Record<string, Selection>;
  calibration: CalibrationRow[];
  sensitivity: SensitivityRow[];
}

/** A cohort of the list; `tuned` says whether there are validation maps. */
export interface CohortName {
  key: string;
  label: string;
  tuned: boolean;
}

/** Show a cohort. */
export interface CohortRequest {
  turn: number;
  key: string;
  alignment: string;
  readers: string;
}

/** A cohort's results. */
export interface CohortResults {
  label: string;
  n: number;
  cases: string[];
  groups: ResultGroup[];
  verdicts: Verdict[];
  models: CohortModel[];
}

/** A model that can be asked, and what that costs; or why it cannot. */
export interface CompareOffer {
  key: string;
  label: string;
  /** Whether it is asked where nobody chooses. */
  chosen: boolean;
  passes: number;
  /** Of all passes, as an estimate; 0 where nobody knows. */
  seconds: number;
  refused: string;
}

/** Say what a comparison costs, start one, or stop it. */
export interface CompareRequest {
  what: "price" | "start" | "stop";
  finding: string;
  models: string[];
}

/** How far a comparison of ways has come, or what it would cost. */
export interface Compared {
  /** The open case's key. */
  case: string;
  finding: string;
  state: "offered" | "waiting" | "running" | "done" | "stopped" | "failed";
  words: string;
  share: number;
  offers: CompareOffer[];
  /** Null where nothing is new. */
  models: ComparedModel[] | null;
}

/** What all ways so far say of one model. */
export interface ComparedModel {
  key: string;
  short: string;
  /** Whether they all are one map. */
  one: boolean;
  /** What came out; empty until all ways have been asked. */
  words: string;
  /** The image's logit, less that of the filler. */
  gained: number;
  /** The largest share of all, the end of the colours' scale. */
  limit: number;
  ways: ComparedWay[];
  pairs: ComparedPair[];
}

/** Two ways. */
export interface ComparedPair {
  first: string;
  second: string;
  /** Spearman's correlation; null where a map is constant. */
  rank: number | null;
  difference: number;
}

/** One way to ask, and the share that it gives each cell, row by row, in logits. */
export interface ComparedWay {
  key: string;
  label: string;
  shares: number[][];
  /** What samples or steps leave open, in logits; null where nothing is known of it. */
  error: number | null;
  /** What the shares add up to, less what the image gains on the filler. */
  unaccounted: number;
  passes: number;
}

/** The square of the radiograph that the models see. */
export interface Crop {
  top: number;
  left: number;
  side: number;
}

/** Curves with their bands, a level across them, and the mark that moves along. */
export interface CurveParts {
  mark: ChartPart;
  open: ChartPart;
  layout: ChartLayout;
  band: ChartPart;
  line: ChartPart;
  level: ChartPart;
  note: ChartPart;
}

/** What the model said, when it was written, of an image that a device can draw: see models/exporting/images.py. */
export interface DeviceCheck {
  image: "two-lungs";
  logits: (number | null)[];
}

/** A linear last layer: weights (14, C) and biases (14), float32, base64. */
export interface DeviceClassifier {
  weight: string;
  bias: string;
}

/** With what visitors compute on their own device; null and empty where there is a problem. */
export interface DeviceContent {
  protocol: string;
  /** Why there is nothing to compute with, and what the host can do. */
  problem: string;
  /** Address of the script that runs beside the page. */
  worker: string;
  wasm: DeviceRuntime | null;
  webgpu: DeviceRuntime | null;
  readers: DeviceReaders | null;
  models: OnDevice[];
  /** What images are assessed by: see ui/device/assessing_tables.py. */
  assessing: unknown;
}

/** A file that the device fetches once, and keeps under its hash. */
export interface DeviceFile {
  name: string;
  /** Below the page's root, or a whole address. */
  address: string;
  sha256: string;
  bytes: number;
}

/** What a graph is given: whole images, or patches row by row. */
export interface DeviceInput {
  name: "images" | "patches";
  /** Pixels along a side of the whole image. */
  side: number;
  patches_per_side: number | null;
}

/** One output of a graph, its shape without the number of what is given. */
export interface DeviceOutput {
  name: string;
  shape: number[];
}

/** What reads DICOM: its headers, and JPEG 2000 in it. */
export interface DeviceReaders {
  dicom: DeviceFile;
  openjpeg: DeviceRuntime;
}

/** ONNX Runtime Web for one kind of processor: its module and what that runs. */
export interface DeviceRuntime {
  script: DeviceFile;
  wasm: DeviceFile;
}

/** Rows of differences with their intervals as shapes, and what the pointer finds there. */
export interface DifferenceParts {
  mark: ChartPart;
  open: ChartPart;
  layout: ChartLayout;
  pale: ChartPart;
  strong: ErrorsAcross;
  label: ChartPart;
  words: ChartPart;
  zero: ChartPart;
  step: number;
  spread: number;
  target: ErrorsAcross;
  interval: ChartPart;
}

/** Let go of an upload of the visit, by its key. */
export interface DiscardRequest {
  case: string;
}

/** How a map fared under one disturbance. */
export interface DisturbedMap {
  label: string;
  score: number | null;
  reason: string;
  picture: { url: string };
}

/** A file that was made. */
export interface Download {
  file: { url: string };
  name: string;
}

/** A region in view coordinates. */
export interface DrawingState {
  name: string;
  finding: string;
  polygons: [number, number][][];
  /** Packed pixels, base64. */
  bits: string;
}

/** A trace with intervals along x. */
export interface ErrorsAcross {
  error_x: ChartPart;
  [key: string]: unknown;
}

/** A trace with intervals along y. */
export interface ErrorsUp {
  error_y: ChartPart;
  [key: string]: unknown;
}

/** The sum against the logit, and the worst of the trials. */
export interface ExactnessAnswer {
  total: number | null;
  logit: number | null;
  sum_error: number | null;
  removal_error: number | null;
  exact: boolean;
  reason: string;
}

/** Make the maps on show that are missing. */
export interface ExplainRequest {
  names: string[];
  /** Panes of no model: maps that never look at the image. */
  floors: string[];
  /** Of maps that shall not have those that they have, or else their defaults. */
  parameters: Record<string, Record<string, unknown>>;
  /** Those that are made whatever they cost; of others that take many passes the price is said. */
  start: string[];
}

/** Make a file of what is shown. */
export interface ExportRequest {
  what: "pdf" | "json" | "csv" | "npz" | "coco" | "chexlocalize" | "dicom" | "dicom-fractional";
  state: ViewerState;
}

/** The original film: see ui/film.py and data_cache/images/stored.py. */
export interface FilmFacts {
  /** Height and width. */
  size: [number, number];
  /** Bits of a code. */
  depth: 8 | 16;
  tile: number;
  /** Height and width of each, the original first. */
  levels: [number, number][];
  /** The level that `packed` holds. */
  overview: number;
  /** As `ui.film` packs tiles; of two dimensions, its codes. */
  packed: StoredArray;
  /** A stored value is first + step · code. */
  first: number;
  step: number;
  /** float32 by code, what windows are in; null: the stored values. */
  values: StoredArray | null;
  /** What these values are called. */
  unit: string;
  /** The least and the greatest that there can be; null: whatever codes can be. */
  limits: [number, number] | null;
  /** The one that is shown at first leads. */
  windows: FilmWindow[];
  inverted: boolean;
  photometric: string;
  spacing: FilmSpacing | null;
  /** Why there is no spacing, where there is none. */
  unscaled: string;
  /** Letters of the left, right, upper and lower edge. */
  edges: [string, string, string, string];
  view: string;
}

/** Send tiles, by column and row, of the film of a case that was opened lately. */
export interface FilmRequest {
  case: string;
  level: number;
  tiles: [number, number][];
}

/** Millimetres between pixels, and what they were measured on. */
export interface FilmSpacing {
  row: number;
  column: number;
  words: string;
}

/** Tiles of the open case's film, in the order in which they were asked for. */
export interface FilmTiles {
  /** Its key. */
  case: string;
  level: number;
  tiles: [number, number][];
  packed: StoredArray | null;
  /** Why there are none. */
  problem: string;
}

/** A way to show the film's values that the file offers. */
export interface FilmWindow {
  name: string;
  /** In the film's values, as the width; null: a table. */
  level: number | null;
  width: number | null;
  /** As DICOM names them. */
  function: "LINEAR" | "LINEAR_EXACT" | "SIGMOID" | "LUT";
  /** The table: uint8 greys by code. */
  shades: StoredArray | null;
}

/** A map of all findings that never looks at the image; NaN for findings that nobody drew. */
export interface FloorSource {
  file: { url: string };
  dtype: string;
  shape: number[];
  note: string;
  /** Share of its range that was best for the masks that it is made of. */
  thresholds: Record<string, number>;
  /** Of those masks. */
  counts: Record<string, number>;
}

/** Leave one of the own methods out again. */
export interface ForgetRequest {
  turn: number;
  name: string;
}

/** What was said, and when, in seconds. */
export interface GazePhrase {
  text: string;
  start: number;
  end: number;
}

/** One reading: fixations, float64 (n, 10), or finished maps, float32 (n, side, side); see ui/gaze/viewed.py. */
export interface GazeSource {
  file: { url: string };
  dtype: string;
  shape: number[];
  name: string;
  /** The dataset; empty for a file. */
  origin: string;
  /** How fixations are weighted; null: finished maps. */
  weigh: "duration" | "count" | null;
  /** Of the square in whose pixels the fixations are. */
  side: number;
  phrases: GazePhrase[];
  /** What each finished map is of. */
  parts: string[];
  /** Rows that are left out, the first of them. */
  problems: string[];
  /** Of how many there is something to say. */
  left_out: number;
}

/** What is seen of the gaze: whose and when; see ui/gaze/chosen.py. */
export interface GazeState {
  /** Null: all. */
  reader: number | null;
  start: number | null;
  end: number | null;
  part: string;
}

/** How the view lies in the radiograph. */
export interface Geometry {
  height: number;
  width: number;
  input_size: number;
  crop: Crop;
}

/** How far a download is: bytes of the current file. */
export interface GetState {
  here: boolean;
  running: boolean;
  file: string;
  done: number;
  total: number;
  error: string;
}

/** Whether the host allows getting files, and how far that is. */
export interface Getting {
  protocol: string;
  allowed: boolean;
  /** Whether whoever started the app chose the weights. */
  chosen: boolean;
  official: OfficialName[];
  weights?: GetState | null;
  sample: GetState;
}

/** What the list of the visit shows of an upload, by the name that it was sent under. */
export interface Glance {
  name: string;
  /** A data URL; empty where there is an error. */
  thumbnail: string;
  /** By model. */
  assessments: Record<string, Assessment>;
  error: string;
}

/** Say what the list of the visit shows of an upload. */
export interface GlanceRequest {
  path: string;
  name: string;
}

/** Lines, with marked points or without. */
export interface LineParts {
  layout: ChartLayout;
  line: ChartPart;
  dots: ErrorsUp;
  diagonal: ChartPart;
}

/** A region of an annotation file, in view coordinates. */
export interface LoadedAnnotation {
  name: string;
  finding: string;
  polygons: [number, number][][];
  mask: StoredArray;
  area: number;
  note: string;
}

/** A map that can be checked. */
export interface MapPair {
  name: string;
  label: string;
  method: string;
  model: string;
  /** Whether Explore shows it. */
  shown: boolean;
  /** Keys of the checks that can be asked about it. */
  checks: string[];
}

/** A method's maps of all findings, at its own resolution. */
export interface MapSource {
  file: { url: string };
  dtype: string;
  shape: number[];
  note: string;
  parameters: Record<string, unknown>;
}

/** What the model makes of a margin. */
export interface MarginChange {
  margin: string;
  change: number | null;
  control: number | null;
  flagged: boolean;
  picture: { url: string };
}

/** How much of a map lies in a margin. */
export interface MarginShare {
  margin: string;
  share: number | null;
  ratio: number | null;
  kept: number | null;
}

/** One shape that a reader marked: its line in view coordinates, and the corner where its number stands. */
export interface MarkedShape {
  form: "mask" | "polygon" | "box" | "ellipse" | "disc";
  path: string;
  at: [number, number];
  /** The dataset's own word, where that is another one. */
  label: string;
  relation: "exact" | "narrower" | "near";
  certainty: number | null;
}

/** A measure of an image beside its usual range. */
export interface Measure {
  measure: string;
  words: string;
  value: number;
  low: number;
  high: number;
  outside: boolean;
}

/** A number of a check that is not drawn in its own way. */
export interface MeasuredAnswer {
  metric: string;
  words: string;
  setting: string;
  value: number | null;
  reason: string;
}

/** A method of the registry: how its maps are drawn and scored, and what can be chosen of it. */
export interface Method {
  key: string;
  label: string;
  /** Key of its default model. */
  model: string | null;
  needs: Needs;
  unit: string | null;
  interpolation: "nearest" | "bilinear";
  sign: "signed" | "positive";
  floor: "minimum" | "zero";
  palette: "diverging" | "supporting" | "strength";
  /** What its maps come from, in words. */
  kind: string;
  words: string;
  /** Names of published methods that give this very map under a linear head. */
  equals: string[];
  parameters: ParameterField[];
  /** The parameter that makes its maps finer. */
  refines: string | null;
  cost: string;
}

/** A method and the models that it explains. */
export interface MethodCard {
  label: string;
  words: string;
  negative: string;
  paper: string;
  needs: string;
  models: ShortName[];
}

/** What is known of a model before it is loaded. */
export interface Model {
  key: string;
  label: string;
  short: string;
  /** Whether the network is shown masks in training: such models stand apart. */
  shown_masks: boolean;
  capabilities: string[];
}

/** A model that speaks; facts are words by heading. */
export interface ModelCard {
  key: string;
  label: string;
  words: string;
  paper: string;
  origin: "official" | "demo" | "own";
  note: string;
  facts: Record<string, string>;
}

/** A model by its key, with its labels. */
export interface ModelName {
  key: string;
  label: string;
  short: string;
}

/** A patch of the index; logits, labels and marks are of all findings. */
export interface NearPatch {
  case: string;
  short: string;
  source_label: string;
  phantom: boolean;
  /** Whether the page can open its radiograph. */
  listed: boolean;
  /** Row by row, from the upper left. */
  patch: number;
  distance: number;
  /** Of the patch; null for findings that the model does not predict. */
  logits: (number | null)[];
  /** Of the radiograph; null where nobody knows. */
  labels: (number | null)[];
  /** Share of the patch within what was marked; null where nobody drew. */
  marked: (number | null)[];
  /** The patch with half a patch of its surroundings on each side, as a data URL. */
  picture: string;
}

/** The patches of other patients that are nearest to one for the model, the nearest first. */
export interface Nearest {
  /** Key of the open case. */
  case: string;
  model: string;
  patch: number;
  /** Why there are none. */
  problem: string;
  near: NearPatch[];
  facts: NearestFacts | null;
}

/** What was searched. */
export interface NearestFacts {
  /** Patches along a side. */
  grid: number;
  patches: number;
  cases: number;
  /** Radiographs of the open one's own patient. */
  left_out: number;
  /** How many numbers the model's last layer is given. */
  channels: number;
  /** Median distance between patches of different patients. */
  typical: number;
  /** What the distances do not mean. */
  notice: string;
}

/** Find the patches that are nearest to one of the open case for a model. */
export interface NearestRequest {
  model: string;
  patch: number;
}

/** What a method needs of a model. */
export interface Needs {
  key: string;
  words: string;
}

/** How fine maps can be made, and what that costs; `seconds` are those for passes that are left. */
export interface Offer {
  steps: number;
  passes: number;
  seconds: number;
}

/** Whose published weights there are to be got. */
export interface OfficialName {
  label: string;
  licence: string;
}

/** A model that devices can compute. */
export interface OnDevice {
  speaker: Speaker;
  /** Names model and weights, in exports and sentences. */
  id: string;
  graph: DeviceFile;
  precision: string;
  input: DeviceInput;
  outputs: DeviceOutput[];
  predicted: boolean[];
  classifier: DeviceClassifier | null;
  check: DeviceCheck;
  /** Of the profile of its weights; null where there is none. */
  temperatures: (number | null)[] | null;
  /** What its training images look like, as js/device/assessing reads it; null where nobody noted it. */
  reference: unknown;
}

/** Open a case of the list by its id, or an upload of the visit again by its key. */
export interface OpenRequest {
  names: string[];
  /** Panes of no model: maps that never look at the image. */
  floors: string[];
  /** Of maps that shall not have those that they have, or else their defaults. */
  parameters: Record<string, Record<string, unknown>>;
  /** How it is to be laid before anything looks at it: see data_cache/orientation.py; empty: as it lies. */
  orientation?: string;
  case: string;
}

/** What a model says: 14 numbers each, null for findings that it does not predict. */
export interface Opinion {
  key: string;
  label: string;
  origin: "official" | "demo" | "own";
  raw: (number | null)[];
  calibrated: (number | null)[] | null;
  deviation: (number | null)[] | null;
  note: string;
  /** Why a finding is not calibrated; empty where it is. */
  reasons: string[] | null;
}

/** A method of the visitor's own that was counted against other readers of the cohort than are shown. */
export interface OwnElsewhere {
  name: string;
  readers: string;
}

/** A method of the visitor's own. */
export interface OwnMethod {
  file: { url: string };
  name: string;
  notes: string[];
}

/** Take an archive of own heat maps. */
export interface OwnRequest {
  turn: number;
  path: string;
  name: string;
}

/** A packed file; see evaluation/cohort_files.py. */
export interface PackedFile {
  file: { url: string };
}

/** The same of several readers: whose each is, "0", "1" … by their places, or "majority". */
export interface PackedLayers {
  file: { url: string };
  dtype: string;
  shape: number[];
  findings: string[];
  keys: string[];
}

/** Masks one after the other, packed bit by bit. */
export interface PackedMasks {
  file: { url: string };
  dtype: string;
  shape: number[];
  findings: string[];
}

/** A colour scale: RGB row by row, and the exponent of the opacity of each row. */
export interface Palette {
  colours: number[];
  exponents: number[];
}

/** The panes on show, told with each question about maps; see ui/panes.py. */
export interface PanesOnShow {
  names: string[];
  /** Panes of no model: maps that never look at the image. */
  floors: string[];
  /** Of maps that shall not have those that they have, or else their defaults. */
  parameters: Record<string, Record<string, unknown>>;
}

/** One parameter of a method; see ui/fields.py. */
export interface ParameterField {
  name: string;
  title: string;
  words: string;
  default: unknown;
  /** Whether it may be left empty. */
  optional: boolean;
  kind: "number" | "choice" | "switch" | "text";
  whole?: boolean;
  /** Left out, as all limits, where there is none. */
  least?: number;
  /** The largest number, or the most characters of a text. */
  most?: number;
  /** A limit that is not allowed itself; so is `below`. */
  above?: number;
  below?: number;
  options?: unknown[];
  /** What an option without a name stands for, in words. */
  empty?: string;
}

/** Both curves. */
export interface PerturbationAnswer {
  deletion: CheckCurve;
  insertion: CheckCurve;
  reason: string;
}

/** What a map of many passes costs that is not there, or not whole, or how far it is. */
export interface Price {
  state: "offered" | "making" | "refused";
  words: string;
  /** How much of it is done. */
  share: number;
  /** With which it is wanted. */
  parameters: Record<string, unknown>;
}

/** How far the maps on show that can be made finer have come. */
export interface Progress {
  wanted: number;
  share: number;
  words: string;
  offered: Offer[];
}

/** Published numbers, by method, finding and metric. */
export interface Published {
  source: string;
  values: Record<string, Record<string, Record<string, number | null>>>;
}

/** What is unusual about an image. */
export interface QualityReport {
  whose: string;
  data: string;
  rows: Measure[];
}

/** Read an upload. */
export interface ReadRequest {
  names: string[];
  /** Panes of no model: maps that never look at the image. */
  floors: string[];
  /** Of maps that shall not have those that they have, or else their defaults. */
  parameters: Record<string, Record<string, unknown>>;
  /** How it is to be laid before anything looks at it: see data_cache/orientation.py; empty: as it lies. */
  orientation?: string;
  path: string;
  name: string;
}

/** One of several readers of a radiograph, and the shapes by finding; none where nothing was marked. */
export interface Reader {
  name: string;
  marks: Record<string, MarkedShape[]>;
}

/** Why an image cannot be read as it is. */
export interface Reason {
  key: string;
  text: string;
  remedy: "rotate" | "flip" | "invert" | null;
  /** Of turns clockwise that lay it upright, for the remedy "rotate". */
  quarters: number;
}

/** Make the maps on show finer, or coarse again. */
export interface RefineRequest {
  names: string[];
  /** Panes of no model: maps that never look at the image. */
  floors: string[];
  /** Of maps that shall not have those that they have, or else their defaults. */
  parameters: Record<string, Record<string, unknown>>;
  /** Those that are made whatever they cost; of others that take many passes the price is said. */
  start: string[];
  steps: number;
}

/** Where one block of a model looks: x0, y0, x1, y1. */
export interface RegionBox {
  block: string;
  /** In view coordinates. */
  box: [number, number, number, number];
  /** In pixels of the radiograph. */
  pixels: [number, number, number, number];
}

/** What was said against what was there, bin by bin. */
export interface ReliabilityCurve {
  predicted: number[];
  observed: number[];
  low: number[];
  high: number[];
  n: number[];
}

/** All methods in one measure of one check. */
export interface ResultGroup {
  check: string;
  check_label: string;
  metric: string;
  setting: string;
  words: string;
  better: "high" | "low" | "neither";
  rows: ResultRow[];
}

/** What a row of results is of. */
export interface ResultName {
  label: string;
  /** Key of the model; empty where nobody knows it. */
  model: string;
  model_label: string;
  /** Whether the network was shown masks in training: such rows are in no rank or difference. */
  shown_masks: boolean;
}

/** One method's results in one measure. */
export interface ResultRow {
  method: string;
  label: string;
  /** Whether the network was shown masks in training: such rows have a table of their own. */
  shown_masks: boolean;
  n: number;
  undefined: number;
  reasons: string;
  mean: number | null;
  sd: number | null;
  low: number | null;
  high: number | null;
  q05: number | null;
  q50: number | null;
  q95: number | null;
  values: number[];
  /** Place of the case, finding and value. */
  worst: [number, string, number][];
}

/** Rows of dots, with words at both ends; `step` is a row's height, `spread` how far its dots lie apart. */
export interface RowParts {
  layout: ChartLayout;
  pale: ChartPart;
  strong: ErrorsAcross;
  label: ChartPart;
  words: ChartPart;
  zero: ChartPart;
  step: number;
  spread: number;
}

/** A choice of colours with its words. */
export interface Scheme {
  key: string;
  label: string;
  supports: string;
  opposes: string;
  neutral: string;
}

/** What is answered, and how much of it wrongly, by threshold. */
export interface Selection {
  n: number;
  thresholds: number[];
  coverage: (number | null)[];
  risk: (number | null)[];
}

/** Sensitivity at a specificity. */
export interface SensitivityRow {
  finding: string;
  n_positive: number;
  n_negative: number;
  asked_specificity: number;
  sensitivity: number | null;
  sensitivity_low: number | null;
  sensitivity_high: number | null;
  reason: string;
}

/** A file that was sent; its path is empty where it did not arrive. */
export interface SentFile {
  index: number;
  name: string;
  path: string;
}

/** What the axes of the perturbation's curves say. */
export interface Shares {
  deletion: string;
  insertion: string;
}

/** A model where there is little room. */
export interface ShortName {
  key: string;
  short: string;
}

/** What corners and borders mean to the model and to the map. */
export interface ShortcutAnswer {
  margins: MarginChange[];
  maps: MarginShare[];
}

/** The cohort that is shown. */
export interface ShownCohort {
  file: { url: string };
  key: string;
  alignment: string;
  /** What is true where several people read: a way of putting them together, or one of them. */
  readers: string;
  resamples: PackedFile;
  /** Ids of the cases that Explore can open. */
  openable: string[];
  /** sha256 of the weights in use, by model; null while they load or where they are missing. */
  active: Record<string, string> | null;
  rows: Record<string, ResultName>;
}

/** What the view is told once. */
export interface SortConfig {
  protocol: string;
  findings: string[];
  models: ModelName[];
  accept: string;
  /** Whether visitors may compute on their own device: off, offer, or default, where they choose nothing. */
  device: string;
  /** Images in one list. */
  most: number;
  /** Images in one request. */
  batch: number;
}

/** All that is known of one batch. */
export interface SortMessage {
  protocol: string;
  serial: string;
  batch: number;
  busy: boolean;
  error?: string;
  waiting?: Waiting | null;
  rows?: SortedImage[];
}

/** Judge some images; the batch's number comes back in the answers. */
export interface SortRequest {
  batch: number;
  files: SentFile[];
}

/** One image: why it cannot be read, or what models say, and whether each can assess it. */
export interface SortedImage {
  /** As the page sent it. */
  index: number;
  error?: string;
  assessments?: Record<string, Assessment>;
  /** Of the models that can assess it. */
  opinions?: Record<string, SortedOpinion>;
  thumbnail?: string;
}

/** Probabilities of the 14 findings by one model, null where it does not predict one. */
export interface SortedOpinion {
  raw: (number | null)[];
  /** Null where nothing is known of its outputs, and for findings that its profile does not calibrate. */
  calibrated: (number | null)[] | null;
}

/** A model that speaks: with whose weights, and what its probabilities are of. */
export interface Speaker {
  key: string;
  label: string;
  short: string;
  /** Whether the network is shown masks in training: such models stand apart. */
  shown_masks: boolean;
  capabilities: string[];
  origin: "official" | "demo" | "own";
  note: string;
  facts: string;
  /** Their sha256. */
  weights: string;
  /** Words by heading; empty where nobody said it. */
  provenance: Record<string, string>;
  head: string;
  /** Who taught it, as its weights say. */
  teacher: Teacher | null;
}

/** How far something is that takes a while. */
export interface Stage {
  stage: string;
  done: number;
  total: number;
}

/** An array laid out as a file: little endian, rows first. */
export interface StoredArray {
  file: { url: string };
  dtype: string;
  shape: number[];
}

/** A model whose probabilities another one learned. */
export interface Teacher {
  key: string;
  label: string;
  /** Their sha256. */
  weights: string;
}

/** The parts of the tab Trust's charts: see evaluation/trust/figures.py. */
export interface TrustCharts {
  lines: LineParts;
  rows: RowParts;
  shares: Shares;
}

/** What the tab is told once. */
export interface TrustConfig {
  protocol: string;
  findings: string[];
  models: ModelName[];
  checks: Check[];
  cohort: CohortResults | null;
  /** By model and finding. */
  selective: Record<string, Record<string, Selection>>;
  selective_of: string;
  /** Address of the charts' library below the app's root. */
  plotly: string;
  charts: TrustCharts;
}

/** All that is new; what is left out stays as it is. */
export interface TrustMessage {
  protocol: string;
  serial: string;
  turn: number;
  busy: boolean;
  error?: string;
  assessed?: Assessed | null;
  checked?: Checked | null;
}

/** Thresholds that were best on validation cases, for the weights that they were tuned with. */
export interface Tuned {
  /** sha256 by model. */
  weights: Record<string, string>;
  note: string;
  /** Share of the range, by name of a pane and finding. */
  thresholds: Record<string, Record<string, number>>;
}

/** What a check's numbers say about a method. */
export interface Verdict {
  check: string;
  method: string;
  passed: boolean;
  words: string;
}

/** What the viewer is told once, when it starts. */
export interface ViewerConfig {
  protocol: string;
  findings: string[];
  /** All names of findings that files may use. */
  finding_names: string[];
  models: Model[];
  methods: Method[];
  shown: string[];
  most_panes: number;
  palettes: Record<string, Palette>;
  schemes: Scheme[];
  /** For each number of maps, the RGB colours of 0, 1, … agreeing ones. */
  agreement: number[][];
  tuned: Tuned | null;
  steps: number[];
  accept: string;
  max_file_size: string;
  /** Cases of the dataset that have annotations alone and are not in the list. */
  without_image: number;
  /** Whether the page opens with a phantom, where there is one: the weights can read nothing else. */
  phantom_first: boolean;
  /** Whether visitors may compute on their own device, and whether they do where they choose nothing. */
  device: "off" | "offer" | "default";
}

/** The viewer as it is shown; see ui/exports/request.py, which sets its limits. */
export interface ViewerState {
  finding: string;
  methods?: string[];
  threshold: number;
  threshold_mode: string;
  levels: Record<string, number>;
  limits: Record<string, number>;
  opacity: number;
  hide: boolean;
  palette: string;
  window: WindowState;
  annotations: DrawingState[];
  switched_off: number[];
  patch_model: string;
  /** Floors on show, and the level at which each is cut. */
  floors: Record<string, number>;
  /** What is scored against where several readers marked the radiograph: see js/truth.js. */
  truth: string;
  hidden_readers: number[];
  /** Places of readers whose layers are off. */
  shown_anyway: boolean;
  gaze: GazeState;
  /** What the page says of the finding. */
  statement: string;
  settings: Record<string, boolean | number | string>;
}

/** Who waits for the models. */
export interface Waiting {
  before: number;
  seconds: number | null;
  words: string;
}

/** Window and level in the film's values. */
export interface WindowState {
  level: number;
  width: number;
  invert: boolean;
  /** Place among the windows of the film; null: chosen by hand. */
  offer: number | null;
}
