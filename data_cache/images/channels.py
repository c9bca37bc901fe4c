"""What a picture's pixels are, whatever its kind: by colour and never by palette index, at their full depth, and alpha.

Pillow cuts colours of 16 bits, and grey beside alpha, to their high byte; those are decoded by OpenCV.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.images.codestreams import check_parts
from data_cache.images.quiet import quiet

_PNG_DEPTH, _PNG_COLOUR = 24, 25  # where the header has them
_COLOURED_OR_ALPHA = (2, 4, 6)
_BITS_PER_SAMPLE = 258
_OTHER_ORDER = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}  # OpenCV has blue first
SizeCheck = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Channels:
    """Pixels.

    Attributes:
        values: (h, w) where the picture is grey, else (h, w, 3); uint8, uint16, int32 or float32.
        alpha: uint8 or uint16 (h, w), 0 where nothing is to be seen; None where there is none.
    """

    values: NDArray
    alpha: NDArray | None = None

    @property
    def is_opaque(self) -> bool:
        """Whether everything is to be seen."""
        return self.alpha is None or bool((self.alpha == np.iinfo(self.alpha.dtype).max).all())


def is_deep(image: Image.Image, data: bytes) -> bool:
    """Whether an opened picture has more than 8 bits a channel that Pillow would cut."""
    if image.mode.startswith(("I", "F")):
        return False
    if image.format == "PNG":
        return data[_PNG_DEPTH] == 16 and data[_PNG_COLOUR] in _COLOURED_OR_ALPHA
    if image.format == "TIFF":
        return max(np.ravel(getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, 8)), default=8) > 8
    return False


def channels(image: Image.Image, data: bytes) -> Channels:
    """Decode an opened picture.

    Args:
        image: of a size that has been checked.
        data: the file that it was opened from.

    Raises:
        Exception: whatever Pillow raises on what is damaged.
    """
    if is_deep(image, data):
        return _deep(data, image.height, image.width)
    transparent = image.info.get("transparency")
    if image.mode in {"1", "L", "I", "F"} or image.mode.startswith("I;16"):
        values = np.asarray(image.convert("L") if image.mode == "1" else image)
        if not isinstance(transparent, int):
            return Channels(values)
        return Channels(values, np.where(values == _scaled(transparent, data), np.uint8(0), np.uint8(255)))
    if transparent is None and image.mode not in {"LA", "PA", "RGBA", "La", "RGBa"}:
        return Channels(_without_colour(np.asarray(image.convert("RGB"))))
    full = np.asarray(image.convert("RGBA"))
    return Channels(_without_colour(full[..., :3]), full[..., 3])


def _scaled(transparent: int, data: bytes) -> int:
    """A transparent grey as Pillow shows it: of fewer than 8 bits, stretched to 8."""
    depth = data[_PNG_DEPTH]
    return transparent * 255 // ((1 << depth) - 1) if depth in (1, 2, 4) else transparent


def _deep(data: bytes, height: int, width: int) -> Channels:
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.ndim != 3 or decoded.shape[:2] != (height, width) or decoded.dtype != np.uint16:
        raise ValueError("no colours of 16 bits")
    cv2.cvtColor(decoded, _OTHER_ORDER[decoded.shape[2]], dst=decoded)
    return Channels(_without_colour(decoded[..., :3]), decoded[..., 3] if decoded.shape[2] == 4 else None)


def _without_colour(values: NDArray) -> NDArray:
    """One channel where all three are the same."""
    red = values[..., 0]
    return red if np.array_equal(red, values[..., 1]) and np.array_equal(red, values[..., 2]) else values


def read_png(data: bytes, name: str, what: str, check: SizeCheck) -> Channels:
    """Read a PNG that is no radiograph, such as a mask.

    Args:
        data: the file.
        name: what to call it in messages.
        what: what it should be, such as "a mask".
        check: told its height and width before anything is decoded; refuses by an InputError.

    Raises:
        InputError: it is no PNG, is damaged, has endlessly many parts, or is refused.
    """
    damaged = InputError(f"{name}: expected a whole PNG picture, found a damaged one; export it again.")
    with quiet(), guarded(damaged):
        check_parts(data, name)
        try:
            opened = Image.open(BytesIO(data), formats=["PNG"])
        except UnidentifiedImageError:
            raise InputError(
                f"{name}: expected {what} as a PNG picture, found something else; export it as PNG."
            ) from None
        with opened as image:
            check(image.height, image.width)
            return channels(image, data)


def grey_values(data: bytes, name: str, most: int) -> NDArray:
    """Read a PNG whose values have an order: grey of any depth, also where it is stored as colours or a palette.

    Args:
        data: the file.
        name: what to call it in messages.
        most: how many pixels it may have.

    Returns:
        (h, w) of the file's own type.

    Raises:
        InputError: as in `read_png`; it is coloured, or parts of it are transparent.
    """

    def check(height: int, width: int) -> None:
        if height * width > most:
            raise InputError(f"{name}: expected at most {most} pixels, found {width}×{height}.")

    found = read_png(data, name, "a map", check)
    if found.values.ndim != 2:
        raise InputError(
            f"{name}: expected a grey picture of 8 or 16 bit, found a coloured one; a colour has no order."
        )
    if not found.is_opaque:
        raise InputError(f"{name}: expected a grey picture, found one that is transparent in parts; export it without.")
    return found.values
