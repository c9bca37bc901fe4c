"""The picture that every reader returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Radiograph:
    """A grey image with what its reader had to say.

    Attributes:
        pixels: float32 (h, w) in [0, 1], 0 black.
        warnings: sentences for the person who gave the image; empty when all is as usual.
        bits: how many bits of grey the source had.
        format: "JPEG", "PNG", "DICOM" …
    """

    pixels: NDArray[np.float32]
    warnings: tuple[str, ...]
    bits: int
    format: str


def check_pixels(pixels: NDArray[np.float32]) -> None:
    """Check an array that claims to be the pixels of a radiograph.

    Raises:
        ValueError: it is not float32 (h, w) with finite values in [0, 1].
    """
    if pixels.dtype != np.float32 or pixels.ndim != 2 or not pixels.size:
        raise ValueError(f"Expected float32 pixels of shape (h, w), found {pixels.dtype} {pixels.shape}.")
    if not (np.isfinite(pixels).all() and pixels.min() >= 0 and pixels.max() <= 1):
        raise ValueError("Expected pixels in [0, 1], found values outside.")
