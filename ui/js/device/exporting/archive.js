// Arrays as NumPy's .npz: a ZIP archive of .npy files, packed where the browser can.

/** @typedef {{ name: string, shape: number[], dtype: string, data: Uint8Array<ArrayBuffer> }} Member little endian */

const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const [LOCAL_SIZE, CENTRAL_SIZE, END_SIZE] = [30, 46, 22];
const [STORED, DEFLATED, UTF8, VERSION] = [0, 8, 0x0800, 20];
const DAY = 0x21; // 1 January 1980, as NumPy dates its members

/**
 * An array of numbers.
 * @param {string} name
 * @param {Float32Array} values
 * @param {number[]} shape
 * @returns {Member}
 */
export function numbers(name, values, shape) {
  return { name, shape, dtype: "<f4", data: new Uint8Array(values.slice().buffer) };
}

/**
 * An array of texts, or one alone, of shape ().
 * @param {string} name
 * @param {string | string[]} texts
 * @returns {Member}
 */
export function texts(name, texts) {
  const letters = [texts].flat().map((text) => Array.from(text, (letter) => letter.codePointAt(0) ?? 0));
  const longest = Math.max(1, ...letters.map(({ length }) => length));
  const data = new Uint32Array(letters.length * longest);
  letters.forEach((one, i) => data.set(one, i * longest));
  return {
    name,
    shape: Array.isArray(texts) ? [texts.length] : [],
    dtype: `<U${longest}`,
    data: new Uint8Array(data.buffer),
  };
}

/**
 * @param {Member[]} members
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function npzOf(members) {
  const packed = await Promise.all(members.map(packedOf));
  const size = packed.reduce((sum, one) => sum + LOCAL_SIZE + CENTRAL_SIZE + 2 * one.name.length + one.data.length, 0);
  const bytes = new Uint8Array(size + END_SIZE);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const places = packed.map((one) => {
    const place = at;
    view.setUint32(at, LOCAL, true);
    common(view, at + 4, one);
    bytes.set(one.name, at + LOCAL_SIZE);
    bytes.set(one.data, at + LOCAL_SIZE + one.name.length);
    at += LOCAL_SIZE + one.name.length + one.data.length;
    return place;
  });
  const table = at;
  packed.forEach((one, i) => {
    view.setUint32(at, CENTRAL, true);
    view.setUint16(at + 4, VERSION, true);
    common(view, at + 6, one);
    view.setUint32(at + 42, places[i], true);
    bytes.set(one.name, at + CENTRAL_SIZE);
    at += CENTRAL_SIZE + one.name.length;
  });
  view.setUint32(at, END, true);
  view.setUint16(at + 8, packed.length, true);
  view.setUint16(at + 10, packed.length, true);
  view.setUint32(at + 12, at - table, true);
  view.setUint32(at + 16, table, true);
  return bytes;
}

/** @typedef {{ name: Uint8Array, data: Uint8Array, method: number, size: number, check: number }} Packed */

/**
 * What a local header and a row of the table have in common, 26 bytes.
 * @param {DataView} view
 * @param {number} at
 * @param {Packed} packed
 */
function common(view, at, { name, data, method, size, check }) {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 2, UTF8, true);
  view.setUint16(at + 4, method, true);
  view.setUint16(at + 8, DAY, true);
  view.setUint32(at + 10, check, true);
  view.setUint32(at + 14, data.length, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, name.length, true);
}

/**
 * @param {Member} member
 * @returns {Promise<Packed>}
 */
async function packedOf(member) {
  const whole = npyOf(member);
  const name = new TextEncoder().encode(`${member.name}.npy`);
  const about = { name, size: whole.length, check: checkOf(whole) };
  if (typeof CompressionStream === "undefined") return { ...about, data: whole, method: STORED };
  const stream = new Blob([whole]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return { ...about, data: new Uint8Array(await new Response(stream).arrayBuffer()), method: DEFLATED };
}

/**
 * @param {Member} member
 * @returns {Uint8Array<ArrayBuffer>} NumPy's format, version 1.0
 */
function npyOf({ dtype, shape, data }) {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const header = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${sides}), }`;
  const length = Math.ceil((header.length + 11) / 64) * 64;
  const bytes = new Uint8Array(length + data.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, (length - 10) & 255, (length - 10) >> 8]);
  bytes.set(new TextEncoder().encode(`${header.padEnd(length - 11)}\n`), 10);
  bytes.set(data, length);
  return bytes;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/**
 * CRC-32.
 * @param {Uint8Array} bytes
 */
function checkOf(bytes) {
  let value = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) value = TABLE[(value ^ bytes[i]) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
