"""Turning Pillow's kinds of picture into grey values between 0 and 1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data_cache.errors import InputError

_COLOUR_DIFFERENCE = 24
_COLOUR_SHARE = 0.01
_BITS = (8, 10, 12, 14, 16)


@dataclass(frozen=True, eq=False)
class Grey:
    """Grey pixels, float32 (h, w) in [0, 1], the bits they had, and what is to be said about the conversion."""

    pixels: NDArray[np.float32]
    bits: int
    warnings: tuple[str, ...] = ()


def to_grey(image: Image.Image) -> Grey:
    """Convert a loaded picture of any of Pillow's modes.

    8 bits and colour: Pillow's `convert("L")` (ITU-R 601 luma) divided by 255, as the official code does. It would
    ignore transparency and clip 16 bits at 255; here transparent parts are laid over black and 16 bits
    keep their range.

    Raises:
        InputError: the values are not numbers.
    """
    if image.mode.startswith("I;16"):
        return _sixteen_bits(np.asarray(image))
    if image.mode in {"I", "F"}:
        return _stretched(np.asarray(image, dtype=np.float64))
    if image.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in image.info:
        return _opaque(image)
    return _eight_bits(image, 1 if image.mode == "1" else 8)


def _eight_bits(image: Image.Image, bits: int, warnings: tuple[str, ...] = ()) -> Grey:
    pixels = np.asarray(image.convert("L"), dtype=np.float32) / np.float32(255)
    if _is_colourful(image):
        warnings += ("it is in colour, which no radiograph is; its brightness was used.",)
    return Grey(pixels, bits, warnings)


def _opaque(image: Image.Image) -> Grey:
    full = image.convert("RGBA")
    if full.getchannel("A").getextrema() == (255, 255):
        return _eight_bits(full.convert("RGB"), 8)
    laid = Image.alpha_composite(Image.new("RGBA", full.size, (0, 0, 0, 255)), full).convert("RGB")
    return _eight_bits(laid, 8, ("transparent parts were taken as black.",))


def _sixteen_bits(values: NDArray) -> Grey:
    """Scale by the least usual number of bits that holds the brightest pixel: 12-bit detectors write 16-bit files."""
    brightest = int(values.max())
    bits = next(bits for bits in _BITS if brightest < 1 << bits) if brightest else 16
    pixels = values.astype(np.float32) / np.float32((1 << bits) - 1)
    said = (f"its values use {bits} of 16 bits, so {(1 << bits) - 1} was taken as white.",) if bits < 16 else ()
    return Grey(pixels, bits, said)


def _stretched(values: NDArray[np.float64]) -> Grey:
    """32-bit values have no white of their own: [0, 1] is taken as it is, all else from its least to its greatest."""
    if not np.isfinite(values).all():
        raise InputError("expected finite grey values, found NaN or infinity; export it with 8 or 16 bits.")
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 1:
        return Grey(values.astype(np.float32), 32)
    pixels = (values - low) / ((high - low) or 1.0)
    return Grey(pixels.astype(np.float32), 32, (f"its values from {low:g} to {high:g} were taken as black to white.",))


def _is_colourful(image: Image.Image) -> bool:
    """Whether more than one pixel in a hundred is far from grey (looked up on every fourth row and column)."""
    if image.mode in {"1", "L"}:
        return False
    sample = np.asarray(
        image.convert("RGB").reduce(4) if min(image.size) >= 64 else image.convert("RGB"), dtype=np.int16
    )
    return float((np.ptp(sample, axis=2) > _COLOUR_DIFFERENCE).mean()) > _COLOUR_SHARE
