// Plotly's figures as evaluation/charts describes them, as far as the page touches them; what the server sends of them
// is declared in ui/protocol/charts.py.

import type { ChartAxis, ChartLayout, ChartPart } from "../messages.d.ts";

export type { ChartAxis as Axis, ChartLayout as Layout, ChartPart as Part } from "../messages.d.ts";

export type Value = number | string | null;
export type Words = Record<string, string>;

export interface Trace extends ChartPart {
  type: string;
  name?: string;
  meta?: number;
  hoverinfo?: string;
  hovertext?: string[];
  mode?: string;
  x: ArrayLike<Value>;
  y: ArrayLike<Value>;
}

export interface Figure {
  data: Trace[];
  layout: ChartLayout;
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
  react(plot: HTMLElement, data: ChartPart[], layout: ChartPart, config: ChartPart): Promise<Plot>;
  relayout(plot: HTMLElement, update: ChartPart): Promise<Plot>;
  downloadImage(figure: ChartPart, options: ChartPart): Promise<string>;
  Fx: {
    hover(plot: HTMLElement, at: ChartPart | ChartPart[], subplot?: string): void;
    unhover(plot: HTMLElement): void;
  };
}
