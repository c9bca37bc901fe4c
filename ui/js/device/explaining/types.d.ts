// What the models on a device gave of one image, and the maps that follow from it.

/** An array as the runtime gives it, row by row. */
export interface Tensor {
  data: Float32Array;
  shape: number[];
}

/** What a model classifies its pooled features with; rows of findings that it does not predict are 0. */
export interface Classifier {
  /** (14, C), row by row. */
  weight: Float32Array;
  /** (14,). */
  bias: Float32Array;
}

/** All that one model gave of one image; what it cannot give is left out. */
export interface Outputs {
  /** CheXpert's 14, in its order. */
  findings: string[];
  /** (14,); NaN for findings that the model does not predict. */
  logits: Float32Array;
  /** What sentences call the model and its weights. */
  id: string;
  /** (g², 14) of the plain grid, row by row. */
  patchLogits?: Tensor;
  /** (C, h, w) that are pooled before they are classified. */
  features?: Tensor;
  classifier?: Classifier;
  /** (14, h, w) or (1, h, w) in [0, 1]. */
  attention?: Tensor;
  /** (14, h, w) probabilities. */
  segments?: Tensor;
}

/** Maps of all findings, and what a reader must know of them; what is drawn and scored is `shown`. */
export interface Explained {
  /** Signed, as they are stored and exported; NaN for findings that the model does not predict. */
  maps: Float32Array;
  shown: Float32Array;
  /** (14, h, w). */
  shape: [number, number, number];
  note: string;
  /** With which the maps came about. */
  parameters: Record<string, unknown>;
}

/** Maps as a method makes them; `note` is about this image alone. */
export interface Made {
  maps: Float32Array;
  height: number;
  width: number;
  note?: string;
}
