"""Of a DICOM image, what results that go back into its study must repeat: whose it is, and which image."""

import re
from dataclasses import dataclass
from typing import Any

from pydicom import Dataset, config
from pydicom.datadict import dictionary_VR
from pydicom.valuerep import validate_value

from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.images.dicom_header import parse, plain_value, required, word
from data_cache.images.quiet import quiet

_NEEDED = {
    "SOPInstanceUID": "SOP Instance UID",
    "SOPClassUID": "SOP Class UID",
    "SeriesInstanceUID": "Series Instance UID",
    "StudyInstanceUID": "Study Instance UID",
}
_PATIENT = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
_STUDY = ("StudyID", "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName")
_TYPE_2 = (*_PATIENT, *_STUDY)  # there in every object, empty where the source does not say
_MORE = (
    "IssuerOfPatientID", "PatientAge", "StudyDescription", "Modality", "BodyPartExamined", "Laterality",
    "ImageLaterality", "PatientOrientation", "FrameOfReferenceUID", "PositionReferenceIndicator", "PixelSpacing",
    "ImagerPixelSpacing",
)  # fmt: skip
KEPT = (*_NEEDED, *_TYPE_2, *_MORE)
_UID = re.compile(r"(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))+")
_DICOM_MARK = slice(128, 132)


@dataclass(frozen=True, eq=False)
class Source:
    """The image that results are about.

    Attributes:
        header: `KEPT` as far as the file has them, with Rows and Columns: nothing else of the file, and no pixels.
    """

    header: Dataset

    @classmethod
    def of(cls, data: bytes, name: str) -> "Source":
        """Take it out of a DICOM file.

        Args:
            data: the file.
            name: what to call it in messages.

        Raises:
            InputError: it is no DICOM file, or does not say which image it is.
        """
        if data[_DICOM_MARK] != b"DICM":
            raise InputError(
                f"{name}: expected a DICOM file, whose study the results go into, found another kind of image; give "
                "the file that the archive (PACS) sent."
            )
        damaged = InputError(f"{name}: expected a whole DICOM image, found one that is damaged; export it again.")
        with quiet(), guarded(damaged):
            return cls(_kept(parse(data, (*KEPT, "SpecificCharacterSet", "Rows", "Columns")), name))

    @property
    def uid(self) -> str:
        """The SOP Instance UID, by which other objects mean this image."""
        return str(self.header.SOPInstanceUID)

    @property
    def size(self) -> tuple[int, int]:
        """(rows, columns) of its pixel matrix."""
        return int(self.header.Rows), int(self.header.Columns)

    @property
    def square_millimetres(self) -> float | None:
        """The area of a pixel in the patient; None where the file knows the detector's alone, or nothing."""
        spacing = self.header.get("PixelSpacing")
        return float(spacing[0]) * float(spacing[1]) if spacing else None


def _kept(file: Dataset, name: str) -> Dataset:
    kept = Dataset()
    kept.Rows, kept.Columns = required(file, "Rows", name), required(file, "Columns", name)
    for keyword, words in _NEEDED.items():
        uid = word(file, keyword)
        if not _UID.fullmatch(uid):
            raise InputError(
                f"{name}: expected a DICOM image with a {words}, to which results can refer, found none that is valid; "
                "export it from the archive again."
            )
        setattr(kept, keyword, uid)
    for keyword in KEPT[len(_NEEDED) :]:
        value = _valid(keyword, plain_value(file, keyword))
        if value is not None or keyword in _TYPE_2:
            setattr(kept, keyword, "" if value is None else value)
    if not _is_spacing(kept.get("PixelSpacing")):
        kept.pop("PixelSpacing", None)
    return kept


def _valid(keyword: str, value: Any) -> Any:
    """A value as text, or several; None where it is empty or not what the standard allows there."""
    parts = [str(part) for part in value] if _is_list(value) else [str(value)] if value is not None else []
    vr = dictionary_VR(keyword)
    if not any(parts) or len(parts) > 4:
        return None
    try:
        for part in parts:
            validate_value(vr, part, config.RAISE)
    except ValueError:
        return None
    return parts if len(parts) > 1 else parts[0]


def _is_list(value: Any) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, str | bytes) and not hasattr(value, "components")


def _is_spacing(value: Any) -> bool:
    return _is_list(value) and len(value) == 2 and all(float(part) > 0 for part in value)
