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
