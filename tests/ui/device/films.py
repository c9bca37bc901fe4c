"""DICOM files of every kind that is read on a device: syntaxes, bits, windows, tables, spacing, contradictions."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from tests.data_cache.images.dicom_files import dicom_bytes, dicom_dataset, dicom_file, lookup_table

_RNG = np.random.default_rng(190)
TWELVE = np.clip(_RNG.normal(2000, 600, (37, 53)), 0, 4095).astype(np.uint16)
SIGNED = (TWELVE.astype(int) - 2048).astype(np.int16)
EIGHT = (TWELVE >> 4).astype(np.uint8)
_WINDOW = {"WindowCenter": 1800, "WindowWidth": 2400}
_STORED: dict[str, tuple[NDArray, int]] = {"twelve": (TWELVE, 12), "signed": (SIGNED, 12), "eight": (EIGHT, 8)}

_HEADERS: dict[str, dict[str, Any]] = {
    "inverted": {"PhotometricInterpretation": "MONOCHROME1", **_WINDOW},
    "no-photometric": {"PhotometricInterpretation": None},
    "no-samples": {"SamplesPerPixel": None},
    "several": {
        "WindowCenter": [1000, 2000.5, 2100],
        "WindowWidth": [0, 1001, 600],
        "WindowCenterWidthExplanation": ["NONE", "Lungen, ä", "BONE"],
        "SpecificCharacterSet": "ISO_IR 192",
    },
    "exact": {**_WINDOW, "VOILUTFunction": "LINEAR_EXACT"},
    "sigmoid": {**_WINDOW, "VOILUTFunction": "SIGMOID"},
    "step": {"WindowCenter": 2000, "WindowWidth": 1},
    "narrow": {"WindowCenter": 2000, "WindowWidth": 0.5},
    "outside": {"WindowCenter": 60000, "WindowWidth": 2},
    "nan": {"WindowCenter": "nan", "WindowWidth": 100},
    "rescale": {"RescaleSlope": 0.25, "RescaleIntercept": -300.125, "RescaleType": "HU"},
    "negative": {"RescaleSlope": -2, "RescaleIntercept": 9, **_WINDOW},
    "bad-rescale": {"RescaleSlope": 0, "RescaleIntercept": 7},
    "modality-table": {"ModalityLUTSequence": [lookup_table(list(range(0, 60000, 15)), 100, 16)], **_WINDOW},
    "voi-tables": {
        "VOILUTSequence": [lookup_table([5] * 9, 0, 8), lookup_table([i // 2 for i in range(4000)], 90, 12)],
        **_WINDOW,
    },
    "dark-table": {"VOILUTSequence": [lookup_table(list(range(200)), 1900, 16)]},
    "padding": {"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 1200},
    "left-justified": {"HighBit": 15, "BitsStored": 10},
    "beyond": {"BitsStored": 9, "HighBit": 8},
    "spacing": {"PixelSpacing": [0.2, 0.3], "ImagerPixelSpacing": [0.25, 0.25], "PatientOrientation": ["L", "F"]},
    "imager": {"ImagerPixelSpacing": [0.139, 0.139], "EstimatedRadiographicMagnificationFactor": 1.25},
    "detector": {"PixelSpacing": [0.139, 0.139], "ImagerPixelSpacing": [0.139, 0.139], "ViewPosition": "PA"},
    "calibrated": {"PixelSpacing": [0.1, 0.1], "PixelSpacingCalibrationType": "GEOMETRY"},
    "scanned": {"NominalScannedPixelSpacing": [0.17, 0.17], "PatientOrientation": ["AL", "PF"]},
    "bad-spacing": {"PixelSpacing": [0, 0.1]},
    "lateral": {"ViewPosition": "LL"},
    "a-ct": {"Modality": "CT"},
    "ratio": {"PixelAspectRatio": [3, 2]},
    "feet": {"BodyPartExamined": ["LEFT", "FEET"]},
    "knees": {"BodyPartExamined": "BOTH KNEES"},
    "chest": {"BodyPartExamined": "CHEST_ABDOMEN"},
}


def dicom_files() -> Iterator[tuple[str, bytes]]:
    """Names and contents."""
    for name, (stored, bits) in _STORED.items():
        yield f"{name}.dcm", dicom_file(stored, BitsStored=bits)
        yield f"{name}-implicit.dcm", dicom_file(stored, BitsStored=bits, syntax=ImplicitVRLittleEndian, **_WINDOW)
        big = stored.byteswap() if stored.itemsize == 2 else stored
        yield f"{name}-big.dcm", dicom_file(big, BitsStored=bits, syntax=ExplicitVRBigEndian, **_WINDOW)
        for syntax, encoder in ((RLELossless, "pydicom"), (JPEG2000Lossless, "pylibjpeg")):
            packed = dicom_dataset(stored, BitsStored=bits)
            packed.compress(syntax, encoding_plugin=encoder)
            yield f"{name}-{syntax.keyword}.dcm", dicom_bytes(packed)
    for name, tags in _HEADERS.items():
        yield f"{name}.dcm", dicom_file(TWELVE, **({"BitsStored": 12} | tags))
    yield from _of_other_sizes()


def _of_other_sizes() -> Iterator[tuple[str, bytes]]:
    wide = (_RNG.random((20, 31)) * 4e9).astype(np.uint32)
    yield "wide.dcm", dicom_file(wide, BitsStored=32)
    yield "wide-signed.dcm", dicom_file(wide.view(np.int32), BitsStored=32, RescaleSlope=1e-3)
    bits = np.packbits(_RNG.random(37 * 53) < 0.3, bitorder="little").tobytes()
    one = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0, "PixelData": bits + b"\0"}
    yield "one-bit.dcm", dicom_file(EIGHT, **one)
    yield "no-bits.dcm", dicom_file(TWELVE, BitsAllocated=0, BitsStored=12)
    yield "unsaid-bits.dcm", dicom_file(TWELVE, BitsAllocated=None, BitsStored=12)
    packed = dicom_dataset(TWELVE, BitsStored=12)
    packed.compress(JPEG2000Lossless)
    frame = get_frame(packed.PixelData, 0, number_of_frames=1)
    split = dicom_dataset(TWELVE, syntax=JPEG2000Lossless, BitsStored=12)
    split.PixelData = encapsulate([frame], fragments_per_frame=3)
    split["PixelData"].VR = "OB"
    yield "fragments.dcm", dicom_bytes(split)
    signed = dicom_dataset(SIGNED, BitsStored=12)
    signed.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg")
    signed.PixelRepresentation = 0
    yield "sign-in-the-stream.dcm", dicom_bytes(signed)
    marked = TWELVE.copy()
    marked[:3, :9] = 65535
    yield "marker.dcm", dicom_file(marked, BitsStored=16)
    table = lookup_table(list(range(0, 4096, 2)), -2048, 12)
    yield "signed-table.dcm", dicom_file(SIGNED, BitsStored=12, VOILUTSequence=[table])
    yield "large.dcm", dicom_file((_RNG.random((900, 780)) * 4095).astype(np.uint16), BitsStored=12, **_WINDOW)
