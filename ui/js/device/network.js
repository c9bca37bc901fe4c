// A model on the visitor's own device: what it says of an image, by passes of its network.

/**
 * @import { InferenceSession, Tensor } from "onnxruntime-web"
 * @import { OnDevice } from "../messages.d.ts"
 * @import { Ort } from "./runtime.js"
 */

const PATCHES = 16; // in one pass: what they take of memory stays small, and progress is seen
const FINDINGS = 14;

/**
 * What a model says: logits (14), and whatever else its graph gives, by name.
 * @typedef {{ logits: Float32Array, outputs: Record<string, { data: Float32Array, shape: number[] }> }} Said
 */

/**
 * The square patches of an image, row by row from the upper left, each row by row.
 * @param {Float32Array} image a square
 * @param {number} across patches along a side
 * @returns {Float32Array}
 */
export function patchesOf(image, across) {
  const side = Math.sqrt(image.length);
  const size = side / across;
  const patches = new Float32Array(image.length);
  for (let y = 0; y < side; y++) {
    for (let column = 0; column < across; column++) {
      const patch = Math.floor(y / size) * across + column;
      const from = y * side + column * size;
      patches.set(image.subarray(from, from + size), (patch * size + (y % size)) * size);
    }
  }
  return patches;
}

/**
 * The mean of rows of logits; NaN stays NaN.
 * @param {Float32Array} rows (n, 14)
 * @returns {Float32Array} (14)
 */
export function meanOf(rows) {
  const sums = new Float64Array(FINDINGS);
  for (let i = 0; i < rows.length; i++) sums[i % FINDINGS] += rows[i];
  return Float32Array.from(sums, (sum) => (sum * FINDINGS) / rows.length);
}

export class Network {
  /**
   * @param {Ort} ort
   * @param {OnDevice} facts
   * @param {InferenceSession} session
   */
  constructor(ort, facts, session) {
    this.ort = ort;
    this.facts = facts;
    this.session = session;
  }

  /**
   * @param {Ort} ort
   * @param {OnDevice} facts
   * @param {Uint8Array} graph
   * @param {"wasm" | "webgpu"} provider
   * @returns {Promise<Network>}
   */
  static async load(ort, facts, graph, provider) {
    // without patterns of memory: they keep what the largest pass took
    const options = { executionProviders: [provider], enableMemPattern: false };
    return new Network(ort, facts, await ort.InferenceSession.create(graph, options));
  }

  /** Pixels along a side of an image. */
  get side() {
    return this.facts.input.side;
  }

  /**
   * @param {Float32Array} logits
   * @returns {Float32Array} the same, NaN for findings that the model does not predict
   */
  predicted(logits) {
    return logits.map((logit, i) => (this.facts.predicted[i] ? logit : NaN));
  }

  /** Passes through the network that a look takes. */
  get passes() {
    return (this.facts.input.patches_per_side ?? 1) ** 2;
  }

  /**
   * @param {Float32Array} image grey in [0, 1], `side` pixels square
   * @param {(done: number) => void} [onPass] told how many passes have been made
   * @returns {Promise<Said>}
   */
  async look(image, onPass = () => {}) {
    const { name, side, patches_per_side: across } = this.facts.input;
    const given = across ? patchesOf(image, across) : image;
    const size = side / (across ?? 1);
    const cells = size * size;
    /** @type {Record<string, Float32Array[]>} */
    const parts = {};
    /** @type {Record<string, number[]>} */
    const shapes = {};
    for (let done = 0; done < this.passes;) {
      const count = Math.min(PATCHES, this.passes - done);
      const piece = given.subarray(done * cells, (done + count) * cells);
      const found = await this.session.run({ [name]: new this.ort.Tensor("float32", piece, [count, 1, size, size]) });
      for (const [output, tensor] of Object.entries(found)) {
        (parts[output] ??= []).push(await dataOf(tensor));
        shapes[output] = [...tensor.dims];
      }
      onPass((done += count));
    }
    /** @type {Said["outputs"]} */
    const outputs = {};
    for (const [output, all] of Object.entries(parts)) {
      outputs[output] = { data: joined(all), shape: [this.passes, ...shapes[output].slice(1)] };
    }
    return { logits: outputs.logits?.data ?? meanOf(outputs.patch_logits.data), outputs };
  }
}

/**
 * @param {Tensor} tensor
 * @returns {Promise<Float32Array>} its own copy; what the runtime holds of it is let go
 */
async function dataOf(tensor) {
  const data = /** @type {Float32Array} */ (await tensor.getData());
  const copy = data.slice();
  tensor.dispose();
  return copy;
}

/**
 * @param {Float32Array[]} parts
 * @returns {Float32Array}
 */
function joined(parts) {
  if (parts.length === 1) return parts[0];
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
