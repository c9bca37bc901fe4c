"""Reading single grey DICOM images with pydicom. No tag leaves this file: neither in results nor in messages."""

import logging
from io import BytesIO
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.encaps import get_frame
from pydicom.pixels import get_decoder, pixel_array
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    MediaStorageDirectoryStorage,
    RLELossless,
)

from data_cache.errors import InputError
from data_cache.images.codestreams import stated_size
from data_cache.images.dicom_values import to_grey
from data_cache.images.quiet import quiet
from data_cache.images.radiograph import Radiograph, check_size, usual_warnings

_PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
_COMPRESSED = (
    *(JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEGLSNearLossless),
    *(JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K, RLELossless),
)
_HEADER = slice(128, 1 << 16)

logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)  # its log lines quote tags


def read_dicom(data: bytes, name: str) -> Radiograph:
    """Read a DICOM file that holds one grey image.

    Rows × Columns × Frames and the compressed stream's own size are checked before anything is decoded.

    Args:
        data: the file, with its preamble and "DICM".
        name: what to call it in messages.

    Raises:
        InputError: a directory, several frames, colour, no pixels, a compression without decoder, damaged.
    """
    with quiet():
        try:
            dataset = _parse(data, name)
            _check(dataset, name)
            grey, said = to_grey(_decode(dataset, name), dataset)
            bits = int(dataset.BitsStored)
        except InputError:
            raise
        except Exception:  # strangers' files break parsers and decoders in any way; what they say may quote a tag
            raise _damaged(name) from None
    warnings = tuple(f"{name}: {sentence}" for sentence in said)
    return Radiograph(grey, warnings + usual_warnings(grey, name), bits, "DICOM")


def dicom_size(file: BinaryIO, name: str) -> tuple[int, int]:
    """Return the (width, height) that a DICOM file states, without reading its pixels.

    Raises:
        InputError: it states none.
    """
    with quiet():
        try:
            dataset = dcmread(file, stop_before_pixels=True, specific_tags=["Rows", "Columns"])
            return int(dataset.Columns), int(dataset.Rows)
        except Exception:  # as in read_dicom
            raise _damaged(name) from None


def _damaged(name: str) -> InputError:
    return InputError(f"{name}: expected a whole DICOM image, found one that is cut short or damaged; export it again.")


def _parse(data: bytes, name: str) -> Dataset:
    if DeflatedExplicitVRLittleEndian.encode() in data[_HEADER]:  # pydicom would inflate it without a limit
        raise InputError(
            f"{name}: expected a DICOM image, found one that is deflated as a whole; export it without deflation."
        )
    return dcmread(BytesIO(data))


def _check(dataset: Dataset, name: str) -> None:
    if dataset.file_meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
        raise InputError(f"{name}: expected a DICOM image, found a DICOMDIR (a table of contents); name an image file.")
    if "PixelData" not in dataset:
        raise InputError(
            f"{name}: expected a DICOM image, found a DICOM file without pixels; export the radiograph itself."
        )
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frames != 1:
        raise InputError(
            f"{name}: expected a single DICOM image, found {frames} frames; export one radiograph as a file of its own."
        )
    if dataset.SamplesPerPixel != 1 or dataset.PhotometricInterpretation not in ("MONOCHROME1", "MONOCHROME2"):
        raise InputError(
            f"{name}: expected a grey DICOM image (MONOCHROME1 or MONOCHROME2), found a colour one; "
            "export the radiograph without colours."
        )
    check_size(int(dataset.Columns), int(dataset.Rows), name)
    _check_compression(dataset, name)


def _check_compression(dataset: Dataset, name: str) -> None:
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax in _PLAIN:
        return
    if syntax not in _COMPRESSED or not _has_decoder(syntax, int(dataset.BitsStored)):
        known = syntax.name if syntax in _COMPRESSED else "something else"
        raise InputError(
            f"{name}: expected an uncompressed, JPEG, JPEG 2000, JPEG-LS or RLE image, found {known}, "
            "for which no decoder is installed; export it uncompressed."
        )
    stated = stated_size(get_frame(dataset.PixelData, 0, number_of_frames=1))
    if stated is not None and stated != (dataset.Rows, dataset.Columns):
        raise InputError(
            f"{name}: expected a compressed image of {dataset.Columns}×{dataset.Rows} pixels, "
            f"found one of {stated[1]}×{stated[0]}; the file is damaged, export it again."
        )


def _has_decoder(syntax: UID, bits: int) -> bool:
    """Whether an installed plug-in decodes a transfer syntax; Pillow reads JPEG of 8 bits only."""
    plugins = set(get_decoder(syntax).available_plugins)
    return bool(plugins - {"pillow"} if syntax == JPEGExtended12Bit and bits > 8 else plugins)


def _decode(dataset: Dataset, name: str) -> NDArray[np.integer]:
    """Return the stored values, integers (h, w)."""
    stored = pixel_array(dataset)
    if stored.shape != (dataset.Rows, dataset.Columns):
        raise InputError(f"{name}: expected a flat DICOM image, found {stored.ndim} dimensions; export it again.")
    return stored
