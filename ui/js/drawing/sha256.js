// SHA-256 (FIPS 180-4) of a file, also where the page is not served over HTTPS and the browser offers none.

/**
 * @param {ArrayBuffer} data
 * @returns {Promise<string>} in hexadecimal digits
 */
export async function sha256(data) {
  const digest = globalThis.crypto?.subtle
    ? new DataView(await crypto.subtle.digest("SHA-256", data))
    : digestOf(new Uint8Array(data));
  return [...Array(32).keys()].map((i) => digest.getUint8(i).toString(16).padStart(2, "0")).join("");
}

const PRIMES = primes(64);
const ROUNDS = Uint32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

/** @param {number} count */
function primes(count) {
  /** @type {number[]} */
  const found = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime)) found.push(n);
  return found;
}

/**
 * The first 32 bits behind the point.
 * @param {number} value
 */
function fraction(value) {
  return Math.floor((value % 1) * 2 ** 32);
}

/**
 * @param {number} word
 * @param {number} by
 */
const turned = (word, by) => (word >>> by) | (word << (32 - by));

/**
 * @param {Uint8Array} data
 * @returns {DataView} of 32 bytes
 */
export function digestOf(data) {
  const padded = new DataView(new ArrayBuffer(64 * Math.ceil((data.length + 9) / 64)));
  new Uint8Array(padded.buffer).set(data);
  padded.setUint8(data.length, 0x80);
  padded.setBigUint64(padded.byteLength - 8, BigInt(8 * data.length));
  const state = START.slice();
  const words = new Uint32Array(64);
  for (let at = 0; at < padded.byteLength; at += 64) {
    for (let i = 0; i < 16; i++) words[i] = padded.getUint32(at + 4 * i);
    addBlock(state, words);
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => digest.setUint32(4 * i, word));
  return digest;
}

/**
 * @param {Uint32Array} state changed
 * @param {Uint32Array} words the first 16 of the block, and room for 48
 */
function addBlock(state, words) {
  for (let i = 16; i < 64; i++) {
    const [near, far] = [words[i - 15], words[i - 2]];
    const small = turned(near, 7) ^ turned(near, 18) ^ (near >>> 3);
    words[i] = words[i - 16] + small + words[i - 7] + (turned(far, 17) ^ turned(far, 19) ^ (far >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const chosen = (e & f) ^ (~e & g);
    const first = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + chosen + ROUNDS[i] + words[i]) | 0;
    const most = (a & b) ^ (a & c) ^ (b & c);
    const second = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + most) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] += value));
}
