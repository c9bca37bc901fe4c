"""Reading JPEG, PNG, TIFF, BMP and WebP with Pillow."""

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.images.codestreams import check_parts
from data_cache.images.deep_jpeg import deep_jpeg_size, read_deep_jpeg
from data_cache.images.grey import Grey, to_grey
from data_cache.images.quiet import quiet
from data_cache.images.radiograph import Radiograph, check_size, too_many_pixels, usual_warnings
from data_cache.images.stored import Stored

FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")
_PHOTOMETRIC_TAG = 262
_WHITE_IS_ZERO = 0
_MOST_PAGES = 100
_LYING = (5, 6, 7, 8)  # EXIF orientations that exchange width and height
_TURNS: dict[int, Callable[[NDArray], NDArray]] = {
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels, 2).T,
    8: np.rot90,
}


def read_picture(data: bytes, name: str) -> Radiograph | None:
    """Read a picture from its bytes; None when its content is of none of FORMATS.

    Raises:
        InputError: it is animated, cut short, damaged, too large or too small.
    """
    with quiet():
        check_parts(data, name)
        deep = read_deep_jpeg(data, name)
        if deep is not None:
            return deep
        image = _open(BytesIO(data), name)
        if image is None:
            return None
        with image:
            return _read(image, data, name)


def picture_size(file: BinaryIO, name: str) -> tuple[int, int] | None:
    """Return the (width, height) of a picture when upright, from its header; None when it is of none of FORMATS.

    Raises:
        InputError: the header is damaged, or states a size that `read_picture` refuses.
    """
    with quiet():
        image = _open(file, name)
        if image is None:
            return deep_jpeg_size(file, name)
        with image:
            check_size(image.width, image.height, name)
            lying = _orientation(image) in _LYING
            return (image.height, image.width) if lying else (image.width, image.height)


def _open(file: BinaryIO, name: str) -> Image.Image | None:
    try:
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        return None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_many_pixels(_counted(error), name) from error
    except Exception as error:  # strangers' bytes break parsers in any way
        raise _damaged(name) from error


def _read(image: Image.Image, data: bytes, name: str) -> Radiograph:
    kind = image.format or "image"
    check_size(image.width, image.height, name)
    said = _check_single(image, kind, name)
    with guarded(_damaged(name, kind)):
        try:
            if kind == "PNG":
                image.load()  # looking for EXIF does, and what is damaged would count as no EXIF and be black
            orientation = _orientation(image)
            grey = to_grey(image, data)
        except InputError as error:
            raise InputError(f"{name}: {error}") from error
        pixels = _upright(_white_is_one(image, grey), orientation)
        film = _film(image, grey.stored, orientation)
    said += [f"{name}: {sentence}" for sentence in grey.warnings]
    kind = "JPEG" if kind == "MPO" else kind
    return Radiograph(pixels, (*said, *usual_warnings(pixels, name)), grey.bits, kind, grey.coloured, stored=film)


def _check_single(image: Image.Image, kind: str, name: str) -> list[str]:
    with guarded(_damaged(name, kind)):
        frames = _frames(image, kind)
    if frames == 1:
        return []
    if kind == "MPO":  # phones store a small second picture beside a photograph
        return [f"{name}: it holds {frames} pictures; the first was read."]
    raise InputError(
        f"{name}: expected a single picture, found {frames} (an animation or a document of several pages); "
        "export one radiograph as a file of its own."
    )


def _frames(image: Image.Image, kind: str) -> int:
    """How many pictures there are; a TIFF is walked through to count its pages, of which a file may have millions."""
    if kind != "TIFF":
        return getattr(image, "n_frames", 1)
    pages = 0
    with contextlib.suppress(EOFError):
        while pages < _MOST_PAGES:
            image.seek(pages)
            pages += 1
    image.seek(0)
    return pages


def _white_is_one(image: Image.Image, grey: Grey) -> NDArray[np.float32]:
    """Invert TIFFs that say "white is zero" where Pillow does not do it itself (it does for up to 8 bits)."""
    tags = getattr(image, "tag_v2", {})
    if image.mode.startswith(("I", "F")) and tags.get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO:
        return np.float32(1) - grey.pixels
    return grey.pixels


def _film(image: Image.Image, stored: Stored | None, orientation: int) -> Stored | None:
    """The same of what is stored."""
    if stored is None:
        return None
    white_is_zero = getattr(image, "tag_v2", {}).get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO
    return replace(stored, codes=_upright(stored.codes, orientation), inverted=white_is_zero)


def _orientation(image: Image.Image) -> int:
    """As EXIF says; damaged EXIF data leaves the picture as it lies."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # strangers' bytes break parsers in any way
        return 1


def _upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn pixels (h, w) as an EXIF orientation says."""
    turned = _TURNS[orientation](pixels) if orientation in _TURNS else pixels
    return np.ascontiguousarray(turned)


def _counted(error: Exception) -> str:
    count = re.search(r"\((\d+) pixels\)", str(error))
    return f"{int(count.group(1)) / 1e6:.0f} million" if count else "more"


def _damaged(name: str, kind: str = "image") -> InputError:
    return InputError(
        f"{name}: expected a whole {kind} file, found one that is cut short or damaged; export or download it again."
    )
