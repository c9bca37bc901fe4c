// Reads all files of a folder as a visitor's own device does, in one process: what comes of each is written beside them.
import { readFileSync, writeFileSync } from "node:fs";
import { inflate, tilesFrom } from "../../../ui/js/film/packing.js";
import * as reading from "../../../ui/js/device/reading/index.js";
import { damaged, guarded } from "../../../ui/js/device/reading/refusal.js";

const [folder, modules] = process.argv.slice(2);
const address = (place) => `data:;base64,${readFileSync(`${modules}/${place}`).toString("base64")}`;
const codec = "@cornerstonejs/codec-openjpeg/dist/openjpegwasm_decode";
reading.useLibraries({
  dicomParser: address("dicom-parser/dist/dicomParser.min.js"),
  openjpeg: address(`${codec}.js`),
  openjpegWasm: address(`${codec}.wasm`),
});

const array = (place, values) => {
  writeFileSync(`${folder}/${place}`, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return { place, type: values.constructor.name };
};

async function unpacked({ codes, height, width }) {
  const levels = reading.pyramid(codes, height, width);
  const level = levels[reading.overviewOf(levels)];
  const bytes = await inflate(await reading.packed([level]));
  return tilesFrom(bytes, [[level.height, level.width]], codes.BYTES_PER_ELEMENT * 8)[0];
}

async function read({ file, name, side, code }, i) {
  const radiograph = await reading.readRadiograph(new Uint8Array(readFileSync(`${folder}/${file}`)), name);
  const laid = code ? reading.laidOut(radiograph, code) : radiograph;
  const { pixels, film, ...facts } = laid;
  const { codes, values, windows, ...about } = film;
  const { image, geometry } = reading.preprocess(laid, side);
  const shown = windows.map((one, w) => ("shades" in one ? { ...one, shades: array(`${i}.shades${w}`, one.shades) } : one));
  return {
    ...facts,
    geometry,
    film: { ...about, windows: shown, codes: array(`${i}.codes`, codes), values: values && array(`${i}.values`, values) },
    overview: array(`${i}.overview`, await unpacked({ ...laid, codes })),
    pixels: array(`${i}.pixels`, pixels),
    image: array(`${i}.image`, image),
    words: reading.wordsOf(code ?? ""),
  };
}

async function said(file, i) {
  try {
    return await read(file, i);
  } catch (error) {
    return error instanceof reading.Refusal ? { refused: error.message } : { fault: String(error.stack) };
  }
}

const files = JSON.parse(readFileSync(`${folder}/files.json`, "utf8"));
const results = [];
for (const [i, file] of files.entries()) results.push(await said(file, i));
reading.useLibraries({ dicomParser: "data:;base64,?" }); // what cannot be fetched
const film = files.findIndex(({ name }) => name === "twelve.dcm");
results.push(await said(files[film], film));
const full = guarded("a.png", damaged("a.png", "PNG"), () => new ArrayBuffer(2 ** 50));
results.push(await full.catch(({ message }) => ({ refused: message })));
writeFileSync(`${folder}/results.json`, JSON.stringify(results));
