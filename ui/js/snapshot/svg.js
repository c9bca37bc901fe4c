// Drawings of the page as pictures by themselves.

const STYLES = [
  "fill",
  "fill-opacity",
  "fill-rule",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-opacity",
  "opacity",
  "visibility",
  "display",
  "vector-effect",
  "font-size",
  "font-weight",
  "font-family",
  "paint-order",
  "text-anchor",
];

/**
 * An SVG of the page as a picture by itself: what the style sheets say is written into its elements.
 * @param {SVGElement} drawing
 * @param {number} side
 * @returns {Promise<HTMLImageElement>}
 */
export function pictureOf(drawing, side) {
  const copy = /** @type {SVGElement} */ (drawing.cloneNode(true));
  const originals = drawing.querySelectorAll("*");
  /** @type {NodeListOf<SVGElement>} */
  const copies = copy.querySelectorAll("*");
  copies.forEach((element, i) => {
    const style = getComputedStyle(originals[i]);
    for (const name of STYLES) element.style.setProperty(name, style.getPropertyValue(name));
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(side));
  copy.setAttribute("height", String(side));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  return image.decode().then(() => image);
}
