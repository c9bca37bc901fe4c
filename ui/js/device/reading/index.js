// Everything that is read of a file on the visitor's own device. These modules run in pages, workers and Node alike;
// what a browser alone has (decoders of JPEG and WebP) is asked for when a file needs it.
export { cropOf } from "./geometry.js";
export { OVERVIEW, TILE, overviewOf, packed, pyramid, tilesOf } from "./film.js";
export { laidOut, wordsOf } from "./laying.js";
export { useLibraries } from "./libraries.js";
export { preprocess } from "./preparing.js";
export { readRadiograph } from "./radiograph.js";
export { Refusal } from "./refusal.js";
