// What a DICOM header says that an image is, as far as it says that it is no frontal radiograph:
// data_cache/images/dicom_views.py.
import { word } from "./dataset.js";

/** @import { Dataset } from "./dataset.js" */

const MODALITIES = /** @type {Record<string, string>} */ ({
  CT: "a CT image",
  MR: "an MR image",
  US: "an ultrasound image",
  PT: "a PET image",
  NM: "a scintigram",
  MG: "a mammogram",
  XA: "an angiogram",
  OP: "a photograph of an eye",
  XC: "a photograph",
  ES: "an endoscopic image",
});
const LATERAL = ["LL", "RL", "LATERAL", "LAT"];

/**
 * @param {Dataset} dataset
 * @returns {string} "" where it may be a frontal radiograph
 */
export function noFrontalFilm(dataset) {
  const modality = word(dataset, "Modality");
  if (Object.hasOwn(MODALITIES, modality)) return MODALITIES[modality];
  return LATERAL.includes(word(dataset, "ViewPosition")) ? "a lateral view" : "";
}
