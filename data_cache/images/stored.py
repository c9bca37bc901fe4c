"""What a file holds of its film before any window: the stored values, and how the file would have them shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Function = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]
STORED = "stored value"
_ROWS = 256


@dataclass(frozen=True)
class Window:
    """Values of interest as a window.

    Attributes:
        name: what the file calls it, or what it is.
        level, width: in the values of `Stored`; the width is positive.
        function: of PS3.3, C.11.2.1.2 and C.11.2.1.3.
    """

    name: str
    level: float
    width: float
    function: Function = "LINEAR_EXACT"


@dataclass(frozen=True, eq=False)
class Lut:
    """Values of interest as a table: uint8 `shades`, 0 black to 255 white, by code."""

    name: str
    shades: NDArray[np.uint8]


@dataclass(frozen=True)
class Spacing:
    """Millimetres between the centres of pixels below and beside one another, and what they were measured on."""

    row: float
    column: float
    words: str


@dataclass(frozen=True, eq=False)
class Stored:
    """The film as stored.

    Attributes:
        codes: uint8 or uint16 (h, w), upright.
        first, step: a pixel's stored value is first + step · code; step is 1 but for more than 16 bits.
        values: float32, by code, the values that windows are in, where a modality transformation makes others of the
            stored ones; None: the stored values themselves.
        unit: what these values are called.
        limits: the least and the greatest that there can be of them, by the bits that the file states and by what it
            holds; None: whatever codes of their depth can be.
        windows: all windows and tables that the file offers, the one that is shown at first leading.
        inverted: whether the lowest value is shown white, after the window.
        photometric: DICOM's word for that; empty where there is none.
        spacing: None where the file does not say it.
        unscaled: why there is none, where there is none.
        edges: letters for the left, right, upper and lower edge ("R", "L", "H", "F" …), "" where nobody says.
        view: such as "PA"; empty where the file does not say it.
    """

    codes: NDArray[np.uint8] | NDArray[np.uint16]
    first: float = 0.0
    step: float = 1.0
    values: NDArray[np.float32] | None = None
    unit: str = STORED
    limits: tuple[float, float] | None = None
    windows: tuple[Window | Lut, ...] = ()
    inverted: bool = False
    photometric: str = ""
    spacing: Spacing | None = None
    unscaled: str = "no spacing in the file"
    edges: tuple[str, str, str, str] = ("", "", "", "")
    view: str = ""


def blocks(pixels: NDArray) -> Iterator[NDArray]:
    """Rows, some at a time: what is computed on the way takes several times the memory of the image."""
    return (pixels[start : start + _ROWS] for start in range(0, len(pixels), _ROWS))


def stored_bytes(pixels: NDArray[np.float32]) -> Stored:
    """Return pixels in [0, 1], (h, w), as values of 8 bits: what they were where they came from such."""
    codes = np.empty(pixels.shape, np.uint8)
    for to, rows in zip(blocks(codes), blocks(pixels), strict=True):
        to[:] = np.rint(rows * np.float32(255))
    return Stored(codes, windows=(Window("Whole range", 127.5, 255.0),))


def stored_range(values: NDArray, low: float, high: float) -> Stored:
    """Return values of more than 16 bits, (h, w), in 65,536 steps from `low` to `high`; those beyond take the end."""
    codes = np.empty(values.shape, np.uint16)
    step = (high - low) / 65535 or 1.0
    for to, rows in zip(blocks(codes), blocks(values), strict=True):
        to[:] = np.rint(np.clip((rows.astype(np.float64) - low) / step, 0, 65535))
    return Stored(codes, low, step, windows=(Window("Range in use", (low + high) / 2, (high - low) or 1.0),))


def as_codes(stored: NDArray[np.integer]) -> tuple[NDArray[np.uint8] | NDArray[np.uint16], int]:
    """Return integers of at most 16 bits, (h, w), as codes, and the value of code 0.

    Values that are never negative stay as they are; no code is larger than it needs to be.
    """
    if stored.dtype.kind == "u":
        native: Any = stored.dtype.newbyteorder("=")
        return stored.astype(native, copy=False), 0
    lowest = min(0, int(stored.min()))
    codes = np.empty(stored.shape, np.uint8 if int(stored.max()) - lowest < 256 else np.uint16)
    for to, rows in zip(blocks(codes), blocks(stored), strict=True):
        to[:] = rows.astype(np.int32) - lowest
    return codes, lowest
