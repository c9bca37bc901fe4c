"""JPEG Lossless and 12-bit JPEG, as PACS send radiographs, decoded by GDCM where a user has installed python-gdcm.

pydicom's own plugin for GDCM refuses 12-bit JPEG, which GDCM itself reads. Damaged streams crash GDCM, so that it runs
in a process of its own; what they do there is a damaged file here.
"""

import json
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEGLSNearLossless

from data_cache.images.codestreams import FrameHeader

SYNTAXES = (JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEGLSNearLossless)
_SYNTAX_OF_MARKER = {0xC3: JPEGLossless, 0xF7: JPEGLSNearLossless}
_CHILD = Path(__file__).with_name("gdcm_child.py")
_MOST_MEMORY, _MOST_SECONDS, _MOST_WAITING = 1 << 30, 20, 60


@cache
def is_installed() -> bool:
    """Whether GDCM can be used: it is there, and this system can bound a process."""
    return find_spec("gdcm") is not None and find_spec("resource") is not None


def decode(frame: bytes, dataset: Dataset) -> NDArray[np.integer]:
    """Decode the one frame of a grey image.

    Args:
        frame: the codestream, whose own size and end have been checked: GDCM fills up what is missing.
        dataset: with Rows, Columns, BitsStored, PixelRepresentation and its transfer syntax.

    Returns:
        integers (rows, columns).

    Raises:
        ValueError: it does not decode to that many values.
    """
    rows, columns, bits, signed = dataset.Rows, dataset.Columns, dataset.BitsStored, dataset.PixelRepresentation
    syntax = str.__str__(dataset.file_meta.TransferSyntaxUID)
    return _decode(frame, syntax, rows, columns, bits, signed)


def decode_plain(frame: bytes, header: FrameHeader) -> NDArray[np.unsignedinteger]:
    """Decode a grey JPEG or JPEG-LS file that is no DICOM.

    Args:
        frame: the file, whose end has been checked.
        header: of its frame, with one channel.

    Returns:
        unsigned integers (rows, columns).

    Raises:
        ValueError: it does not decode to that many values.
    """
    syntax = _SYNTAX_OF_MARKER.get(header.marker, JPEGExtended12Bit)
    return _decode(frame, str.__str__(syntax), header.rows, header.columns, header.bits, 0)


def _decode(frame: bytes, syntax: str, rows: int, columns: int, bits: int, signed: int) -> NDArray[Any]:
    described = {"syntax": syntax, "rows": rows, "columns": columns, "bits": bits, "signed": signed}
    done = subprocess.run(
        [sys.executable, "-P", str(_CHILD), str(_MOST_MEMORY), str(_MOST_SECONDS)],
        input=json.dumps(described).encode() + b"\n" + frame,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_MOST_WAITING,
        check=False,
    )
    if done.returncode:
        raise ValueError("GDCM ended without a picture")
    return np.frombuffer(done.stdout, f"{'i' if signed else 'u'}{1 if bits <= 8 else 2}").reshape(rows, columns)
