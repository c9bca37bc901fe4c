"""The picture that every reader returns, and what its reader has to say about it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.images.stored import Stored, stored_bytes

MAX_PIXELS = 50_000_000  # 200 MB as float32; the largest flat panels have about 20 million
MIN_SIDE, MAX_SIDE = 16, 20_000
_SMALL_SIDE = 224
_SMALL_PART = 0.6


@dataclass(frozen=True, eq=False)
class Radiograph:
    """A grey image with what its reader had to say.

    Attributes:
        pixels: float32 (h, w) in [0, 1], 0 black.
        warnings: sentences for the person who gave the image; empty when all is as usual.
        bits: how many bits of grey the source had.
        format: "JPEG", "PNG", "DICOM" …
        coloured: whether the source was in colour, which is more than grey stored as colours.
        stated: what a header says that the image is, where that is no frontal radiograph, such as "a CT image".
        stored: the same before any window, and what the file says of it; None: 8 bits, of which `pixels` lose nothing.
    """

    pixels: NDArray[np.float32]
    warnings: tuple[str, ...]
    bits: int
    format: str
    coloured: bool = False
    stated: str = ""
    stored: Stored | None = None

    @property
    def film(self) -> Stored:
        """The values as stored."""
        return stored_bytes(self.pixels) if self.stored is None else self.stored


def check_pixels(pixels: NDArray[np.float32]) -> None:
    """Check an array that claims to be the pixels of a radiograph.

    Raises:
        ValueError: it is not float32 (h, w) with finite values in [0, 1].
    """
    if pixels.dtype != np.float32 or pixels.ndim != 2 or not pixels.size:
        raise ValueError(f"Expected float32 pixels of shape (h, w), found {pixels.dtype} {pixels.shape}.")
    if not (np.isfinite(pixels).all() and pixels.min() >= 0 and pixels.max() <= 1):
        raise ValueError("Expected pixels in [0, 1], found values outside.")


def check_size(width: int, height: int, name: str) -> None:
    """Refuse images that are too large to decode or too small to be a radiograph, before anything is decoded.

    Raises:
        InputError: more than MAX_PIXELS pixels, or a side of less than MIN_SIDE or more than MAX_SIDE.
    """
    if width * height > MAX_PIXELS:
        raise too_many_pixels(f"{width}×{height}", name)
    if max(width, height) > MAX_SIDE:
        raise InputError(
            f"{name}: expected a radiograph of at most {MAX_SIDE:,} pixels a side, found {width}×{height}; "
            "export it at a smaller size."
        )
    if min(width, height) < MIN_SIDE:
        raise InputError(
            f"{name}: expected a radiograph of at least {MIN_SIDE}×{MIN_SIDE} pixels, found {width}×{height}; "
            "export it at its full size."
        )


def too_many_pixels(found: str, name: str) -> InputError:
    """The refusal of an image that is too large to decode."""
    return InputError(
        f"{name}: expected an image of at most {MAX_PIXELS // 1_000_000} million pixels, found {found}; "
        "export it at a smaller size."
    )


def usual_warnings(pixels: NDArray[np.float32], name: str) -> tuple[str, ...]:
    """What is to be said about any image: it is blank, small, or the model will see little of it."""
    height, width = pixels.shape
    said = []
    low, high = float(pixels.min()), float(pixels.max())
    if low == high:
        shade = {0.0: "black", 1.0: "white"}.get(low, "grey")
        said.append(f"{name}: every pixel is the same {shade}, so what the models say means nothing.")
    if min(width, height) < _SMALL_SIDE:
        said.append(f"{name}: only {width}×{height} pixels; details that the models need may be missing.")
    part = min(width, height) / max(width, height)
    if part < _SMALL_PART:
        said.append(f"{name}: {width}×{height} pixels; the models see only the centred square, {part:.0%} of it.")
    return tuple(said)
