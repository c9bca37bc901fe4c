// The small picture of a radiograph in the list of this visit.

const SIDE = 160; // pixels of a thumbnail

/**
 * A thumbnail of the models' view.
 * @param {Uint8Array} grey a square
 * @returns {string} a data URL; "" where there is none
 */
export function pictureOf(grey) {
  const side = Math.sqrt(grey.length);
  const context = Object.assign(document.createElement("canvas"), { width: side, height: side }).getContext("2d");
  const small = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  if (!context || !Number.isInteger(side)) return "";
  const pixels = context.createImageData(side, side);
  new Uint32Array(pixels.data.buffer).set(Uint32Array.from(grey, (value) => 0xff000000 | (value * 0x010101)));
  context.putImageData(pixels, 0, 0);
  small.getContext("2d")?.drawImage(context.canvas, 0, 0, SIDE, SIDE);
  return small.toDataURL("image/jpeg", 0.85);
}
