"""Small DICOM segmentations, reports and presentation states, written element by element as PS3.3 has them."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

IMAGE = "1.2.3.4.5"
SEGMENTATION, LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"
REPORT, PRESENTATION = "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.11.1"


def _item(**values: object) -> Dataset:
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def _file(made: Dataset, kind: str) -> bytes:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, kind
    meta.MediaStorageSOPInstanceUID = "1.2.3.9"
    whole = FileDataset("", made, file_meta=meta, preamble=b"\0" * 128)
    whole.SOPClassUID, whole.SOPInstanceUID, whole.PatientName = kind, "1.2.3.9", "SECRET^NAME"
    file = BytesIO()
    whole.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _code(value: str, meaning: str) -> Dataset:
    return _item(CodeValue=value, CodingSchemeDesignator="DCM", CodeMeaning=meaning)


def segmentation(frames: np.ndarray, labels: Sequence[str], kind: str = "BINARY", most: int = 1) -> bytes:
    """A segmentation of frames (n, h, w), each of the segment of its place; a LABELMAP has one frame of numbers."""
    numbers = [_item(SegmentIdentificationSequence=[_item(ReferencedSegmentNumber=i + 1)]) for i in range(len(frames))]
    bits = 1 if kind == "BINARY" else 8
    stored = np.packbits(frames.ravel(), bitorder="little") if bits == 1 else frames.astype(np.uint8).ravel()
    made = _item(
        Rows=frames.shape[1],
        Columns=frames.shape[2],
        NumberOfFrames=len(frames),
        SegmentationType=kind,
        BitsAllocated=bits,
        BitsStored=bits,
        HighBit=bits - 1,
        SamplesPerPixel=1,
        PixelRepresentation=0,
        PhotometricInterpretation="MONOCHROME2",
        MaximumFractionalValue=most,
        ReferencedSeriesSequence=[
            _item(
                SeriesInstanceUID="1.2.3.4",
                ReferencedInstanceSequence=[_item(ReferencedSOPClassUID=SEGMENTATION, ReferencedSOPInstanceUID=IMAGE)],
            )
        ],
        SegmentSequence=[
            _item(SegmentNumber=i, SegmentLabel=label, SegmentAlgorithmName="net") for i, label in enumerate(labels, 1)
        ],
        PerFrameFunctionalGroupsSequence=numbers,
        PixelData=stored.tobytes() + b"\0" * (stored.size % 2),
    )
    made["PixelData"].VR = "OB"
    return _file(made, LABEL_MAP if kind == "LABELMAP" else SEGMENTATION)


def report(*shapes: tuple[str, str, Sequence[float]], image: str = IMAGE) -> bytes:
    """A report with a measurement group for each finding, kind and coordinates."""
    groups = []
    for finding, kind, points in shapes:
        where = _item(
            ValueType="SCOORD",
            RelationshipType="CONTAINS",
            GraphicType=kind,
            GraphicData=list(points),
            ContentSequence=[
                _item(
                    ValueType="IMAGE",
                    RelationshipType="SELECTED FROM",
                    ReferencedSOPSequence=[_item(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID=image)],
                )
            ],
        )
        said = _item(
            ValueType="CODE",
            RelationshipType="CONTAINS",
            ConceptNameCodeSequence=[_code("121071", "Finding")],
            ConceptCodeSequence=[_code("1", finding)],
        )
        groups.append(
            _item(
                ValueType="CONTAINER",
                ConceptNameCodeSequence=[_code("125007", "Measurement Group")],
                ContentSequence=[said, where],
            )
        )
    measured = _item(ValueType="CONTAINER", ContentSequence=groups)
    return _file(_item(ValueType="CONTAINER", ContentSequence=[measured]), REPORT)


def presentation(
    kind: str, points: Sequence[float], units: str = "PIXEL", label: str = "EDEMA", **more: object
) -> bytes:
    """A presentation state with one graphic in a layer called `label`."""
    graphic = _item(
        GraphicAnnotationUnits=units,
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(points) // 2,
        GraphicData=list(points),
        GraphicType=kind,
    )
    referred = [_item(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID=IMAGE)]
    group = _item(GraphicLayer=label, ReferencedImageSequence=referred, GraphicObjectSequence=[graphic])
    made = _item(GraphicAnnotationSequence=[group], **more)
    return _file(made, PRESENTATION)


def displayed(first: tuple[int, int], last: tuple[int, int]) -> Dataset:
    """A displayed area from a first to a last pixel; the image's first one is 1, 1."""
    return _item(DisplayedAreaTopLeftHandCorner=list(first), DisplayedAreaBottomRightHandCorner=list(last))
