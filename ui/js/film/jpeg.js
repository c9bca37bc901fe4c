// JPEG as a site keeps films (ui/static/films.py): baseline, one channel of 8 bits. The pixels are libjpeg's, and so
// Pillow's, to the bit, whatever the browser's own decoder and canvas would make of them.

/**
 * What stands before the pixels: the size, what each coefficient is a multiple of, and Huffman's codes.
 * @typedef {object} Head
 * @property {number} height
 * @property {number} width
 * @property {Uint8Array} steps 64 in zigzag order
 * @property {Uint16Array} means by the next 16 bits, the mean of a block: bits of the code, then what it stands for
 * @property {Uint16Array} waves the same of all other coefficients
 * @property {number} at where the pixels begin
 */

const SIDE = 8; // pixels of a block
const [TABLES, FRAME, CODES, SCAN] = [0xdb, 0xc0, 0xc4, 0xda]; // markers
const RUN = 15; // zeros of a code that stands for no coefficient behind them
const ZIGZAG = zigzag();
const LINE = new Int32Array(SIDE); // what is transformed
// Cosines times √2, of 13 bits, as libjpeg adds them up from rounded ones: what makes its integers.
const EVEN = [
  [8192, 10703, 8192, 4433],
  [8192, 4433, -8192, -10704],
  [8192, -4433, -8192, 10704],
  [8192, -10703, 8192, -4433],
];
const ODD = [
  [11363, 9633, 6437, 2260],
  [9633, -2259, -11362, -6436],
  [6437, -11362, 2261, 9633],
  [2260, -6436, 9633, -11363],
];

/**
 * The grey of a JPEG, row by row.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function greyOf(bytes) {
  const head = headOf(bytes);
  const { height, width, steps, means, waves } = head;
  const codes = new Uint8Array(height * width);
  const bits = new Bits(bytes, head.at);
  let mean = 0;
  for (let top = 0; top < height; top += SIDE) {
    for (let left = 0; left < width; left += SIDE) {
      const block = new Int32Array(SIDE * SIDE);
      mean += bits.number(bits.symbol(means));
      block[0] = mean * steps[0];
      fill(block, bits, waves, steps);
      place(pixelsOf(block), codes, { top, left, height, width });
    }
  }
  return codes;
}

/**
 * @param {Uint8Array} bytes
 * @returns {Head}
 */
function headOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {Uint8Array[]} */
  const steps = [];
  /** @type {Uint16Array[]} */
  const codes = [];
  let frame = bytes;
  for (let at = 2; at + 4 <= bytes.length;) {
    const end = at + 2 + view.getUint16(at + 2);
    const content = bytes.subarray(at + 4, end);
    const marker = bytes[at + 1];
    if (marker === TABLES) for (let i = 0; i < content.length; i += 65) steps[content[i]] = content.subarray(i + 1);
    if (marker === CODES) for (let i = 0; i < content.length;) i = readCodes(content, i, codes);
    if (marker === FRAME) frame = content;
    if (marker === SCAN) {
      const [height, width] = [(frame[1] << 8) | frame[2], (frame[3] << 8) | frame[4]];
      const [means, waves] = [codes[content[2] >> 4], codes[16 + (content[2] & 15)]];
      return { height, width, steps: steps[frame[8]], means, waves, at: end };
    }
    at = end;
  }
  throw new Error("Expected a whole JPEG among the files of the site, found one that is cut short: reload the page.");
}

/**
 * Huffman's codes of a segment: how many there are of each length, then what they stand for, the shortest first.
 * @param {Uint8Array} content
 * @param {number} at
 * @param {Uint16Array[]} into by class and number: bits of the code, then what it stands for, by the next 16 bits
 * @returns {number} where the next ones stand
 */
function readCodes(content, at, into) {
  const table = new Uint16Array(1 << 16);
  let [from, symbol] = [0, at + 17];
  for (let length = 1; length <= 16; length++) {
    for (let n = content[at + length]; n > 0; n--) {
      const to = from + (1 << (16 - length));
      table.fill((length << 8) | content[symbol++], from, to);
      from = to;
    }
  }
  into[content[at]] = table;
  return symbol;
}

class Bits {
  held = 0; // the last bits read
  count = 0; // how many of them are not used yet

  /**
   * @param {Uint8Array} bytes
   * @param {number} at
   */
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  /** The next 16 bits, which stay; zeros beyond the end. */
  next() {
    while (this.count < 16) {
      const byte = this.bytes[this.at++] ?? 0;
      if (byte === 0xff) this.at++; // a zero that keeps it from being a marker
      this.held = ((this.held & 0xffff) << 8) | byte;
      this.count += 8;
    }
    return (this.held >> (this.count - 16)) & 0xffff;
  }

  /** @param {Uint16Array} table */
  symbol(table) {
    const found = table[this.next()];
    this.count -= found >> 8;
    return found & 0xff;
  }

  /**
   * A number of so many bits; without a first 1 it is negative.
   * @param {number} length
   */
  number(length) {
    if (!length) return 0;
    const value = this.next() >> (16 - length);
    this.count -= length;
    return value >> (length - 1) ? value : value - (1 << length) + 1;
  }
}

/**
 * Read all coefficients of a block but the first.
 * @param {Int32Array} block
 * @param {Bits} bits
 * @param {Uint16Array} waves
 * @param {Uint8Array} steps
 */
function fill(block, bits, waves, steps) {
  for (let k = 1; k < block.length; k++) {
    const symbol = bits.symbol(waves);
    const [zeros, length] = [symbol >> 4, symbol & 15];
    if (!length && zeros < RUN) return;
    k += zeros;
    block[ZIGZAG[k]] = bits.number(length) * steps[k];
  }
}

/**
 * @param {Int32Array} block coefficients, row by row; changed
 * @returns {Int32Array} pixels, around zero
 */
function pixelsOf(block) {
  for (let column = 0; column < SIDE; column++) transform(block, column, SIDE, 11);
  for (let row = 0; row < SIDE; row++) transform(block, row * SIDE, 1, 18);
  return block;
}

/**
 * The inverse cosine transform of eight numbers in their place.
 * @param {Int32Array} block
 * @param {number} first
 * @param {number} apart
 * @param {number} bits by which the result is too large
 */
function transform(block, first, apart, bits) {
  for (let i = 0; i < SIDE; i++) LINE[i] = block[first + i * apart];
  const half = 1 << (bits - 1);
  for (let i = 0; i < SIDE / 2; i++) {
    const [p, q] = [EVEN[i], ODD[i]];
    const even = p[0] * LINE[0] + p[1] * LINE[2] + p[2] * LINE[4] + p[3] * LINE[6] + half;
    const odd = q[0] * LINE[1] + q[1] * LINE[3] + q[2] * LINE[5] + q[3] * LINE[7];
    block[first + i * apart] = (even + odd) >> bits;
    block[first + (SIDE - 1 - i) * apart] = (even - odd) >> bits;
  }
}

/**
 * Lay a block's pixels into the picture, whose right and lower ends may cut it.
 * @param {Int32Array} pixels
 * @param {Uint8Array} codes
 * @param {{ top: number, left: number, height: number, width: number }} where
 */
function place(pixels, codes, { top, left, height, width }) {
  const [rows, columns] = [Math.min(SIDE, height - top), Math.min(SIDE, width - left)];
  for (let y = 0; y < rows; y++) {
    const to = (top + y) * width + left;
    for (let x = 0; x < columns; x++) codes[to + x] = Math.max(0, Math.min(255, pixels[y * SIDE + x] + 128));
  }
}

/** Where the coefficients stand in a block, as they are told: along its diagonals, to and fro. */
function zigzag() {
  const places = [];
  for (let sum = 0; sum < 2 * SIDE - 1; sum++) {
    const diagonal = [];
    for (let row = Math.max(0, sum - SIDE + 1); row <= Math.min(sum, SIDE - 1); row++) {
      diagonal.push(row * SIDE + sum - row);
    }
    places.push(...(sum % 2 ? diagonal : diagonal.reverse()));
  }
  return Uint8Array.from(places);
}
