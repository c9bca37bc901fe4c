"""Radiographs of the JSRT database: 2048 × 2048 numbers of 12 bits without any header, large where the film is dark."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data_cache.images.radiograph import Radiograph, usual_warnings
from data_cache.images.stored import Stored, Window

SIDE = 2048
BYTES = 2 * SIDE * SIDE
_ENDING = ".img"
_BITS = 12
_LARGEST = (1 << _BITS) - 1


def is_jsrt(name: str, size: int) -> bool:
    """Whether a file of so many bytes is one, by its name: there is nothing else to tell it by."""
    return size == BYTES and name.casefold().endswith(_ENDING)


def read_jsrt(data: bytes, name: str) -> Radiograph:
    """Read a file: big-endian numbers of 16 bits, turned round so that bone is bright.

    Args:
        data: of `BYTES` bytes.
        name: what to call it in messages.
    """
    stored = np.frombuffer(data, ">u2").reshape(SIDE, SIDE)
    beyond = int((stored > _LARGEST).sum())
    pixels = (np.float32(1) - np.minimum(stored, _LARGEST).astype(np.float32) / _LARGEST).astype(np.float32)
    warnings: Sequence[str] = usual_warnings(pixels, name)
    if beyond:
        warnings = (*warnings, f"{name}: {beyond:,} values lie beyond 12 bits and are shown as black.")
    return Radiograph(pixels, tuple(warnings), _BITS, "JSRT", stored=_film(stored))


def _film(stored: NDArray[np.uint16]) -> Stored:
    window = Window(f"0 to {_LARGEST}", _LARGEST / 2, _LARGEST)
    limits = (0.0, float(max(_LARGEST, stored.max())))
    return Stored(stored.astype(np.uint16), limits=limits, windows=(window,), inverted=True)
