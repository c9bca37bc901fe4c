"""JPEG Lossless and 12-bit JPEG, as PACS send radiographs, decoded by GDCM where a user has installed python-gdcm.

pydicom's own plugin for GDCM refuses 12-bit JPEG, which GDCM itself reads.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEGLSNearLossless

SYNTAXES = (JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEGLSNearLossless)
_END, _TRAILING = b"\xff\xd9", 64


@cache
def _gdcm() -> Any:
    """The module; None where it is not installed, or does not fit this machine."""
    try:
        import gdcm

        gdcm.Trace.WarningOff()
        gdcm.Trace.ErrorOff()
        return gdcm
    except Exception:
        return None


def is_installed() -> bool:
    """Whether GDCM can be used."""
    return _gdcm() is not None


def decode(frame: bytes, dataset: Dataset) -> NDArray[np.integer]:
    """Decode the one frame of a grey image.

    Args:
        frame: the codestream, whose own size has been checked.
        dataset: with Rows, Columns, BitsAllocated, BitsStored and PixelRepresentation.

    Returns:
        integers (rows, columns).

    Raises:
        ValueError: it is cut short, or does not decode to that many values.
    """
    if _END not in frame[-_TRAILING:]:  # GDCM would fill up what is missing
        raise ValueError("no end of image")
    gdcm = _gdcm()
    fragment, fragments = gdcm.Fragment(), gdcm.SequenceOfFragments.New()
    fragment.SetByteStringValue(frame)
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((dataset.Columns, dataset.Rows, 1))
    image.SetDataElement(element)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2))
    syntax = gdcm.TransferSyntax.GetTSType(str.__str__(dataset.file_meta.TransferSyntaxUID))
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    bits, signed = dataset.BitsStored, dataset.PixelRepresentation
    allocated = 8 if bits <= 8 else 16
    image.SetPixelFormat(gdcm.PixelFormat(1, allocated, bits, bits - 1, signed))
    buffer = image.GetBuffer().encode("utf-8", "surrogateescape")  # its bindings give bytes as text
    values = np.frombuffer(buffer, f"{'i' if signed else 'u'}{allocated // 8}")
    return values.reshape(dataset.Rows, dataset.Columns)
