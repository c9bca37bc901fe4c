"""Turning Pillow's kinds of picture into grey values between 0 and 1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data_cache.errors import InputError
from data_cache.images.channels import Channels, channels, is_deep
from data_cache.images.stored import Stored, Window, stored_range
from data_cache.images.white import used_range, white_of_bits

_COLOUR_DIFFERENCE = 24
_COLOUR_SHARE = 0.01
_ROWS = 256  # a multiple of 4
_REDUCED = 64  # pixels of a side from which on
_LUMA = (19595 / 65536, 38470 / 65536, 7471 / 65536)
_COLOUR = "it is in colour; its brightness was used."
_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339
_CMYK = "CMYK"
_OTHER_COLOURS = {5: _CMYK, 8: "CIELAB", 9: "ICCLAB", 10: "ITULAB"}
_TRANSPARENT = "transparent parts were taken as black."


@dataclass(frozen=True, eq=False)
class Grey:
    """Grey pixels, float32 (h, w) in [0, 1], the bits they had, and what is to be said about the conversion.

    `stored` are the values before it; None: 8 bits, of which the pixels lose nothing.
    """

    pixels: NDArray[np.float32]
    bits: int
    warnings: tuple[str, ...] = ()
    stored: Stored | None = None

    @property
    def coloured(self) -> bool:
        """Whether the picture was in colour, which is more than grey stored as colours."""
        return _COLOUR in self.warnings


def to_grey(image: Image.Image, data: bytes) -> Grey:
    """Convert an opened picture of any of Pillow's modes.

    8 bits and colour: Pillow's `convert("L")` (ITU-R 601 luma) divided by 255, as the official code does. It would
    ignore transparency, clip 16 bits of grey at 255 and cut those of colours to 8; here transparent parts are laid over
    black and 16 bits keep their range, whichever channels there are.

    Args:
        image: opened from `data`, of a size that has been checked.
        data: the file.

    Raises:
        InputError: the values are not numbers.
    """
    _refuse_other_colours(image)
    if image.mode.startswith("I;16") or is_deep(image, data):
        return sixteen_bits(channels(image, data))
    image.load()
    if image.mode in {"I", "F"}:
        return _stretched(_signed_as_said(image))
    if image.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in image.info:
        return _opaque(image)
    return _eight_bits(image, 1 if image.mode == "1" else 8)


def _refuse_other_colours(image: Image.Image) -> None:
    """Refuse TIFFs whose colours neither Pillow nor OpenCV turns into brightness."""
    tags = getattr(image, "tag_v2", {})
    kind = _OTHER_COLOURS.get(tags.get(_PHOTOMETRIC, 0))
    deepest = max(np.ravel(tags.get(_BITS_PER_SAMPLE, 8)), default=8)
    if kind is not None and (kind != _CMYK or deepest > 8):
        raise InputError(f"expected a picture in grey or RGB, found {kind} of {deepest} bits; export it in grey.")


def _signed_as_said(image: Image.Image) -> NDArray:
    """32-bit values; Pillow takes those of a TIFF for signed ones, which by default they are not."""
    values = np.asarray(image)
    tags = getattr(image, "tag_v2", {})
    unsigned = image.mode == "I" and np.ravel(tags.get(_BITS_PER_SAMPLE, 0))[0] == 32
    return values.view(np.uint32) if unsigned and np.ravel(tags.get(_SAMPLE_FORMAT, 1))[0] == 1 else values


def _eight_bits(image: Image.Image, bits: int, warnings: tuple[str, ...] = ()) -> Grey:
    pixels = np.asarray(image.convert("L"), dtype=np.float32)
    pixels = np.divide(pixels, np.float32(255), out=pixels)
    if _is_colourful(image):
        warnings += (_COLOUR,)
    return Grey(pixels, bits, warnings)


def _opaque(image: Image.Image) -> Grey:
    """Laid over black, some rows at a time: on the way each pixel takes many bytes."""
    pixels = np.empty((image.height, image.width), np.float32)
    opaque, colourful = True, []
    for top in range(0, image.height, _ROWS):
        part = image.crop((0, top, image.width, min(top + _ROWS, image.height))).convert("RGBA")
        opaque = opaque and part.getchannel("A").getextrema() == (255, 255)
        laid = Image.alpha_composite(Image.new("RGBA", part.size, (0, 0, 0, 255)), part).convert("RGB")
        pixels[top : top + part.height] = np.asarray(laid.convert("L"), dtype=np.float32) / np.float32(255)
        colourful.append(_far_from_grey(laid, reduced=min(image.size) >= _REDUCED).ravel())
    warnings = () if opaque else (_TRANSPARENT,)
    return Grey(pixels, 8, (*warnings, _COLOUR) if _is_much(np.concatenate(colourful)) else warnings)


def sixteen_bits(found: Channels) -> Grey:
    """Scale by the least usual number of bits that holds the picture: 12-bit detectors write 16-bit files.

    Args:
        found: values of at most 16 bits.
    """
    values, warnings = _brightness(found)
    if not found.is_opaque and found.alpha is not None:
        values = _faded(values, found.alpha)
        warnings += (_TRANSPARENT,)
    brightest = used_range(values)[1]
    bits, white = white_of_bits(np.rint(brightest)) if brightest else (16, 65535)
    pixels = np.asarray(values, dtype=np.float32) / np.float32(white)
    if bits < 16:
        beyond = ", and all beyond, a marker perhaps, too" if values.max() > white + 1 else ""
        warnings += (f"its values use {bits} of 16 bits, so {white} was taken as white{beyond}.",)
    return Grey(np.minimum(pixels, np.float32(1), out=pixels), bits, warnings, _film(values, white))


def _film(values: NDArray, white: int) -> Stored:
    """Values of 16 bits, or brightness between them, as the film."""
    codes = values if values.dtype == np.uint16 else np.rint(values).astype(np.uint16)
    return Stored(codes, windows=(Window(f"0 to {white}", white / 2, white),))


def _faded(values: NDArray, alpha: NDArray) -> NDArray[np.float32]:
    """Values laid over black."""
    faded = np.empty(values.shape, np.float32)
    for top in range(0, len(values), _ROWS):
        rows = slice(top, top + _ROWS)
        faded[rows] = values[rows] * (alpha[rows].astype(np.float32) / np.iinfo(alpha.dtype).max)
    return faded


def _brightness(found: Channels) -> tuple[NDArray, tuple[str, ...]]:
    """ITU-R 601 luma with Pillow's weights, uint16 or float32 (h, w), and what is to be said of colours."""
    if found.values.ndim == 2:
        return found.values, ()
    luma = np.zeros(found.values.shape[:2], np.float32)
    for top in range(0, len(luma), _ROWS):
        for channel, weight in enumerate(_LUMA):
            luma[top : top + _ROWS] += found.values[top : top + _ROWS, :, channel] * np.float32(weight)
    colourful = np.ptp(found.values[::4, ::4], axis=2) > _COLOUR_DIFFERENCE * max(used_range(luma)[1], 1) / 255
    return luma, (_COLOUR,) if float(colourful.mean()) > _COLOUR_SHARE else ()


def _stretched(values: NDArray) -> Grey:
    """32-bit values have no white of their own: [0, 1] is taken as it is, all else over the range in use."""
    if not np.isfinite(values).all():
        raise InputError("expected finite grey values, found NaN or infinity; export it with 8 or 16 bits.")
    if values.min() >= 0 and values.max() <= 1:
        return Grey(values.astype(np.float32), 32, (), stored_range(values, 0.0, 1.0))
    low, high = used_range(values)
    pixels = np.empty(values.shape, np.float32)
    for at in range(0, len(values), _ROWS):  # in float64, which takes several times the memory of the image
        rows = slice(at, at + _ROWS)
        pixels[rows] = np.clip((values[rows].astype(np.float64) - low) / ((high - low) or 1.0), 0, 1)
    said = f"its values from {low:g} to {high:g} were taken as black to white."
    return Grey(pixels, 32, (said,), stored_range(values, low, high))


def _is_colourful(image: Image.Image) -> bool:
    """Whether more than one pixel in a hundred is far from grey (of a large picture, of the means of 4×4)."""
    if image.mode in {"1", "L"}:
        return False
    return _is_much(_far_from_grey(image.convert("RGB"), reduced=min(image.size) >= _REDUCED))


def _far_from_grey(image: Image.Image, reduced: bool) -> NDArray[np.bool_]:
    """Which pixels of an RGB picture are; `reduced`: of the means of 4×4."""
    sample = np.asarray(image.reduce(4) if reduced else image, dtype=np.int16)
    return np.ptp(sample, axis=2) > _COLOUR_DIFFERENCE


def _is_much(far: NDArray[np.bool_]) -> bool:
    return float(far.mean()) > _COLOUR_SHARE
