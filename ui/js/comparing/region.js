// One annotation of a comparison: somebody's region, or a map's above its threshold.
import { squaredDistances } from "../drawing/distance.js";
import { area } from "../scores.js";
import { SIZE } from "../view.js";

export class Region {
  /** @type {Uint32Array | null} */
  packed = null; // the mask, a bit a pixel
  /** @type {Float64Array | null} */
  apart = null; // squared distances to it

  /**
   * @param {string} key
   * @param {string} label
   * @param {Uint8Array} mask one byte a pixel, 0 or 1; not to be changed
   * @param {string} [state] what the mask was made of, where it is made anew each time
   */
  constructor(key, label, mask, state = "") {
    this.key = key;
    this.label = label;
    this.mask = mask;
    this.state = state;
    this.area = area(mask);
  }

  /** @returns {Uint32Array} */
  get bits() {
    if (this.packed) return this.packed;
    const { mask } = this;
    this.packed = new Uint32Array(Math.ceil(mask.length / 32));
    for (let i = 0; i < mask.length; i++) if (mask[i]) this.packed[i >> 5] |= 1 << (i & 31);
    return this.packed;
  }

  /** @returns {Float64Array} */
  get distances() {
    this.apart ??= squaredDistances(this.mask, SIZE);
    return this.apart;
  }
}

/**
 * Number of pixels that two regions share.
 * @param {Region} one
 * @param {Region} other
 * @returns {number}
 */
export function shared(one, other) {
  const [a, b] = [one.bits, other.bits];
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    let v = a[i] & b[i];
    v -= (v >>> 1) & 0x55555555;
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    count += (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
  }
  return count;
}
