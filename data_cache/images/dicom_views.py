"""What a DICOM header says that an image is, as far as it says that it is no frontal radiograph."""

from pydicom import Dataset

from data_cache.images.dicom_header import word

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


def no_frontal_film(dataset: Dataset) -> str:
    """Return what the header says that an image is, for people; "" where it may be a frontal radiograph."""
    modality = _MODALITIES.get(word(dataset, "Modality"))
    if modality:
        return modality
    view = word(dataset, "ViewPosition")
    return "a lateral view" if view in _LATERAL else ""
