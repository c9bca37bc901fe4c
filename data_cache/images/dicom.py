"""Reading single grey DICOM images with pydicom. No tag leaves this file: neither in results nor in messages."""

import logging
from contextlib import suppress
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
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
from data_cache.guarding import guarded
from data_cache.images import gdcm_decoder
from data_cache.images.codestreams import check_parts, has_end, stated_size
from data_cache.images.dicom_film import film_of
from data_cache.images.dicom_header import parse, parse_start, required, whole, word
from data_cache.images.dicom_values import field, stored_bits, to_grey
from data_cache.images.dicom_views import no_frontal_film
from data_cache.images.quiet import quiet
from data_cache.images.radiograph import Radiograph, check_size, usual_warnings

_PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
_COMPRESSED = (
    *(JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEGLSNearLossless),
    *(JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K, RLELossless),
)
_GDCM = "gdcm"

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
    with quiet(), guarded(_damaged(name)):  # what the parser and the decoders say may quote a tag
        dataset = _parse(data, name)
        said = _check(dataset, name)
        stored, more = field(_decode(dataset, name), dataset)
        grey, most = to_grey(stored, dataset)
        film, last = film_of(stored, dataset)
        bits = stored_bits(dataset)
    warnings = tuple(f"{name}: {sentence}" for sentence in (*said, *more, *most, *last))
    return Radiograph(grey, warnings + usual_warnings(grey, name), bits, "DICOM", False, no_frontal_film(dataset), film)


def dicom_size(file: BinaryIO, name: str) -> tuple[int, int]:
    """Return the (width, height) that a DICOM file states, without reading its pixels.

    Raises:
        InputError: it states none.
    """
    with quiet(), guarded(_damaged(name)):
        dataset = parse_start(file, ["Rows", "Columns"], _deflated(name))
        return required(dataset, "Columns", name), required(dataset, "Rows", name)


def stated_pixels(start: bytes) -> tuple[int, int, bool]:
    """Return what the start of a file states: how many pixels, bits allocated for each, whether uncompressed.

    Nothing is stated, and (0, 0, True) returned, by what `read_dicom` refuses before it decodes.

    Raises:
        Exception: whatever pydicom raises where the header is broken or longer than this start.
    """
    if DeflatedExplicitVRLittleEndian.encode() in start:
        return 0, 0, True
    header = parse(start, ("Rows", "Columns", "BitsAllocated"))
    pixels = whole(header, "Rows", 0) * whole(header, "Columns", 0)
    syntax = header.file_meta.get("TransferSyntaxUID", ImplicitVRLittleEndian)
    return pixels, whole(header, "BitsAllocated", 16), syntax in _PLAIN


def _damaged(name: str) -> InputError:
    return InputError(f"{name}: expected a whole DICOM image, found one that is cut short or damaged; export it again.")


def _deflated(name: str) -> InputError:
    return InputError(
        f"{name}: expected a DICOM image, found one that is deflated as a whole; export it without deflation."
    )


def _parse(data: bytes, name: str) -> Dataset:
    if DeflatedExplicitVRLittleEndian.encode() in data:  # wherever it stands: pydicom would inflate without a limit
        raise _deflated(name)
    dataset = parse(data)
    if not dataset.file_meta.get("TransferSyntaxUID"):
        implicit, little = dataset.original_encoding
        dataset.file_meta.TransferSyntaxUID = _PLAIN[0 if implicit else 1 if little else 2]
    return dataset


def _check(dataset: Dataset, name: str) -> tuple[str, ...]:
    """Refuse what is no single grey image that can be decoded; give what is missing its usual value."""
    if dataset.file_meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
        raise InputError(f"{name}: expected a DICOM image, found a DICOMDIR (a table of contents); name an image file.")
    if "PixelData" not in dataset:
        raise InputError(
            f"{name}: expected a DICOM image, found a DICOM file without pixels; export the radiograph itself."
        )
    frames = whole(dataset, "NumberOfFrames", 1) or 1
    if frames != 1:
        raise InputError(
            f"{name}: expected a single DICOM image, found {frames} frames; export one radiograph as a file of its own."
        )
    photometric = word(dataset, "PhotometricInterpretation")
    if whole(dataset, "SamplesPerPixel", 1) != 1 or photometric not in ("MONOCHROME1", "MONOCHROME2", ""):
        raise InputError(
            f"{name}: expected a grey DICOM image (MONOCHROME1 or MONOCHROME2), found a colour one; "
            "export the radiograph without colours."
        )
    check_size(required(dataset, "Columns", name), required(dataset, "Rows", name), name)
    _complete(dataset, photometric or "MONOCHROME2", name)
    _check_compression(dataset, name)
    return () if photometric else ("it does not say whether its lowest value is black or white; black was taken.",)


def _complete(dataset: Dataset, photometric: str, name: str) -> None:
    """Write down what decoders want to be told, as it was understood."""
    rows, columns = required(dataset, "Rows", name), required(dataset, "Columns", name)
    if not whole(dataset, "BitsAllocated", 0):
        bytes_a_pixel = len(dataset.PixelData) // (rows * columns)
        plain = dataset.file_meta.TransferSyntaxUID in _PLAIN and bytes_a_pixel in (1, 2)
        dataset.BitsAllocated = 8 * bytes_a_pixel if plain else required(dataset, "BitsAllocated", name)
    allocated = dataset.BitsAllocated = required(dataset, "BitsAllocated", name)
    if not 1 <= whole(dataset, "BitsStored", allocated) <= allocated:
        raise InputError(
            f"{name}: expected a DICOM image whose Bits Stored are between 1 and its Bits Allocated, found others; "
            "the file is cut short or damaged, export it again."
        )
    signed = whole(dataset, "PixelRepresentation", 0)
    dataset.BitsStored = stored_bits(dataset)
    dataset.PixelRepresentation = signed if signed in (0, 1) else 0
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, photometric
    dataset.Rows, dataset.Columns = rows, columns
    if "NumberOfFrames" in dataset:
        del dataset.NumberOfFrames


def _check_compression(dataset: Dataset, name: str) -> None:
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax in _PLAIN:
        return
    if syntax not in _COMPRESSED or not _plugins(syntax, dataset.BitsStored):
        known = syntax.name if syntax in _COMPRESSED else "something else"
        optional = "install python-gdcm (requirements-dicom.txt) or " if syntax in gdcm_decoder.SYNTAXES else ""
        raise InputError(
            f"{name}: expected an uncompressed, JPEG, JPEG 2000, JPEG-LS or RLE image, found {known}, "
            f"for which no decoder is installed; {optional}export it uncompressed."
        )
    frame = _frame(dataset)
    check_parts(frame, name)
    if syntax in gdcm_decoder.SYNTAXES and not has_end(frame):
        raise _damaged(name)
    stated = stated_size(frame)
    if stated is not None and stated != (dataset.Rows, dataset.Columns):
        raise InputError(
            f"{name}: expected a compressed image of {dataset.Columns}×{dataset.Rows} pixels, "
            f"found one of {stated[1]}×{stated[0]}; the file is damaged, export it again."
        )


def _frame(dataset: Dataset) -> bytes:
    return get_frame(dataset.PixelData, 0, number_of_frames=1)


def _plugins(syntax: UID, bits: int) -> list[str]:
    """The installed decoders of a transfer syntax, the first of them first; Pillow reads JPEG of 8 bits only.

    The optional one comes last, so that installing it changes nothing about files that can be read without it.
    """
    deep = syntax == JPEGExtended12Bit and bits > 8
    found = [one for one in get_decoder(syntax).available_plugins if one != _GDCM and not (deep and one == "pillow")]
    return [*found, _GDCM] if syntax in gdcm_decoder.SYNTAXES and gdcm_decoder.is_installed() else found


def _decode(dataset: Dataset, name: str) -> NDArray[np.integer]:
    """Return the stored values, integers (h, w)."""
    syntax = dataset.file_meta.TransferSyntaxUID
    plugins = [] if syntax in _PLAIN else _plugins(syntax, dataset.BitsStored)
    for plugin in plugins[:-1]:
        with suppress(Exception):  # the next one may know what this one does not
            return _decode_with(plugin, dataset, name)
    return _decode_with(plugins[-1] if plugins else "", dataset, name)


def _decode_with(plugin: str, dataset: Dataset, name: str) -> NDArray[np.integer]:
    if plugin == _GDCM:
        stored = gdcm_decoder.decode(_frame(dataset), dataset)
    else:
        stored = pixel_array(dataset, decoding_plugin=plugin, correct_unused_bits=False)
    if stored.shape != (dataset.Rows, dataset.Columns) or stored.dtype.kind not in "iu":
        raise InputError(f"{name}: expected a flat DICOM image, found {stored.ndim} dimensions; export it again.")
    return stored
