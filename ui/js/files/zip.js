// A ZIP archive with other paths in it: its table is written anew, what is packed stays as it is.

const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const [LOCAL_SIZE, CENTRAL_SIZE, END_SIZE] = [30, 46, 22];
const LONGEST_COMMENT = 0xffff;
const [UTF8, SIZES_BEHIND] = [0x0800, 0x0008]; // flags: how names are written; sizes after the data, not before

/** @typedef {{ header: DataView, path: string, data: Blob }} Member */

/**
 * @param {Blob} archive
 * @param {(path: string) => string} nameOf
 * @returns {Promise<Blob>} the archive itself where no path changes
 * @throws Error with one sentence, where the table cannot be read.
 */
export async function renamed(archive, nameOf) {
  const members = await membersOf(archive);
  if (!members) {
    throw new Error("Expected a ZIP archive of fewer than 65,535 files, found another kind; pack it again.");
  }
  if (members.every(({ path }) => nameOf(path) === path)) return archive;
  const [parts, table] = [/** @type {BlobPart[]} */ ([]), /** @type {BlobPart[]} */ ([])];
  let [offset, tableSize] = [0, 0];
  for (const { header, path, data } of members) {
    const name = new TextEncoder().encode(nameOf(path));
    parts.push(localHeader(header, name.length), name, data);
    table.push(centralHeader(header, name.length, offset), name);
    offset += LOCAL_SIZE + name.length + data.size;
    tableSize += CENTRAL_SIZE + name.length;
  }
  return new Blob([...parts, ...table, endOf(members.length, tableSize, offset)]);
}

/**
 * @param {Blob} archive
 * @returns {Promise<Member[] | null>} null where there is no such table
 */
async function membersOf(archive) {
  const start = Math.max(0, archive.size - LONGEST_COMMENT - END_SIZE);
  const last = new DataView(await archive.slice(start).arrayBuffer());
  let at = last.byteLength - END_SIZE;
  while (at >= 0 && last.getUint32(at, true) !== END) at--;
  if (at < 0) return null;
  const [count, size, offset] = [
    last.getUint16(at + 10, true),
    last.getUint32(at + 12, true),
    last.getUint32(at + 16, true),
  ];
  if (count === 0xffff || offset + size > start + at) return null;
  const table = new DataView(await archive.slice(offset, offset + size).arrayBuffer());
  /** @type {Member[]} */
  const members = [];
  for (let place = 0; members.length < count;) {
    if (place + CENTRAL_SIZE > size || table.getUint32(place, true) !== CENTRAL) return null;
    const header = new DataView(table.buffer, place, CENTRAL_SIZE);
    const length = header.getUint16(28, true);
    if (place + CENTRAL_SIZE + length > size) return null;
    const name = new Uint8Array(table.buffer, place + CENTRAL_SIZE, length);
    const data = await dataOf(archive, header);
    if (!data) return null;
    members.push({ header, path: textOf(name), data });
    place += CENTRAL_SIZE + length + header.getUint16(30, true) + header.getUint16(32, true);
  }
  return members;
}

/**
 * What is packed of a member.
 * @param {Blob} archive
 * @param {DataView} header its row in the table
 * @returns {Promise<Blob | null>}
 */
async function dataOf(archive, header) {
  const [size, offset] = [header.getUint32(20, true), header.getUint32(42, true)];
  const local = new DataView(await archive.slice(offset, offset + LOCAL_SIZE).arrayBuffer());
  if (local.byteLength < LOCAL_SIZE || local.getUint32(0, true) !== LOCAL) return null;
  const start = offset + LOCAL_SIZE + local.getUint16(26, true) + local.getUint16(28, true);
  return start + size > archive.size ? null : archive.slice(start, start + size);
}

/** @param {Uint8Array} name */
function textOf(name) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(name);
  } catch {
    return new TextDecoder("latin1").decode(name);
  }
}

/**
 * What a local header and a row of the table have in common, 26 bytes from the version on.
 * @param {DataView} to
 * @param {number} at
 * @param {DataView} header
 * @param {number} length of the name
 */
function fill(to, at, header, length) {
  for (let i = 0; i < 22; i++) to.setUint8(at + i, header.getUint8(6 + i));
  to.setUint16(at + 2, (header.getUint16(8, true) | UTF8) & ~SIZES_BEHIND, true);
  to.setUint16(at + 22, length, true);
}

/**
 * @param {DataView} header
 * @param {number} length
 * @returns {ArrayBuffer}
 */
function localHeader(header, length) {
  const view = new DataView(new ArrayBuffer(LOCAL_SIZE));
  view.setUint32(0, LOCAL, true);
  fill(view, 4, header, length);
  return view.buffer;
}

/**
 * @param {DataView} header
 * @param {number} length
 * @param {number} offset of its local header
 * @returns {ArrayBuffer}
 */
function centralHeader(header, length, offset) {
  const view = new DataView(new ArrayBuffer(CENTRAL_SIZE));
  view.setUint32(0, CENTRAL, true);
  view.setUint16(4, 20, true);
  fill(view, 6, header, length);
  view.setUint32(42, offset, true);
  return view.buffer;
}

/**
 * @param {number} count
 * @param {number} size of the table
 * @param {number} offset
 * @returns {ArrayBuffer}
 */
function endOf(count, size, offset) {
  const view = new DataView(new ArrayBuffer(END_SIZE));
  view.setUint32(0, END, true);
  view.setUint16(8, count, true);
  view.setUint16(10, count, true);
  view.setUint32(12, size, true);
  view.setUint32(16, offset, true);
  return view.buffer;
}
