"""Masks as PNG pictures: whatever is neither black nor transparent is inside."""

from data_cache.annotations.annotation import Mask
from data_cache.errors import InputError
from data_cache.images.channels import read_png


def read_mask(data: bytes, name: str, size: tuple[int, int] | None = None, most: tuple[int, int] | None = None) -> Mask:
    """Read a PNG of any kind as a mask, bool (h, w).

    Inside is every pixel whose colour is not black (of a palette the colour counts, not the index), unless it is wholly
    transparent.

    Args:
        data: the file.
        name: what to call it in messages.
        size: the (height, width) that it must have; looked up before anything is decoded.
        most: the (height, width) that it must not exceed.

    Raises:
        InputError: it is no PNG, is damaged, or has another size.
    """
    found = read_png(data, name, "a mask", lambda height, width: _check(height, width, name, size, most))
    inside = found.values != 0 if found.values.ndim == 2 else (found.values != 0).any(axis=2)
    return inside if found.alpha is None else inside & (found.alpha > 0)


def _check(height: int, width: int, name: str, size: tuple[int, int] | None, most: tuple[int, int] | None) -> None:
    if size is not None and (height, width) != size:
        raise InputError(
            f"{name}: expected a mask of the radiograph's {size[1]}×{size[0]} pixels, found one of {width}×{height}; "
            "open the case that it belongs to."
        )
    if most is not None and (height > most[0] or width > most[1]):
        raise InputError(f"{name}: expected a mask inside {most[1]}×{most[0]} pixels, found one of {width}×{height}.")
