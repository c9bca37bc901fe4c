"""Masks as PNG pictures: whatever is not zero is inside."""

import warnings
from io import BytesIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from data_cache.annotations.annotation import Mask
from data_cache.errors import InputError


def read_mask(data: bytes, name: str, size: tuple[int, int] | None = None, most: tuple[int, int] | None = None) -> Mask:
    """Read a PNG of any kind as a mask.

    Inside is what is not zero: in an indexed picture the index, in a coloured one any colour. Wholly transparent
    pixels are outside.

    Args:
        data: the file.
        name: what to call it in messages.
        size: the (height, width) that it must have; looked up before anything is decoded.
        most: the (height, width) that it must not exceed.

    Raises:
        InputError: it is no PNG, is damaged, or has another size.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=["PNG"]) as picture:
                _check(picture.height, picture.width, name, size, most)
                return _inside(picture)
    except InputError:
        raise
    except UnidentifiedImageError:
        raise InputError(f"{name}: expected a mask as a PNG picture, found something else; export it as PNG.") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise InputError(f"{name}: expected a whole PNG picture, found a damaged one; export it again.") from None


def _check(height: int, width: int, name: str, size: tuple[int, int] | None, most: tuple[int, int] | None) -> None:
    if size is not None and (height, width) != size:
        raise InputError(
            f"{name}: expected a mask of the radiograph's {size[1]}×{size[0]} pixels, found one of {width}×{height}; "
            "open the case that it belongs to."
        )
    if most is not None and (height > most[0] or width > most[1]):
        raise InputError(f"{name}: expected a mask inside {most[1]}×{most[0]} pixels, found one of {width}×{height}.")


def _inside(picture: Image.Image) -> Mask:
    opaque = np.ones((picture.height, picture.width), bool)
    if "A" in picture.getbands():
        opaque = np.asarray(picture.getchannel("A")) > 0
    values = np.asarray(picture)
    if values.ndim == 3:
        values = np.any(values[..., :-1] if "A" in picture.getbands() else values, axis=2, keepdims=True)[..., 0]
    return (values != 0) & opaque
