// What a DICOM header says that an image is, as far as it says that it is no frontal film of the chest:
// data_cache/images/dicom_views.py.
import { texts, word } from "./dataset.js";

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
// Body Part Examined, by which no frontal film of the chest is meant.
const OTHER_PARTS = new Set(
  `
ABDOMEN ANKLE ANUS APPENDIX ARM AXILLA BACK BLADDER BREAST BUTTOCK CALCANEUS CALF CEREBELLUM CEREBRUM CERVIX CHEEK
COCCYX COLON CSPINE CTSPINE EAR ELBOW EXTREMITY EYE EYELID FACE FEMUR FINGER FOOT FOREARM GALLBLADDER HAND HEAD
HEADNECK HIP HUMERUS ILEUM ILIUM JAW KIDNEY KNEE LEG LIVER LOWERLEG LSPINE LSSPINE MANDIBLE MAXILLA MOUTH NECK NOSE
ORBIT OVARY PANCREAS PATELLA PELVIS PENIS PROSTATE RECTUM SACRUM SCALP SCAPULA SCROTUM SHOULDER SINUS SKULL SPINE
SPLEEN SSPINE STOMACH TEMPLE TESTIS THIGH THUMB TIBIA TLSPINE TMJ TOE TONGUE TSPINE UTERUS VAGINA VULVA WRIST ZYGOMA
`
    .trim()
    .split(/\s+/),
);
const ALIASES = /** @type {Record<string, string>} */ ({ ABD: "ABDOMEN", FEET: "FOOT", TEETH: "JAW", TOOTH: "JAW" });
const CHEST = ["CHEST", "THORA", "TORAX", "TORAC"];

/**
 * @param {Dataset} dataset
 * @returns {string} "" where it may be a frontal film of the chest
 */
export function noFrontalFilm(dataset) {
  const modality = word(dataset, "Modality");
  if (Object.hasOwn(MODALITIES, modality)) return MODALITIES[modality];
  if (LATERAL.includes(word(dataset, "ViewPosition"))) return "a lateral view";
  const part = otherPart(dataset);
  return part && `a picture of another part of the body (${part})`;
}

/**
 * The body part that the header names, in DICOM's word, where it is another than the chest; "" elsewhere.
 * @param {Dataset} dataset
 * @returns {string}
 */
function otherPart(dataset) {
  const said = texts(dataset, "BodyPartExamined").join(" ").toUpperCase();
  if (CHEST.some((chest) => said.includes(chest))) return "";
  const words = (said.match(/[A-Z]+/g) ?? []).map((part) => (Object.hasOwn(ALIASES, part) ? ALIASES[part] : part));
  return words.flatMap((part) => [part, part.replace(/S$/, "")]).find((one) => OTHER_PARTS.has(one)) ?? "";
}
