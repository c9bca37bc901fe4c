// The Mersenne Twister (Matsumoto and Nishimura, ACM TOMACS 1998), so that the page draws what the command line draws.

const [WORDS, MIDDLE] = [624, 397];
const [UPPER, LOWER] = [0x80000000, 0x7fffffff];
const TWIST = 0x9908b0df;

/**
 * Random bytes, the lowest of each number first.
 * @param {number} seed a whole number below 2^32
 * @param {number} length
 * @returns {Uint8Array}
 */
export function randomBytes(seed, length) {
  const state = startingState(seed);
  const bytes = new DataView(new ArrayBuffer(4 * Math.ceil(length / 4)));
  for (let at = 0, i = WORDS; at < length; at += 4, i++) {
    if (i === WORDS) {
      renew(state);
      i = 0;
    }
    bytes.setUint32(at, tempered(state[i]), true);
  }
  return new Uint8Array(bytes.buffer, 0, length);
}

/** @param {number} seed */
function startingState(seed) {
  const state = new Uint32Array(WORDS);
  state[0] = seed;
  for (let i = 1; i < WORDS; i++) {
    const before = state[i - 1] ^ (state[i - 1] >>> 30);
    state[i] = Math.imul(1812433253, before) + i;
  }
  return state;
}

/** @param {Uint32Array} state */
function renew(state) {
  for (let i = 0; i < WORDS; i++) {
    const joined = (state[i] & UPPER) | (state[(i + 1) % WORDS] & LOWER);
    state[i] = state[(i + MIDDLE) % WORDS] ^ (joined >>> 1) ^ (joined & 1 ? TWIST : 0);
  }
}

/** @param {number} word */
function tempered(word) {
  let mixed = word ^ (word >>> 11);
  mixed ^= (mixed << 7) & 0x9d2c5680;
  mixed ^= (mixed << 15) & 0xefc60000;
  return (mixed ^ (mixed >>> 18)) >>> 0;
}
