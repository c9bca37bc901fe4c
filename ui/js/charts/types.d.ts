// Plotly's figures as evaluation/charts describes them, as far as the page touches them.

export type Value = number | string | null;
export type Words = Record<string, string>;

export interface Part {
  [key: string]: unknown;
}

export interface Trace extends Part {
  type: string;
  name?: string;
  meta?: number;
  hoverinfo?: string;
  hovertext?: string[];
  mode?: string;
  x: ArrayLike<Value>;
  y: ArrayLike<Value>;
}

export interface Axis extends Part {
  title: { text: string };
  range?: number[];
}

export interface Layout extends Part {
  xaxis: Axis;
  yaxis: Axis;
  hovermode: string;
  height?: number;
  margin: Record<string, number>;
  shapes?: Part[];
  annotations?: Part[];
}

export interface Figure {
  data: Trace[];
  layout: Layout;
}

// What the server describes: see evaluation/charts, evaluation/report/figures.py and evaluation/trust/figures.py.

export interface BarParts extends Part {
  layout: Layout;
  map: Part & { error_y: Part };
  human: Part & { error_y: Part };
  ceiling: Part & { error_y: Part };
}

/** Marks as shapes: filled ones and open ones. */
export interface MarkParts extends Part {
  mark: Part;
  open: Part;
}

export interface CurveParts extends MarkParts {
  layout: Layout;
  band: Part;
  line: Part;
  level: Part;
  note: Part;
}

export interface RowParts extends Part {
  layout: Layout;
  pale: Part;
  strong: Part & { error_x: Part };
  label: Part;
  words: Part;
  zero: Part;
  step: number;
  spread: number;
}

export interface DifferenceParts extends RowParts, MarkParts {
  target: Part & { error_x: Part };
  interval: Part;
}

export interface LineParts extends Part {
  layout: Layout;
  line: Part;
  dots: Part & { error_y: Part };
  diagonal: Part;
}

/** A row of pale dots, the strong dot with its interval (NaN: none), and words at the row's end. */
export interface Row {
  label: string;
  look: number;
  values: number[];
  mean: number;
  low: number;
  high: number;
  words?: string;
}

/** A line; its points and their intervals are marked where `points` is set. */
export interface Series {
  label: string;
  look: number;
  xs: number[];
  ys: number[];
  low?: number[];
  high?: number[];
  points?: boolean;
}

/** What plotly says of a point under the pointer. */
export interface Point {
  curveNumber: number;
  pointNumber: number;
  data: Trace;
  x: number;
  y: number;
  yaxis: { d2p(value: number): number; _offset: number };
}

export interface Click {
  event: MouseEvent;
  points: Point[];
}

export interface Plot extends HTMLElement {
  on(event: "plotly_click", listener: (click: Click) => void): void;
}

export interface Plotly {
  react(plot: HTMLElement, data: Part[], layout: Part, config: Part): Promise<Plot>;
  relayout(plot: HTMLElement, update: Part): Promise<Plot>;
  downloadImage(figure: Part, options: Part): Promise<string>;
  Fx: { hover(plot: HTMLElement, at: Part | Part[], subplot?: string): void; unhover(plot: HTMLElement): void };
}
