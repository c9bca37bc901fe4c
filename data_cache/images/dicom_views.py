"""What a DICOM header says that an image is, as far as it says that it is no frontal film of the chest."""

import re

from pydicom import Dataset

from data_cache.images.dicom_header import texts, word

# Defined terms of Modality (PS3.3 C.7.3.1.1.1); radiographs are CR, DX, RG, PX, and OT or nothing where a PACS lost it.
_MODALITIES = {
    "CT": "a CT image",
    "MR": "an MR image",
    "US": "an ultrasound image",
    "PT": "a PET image",
    "NM": "a scintigram",
    "MG": "a mammogram",
    "XA": "an angiogram",
    "OP": "a photograph of an eye",
    "XC": "a photograph",
    "ES": "an endoscopic image",
}
_LATERAL = frozenset({"LL", "RL", "LATERAL", "LAT"})  # View Position: PS3.3 C.8.7.1 has the first two, usage the others
# Body Part Examined: defined terms of PS3.16, Annex L, and usual ones, by which no frontal film of the chest is meant.
# What is not here is passed over: words of other languages, and what a chest film may be called (RIBS, LUNG, TRUNK).
_TERMS = """
ABDOMEN ANKLE ANUS APPENDIX ARM AXILLA BACK BLADDER BREAST BUTTOCK CALCANEUS CALF CEREBELLUM CEREBRUM CERVIX CHEEK
COCCYX COLON CSPINE CTSPINE EAR ELBOW EXTREMITY EYE EYELID FACE FEMUR FINGER FOOT FOREARM GALLBLADDER HAND HEAD
HEADNECK HIP HUMERUS ILEUM ILIUM JAW KIDNEY KNEE LEG LIVER LOWERLEG LSPINE LSSPINE MANDIBLE MAXILLA MOUTH NECK NOSE
ORBIT OVARY PANCREAS PATELLA PELVIS PENIS PROSTATE RECTUM SACRUM SCALP SCAPULA SCROTUM SHOULDER SINUS SKULL SPINE
SPLEEN SSPINE STOMACH TEMPLE TESTIS THIGH THUMB TIBIA TLSPINE TMJ TOE TONGUE TSPINE UTERUS VAGINA VULVA WRIST ZYGOMA
"""
_OTHER_PARTS = frozenset(_TERMS.split())
_ALIASES = {"ABD": "ABDOMEN", "FEET": "FOOT", "TEETH": "JAW", "TOOTH": "JAW"}
_CHEST = ("CHEST", "THORA", "TORAX", "TORAC")


def no_frontal_film(dataset: Dataset) -> str:
    """Return what the header says that an image is, for people; "" where it may be a frontal film of the chest."""
    modality = _MODALITIES.get(word(dataset, "Modality"))
    if modality:
        return modality
    if word(dataset, "ViewPosition") in _LATERAL:
        return "a lateral view"
    part = _other_part(dataset)
    return f"a picture of another part of the body ({part})" if part else ""


def _other_part(dataset: Dataset) -> str:
    """The body part that the header names, in DICOM's word, where it is another than the chest; "" elsewhere."""
    said = " ".join(texts(dataset, "BodyPartExamined")).upper()
    if any(chest in said for chest in _CHEST):
        return ""
    words = [_ALIASES.get(part, part) for part in re.findall("[A-Z]+", said)]
    known = (one for part in words for one in (part, part.removesuffix("S")) if one in _OTHER_PARTS)
    return next(known, "")
