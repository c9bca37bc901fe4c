"""The picture of the maps as Secondary Capture, which every viewer shows."""

from highdicom import UID
from highdicom.sc import SCImage
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from explainers.dicom.common import describe, maker, refer, sentences
from explainers.dicom.results import Results
from explainers.dicom.sides import lay_side

_LONGEST = 10_000


def secondary_capture(results: Results) -> Dataset:
    """Return the picture as an RGB Secondary Capture of the source's patient and study."""
    along, down = results.source.header.get("PatientOrientation") or ("", "")
    made = SCImage.from_ref_dataset(
        results.source.header,
        pixel_array=results.picture,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=(along or "", down or ""),
        series_instance_uid=UID(),
        sop_instance_uid=UID(),
        instance_number=1,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        **maker("SC"),
    )
    describe(made, "what maps mark")
    made.BodyPartExamined = results.source.header.get("BodyPartExamined", "CHEST")
    lay_side(made, results.source.header)
    made.ImageType = ["DERIVED", "SECONDARY"]
    made.ImageComments = " ".join(sentences(results))[:_LONGEST].replace("\\", "/")
    made.DerivationDescription = results.shows
    refer(made, results)
    return made
