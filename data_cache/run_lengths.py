"""Masks as run lengths, in the five flavours that datasets and tools write, each checked before it is decoded.

| flavour | order of pixels | numbers |
|---|---|---|
| `coco` | columns first | lengths, outside and inside in turn, outside first; as numbers or as COCO's compressed text |
| `kaggle-relative` | columns first | pairs: pixels skipped since the last run's end, length (SIIM-ACR, CANDID-PTX) |
| `kaggle-absolute` | columns first | pairs: number of the first pixel, counted from 1, length |
| `chexmask` | rows first | pairs: number of the first pixel, counted from 1, length |
| `cvat` | rows first, in a box | lengths, outside and inside in turn, outside first |

Numbers alone do not say which flavour they are in: two of them differ in nothing but the order of pixels. So a flavour
is named by whoever knows the file, and `flavours_that_fit` says what else the numbers could be.

Sources: Lin et al., "Microsoft COCO", ECCV 2014, and pycocotools (coco); the SIIM-ACR Pneumothorax Segmentation
challenge, 2019 (kaggle-relative); Kaggle's evaluation pages, such as the 2018 Data Science Bowl's (kaggle-absolute);
Gaggion et al., "CheXmask", Scientific Data 2024 (chexmask); CVAT's annotation format 1.1 (cvat).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.masks import Rle

Flavour = Literal["coco", "kaggle-relative", "kaggle-absolute", "chexmask", "cvat"]
FLAVOURS: tuple[Flavour, ...] = get_args(Flavour)
Runs = NDArray[np.int64]
_BETWEEN = re.compile(r"[\s,]")
_MOST_DIGITS = 10
_MOST_PIXELS = 200_000_000
_MOST_NUMBERS = 20_000_000


@dataclass(frozen=True)
class Crop:
    """The box that a `cvat` mask fills, in pixels of the image: column and row of its corner, width and height."""

    left: int
    top: int
    width: int
    height: int


def decode_runs(runs: str | Sequence[int], size: tuple[int, int], flavour: Flavour, crop: Crop | None = None) -> Rle:
    """Turn run lengths into a mask.

    Args:
        runs: numbers, or text with numbers between blanks or commas; for `coco`, text
            without either is compressed.
        size: (height, width) of the image.
        flavour: how they are meant.
        crop: of `cvat`, the box that they fill.

    Raises:
        InputError: they are no whole numbers, an odd number of them where pairs are meant, do not add up, run
            backwards or into one another, or reach beyond the image or the box.
        ValueError: a crop without `cvat`, or none with it.
    """
    if (crop is not None) != (flavour == "cvat"):
        raise ValueError("Expected a crop with cvat's run lengths and with no others.")
    height, width = size
    if min(size) < 1 or height * width > _MOST_PIXELS:
        raise InputError(
            f"Expected a mask of at least one and at most {_MOST_PIXELS:,} pixels, found {width}×{height}."
        )
    if isinstance(runs, str) and flavour == "coco" and not _BETWEEN.search(runs.strip()):
        mask = Rle(size, runs.strip())
        mask.check()
        return mask
    numbers = _numbers(runs)
    if crop is not None:
        return _cropped(numbers, size, crop)
    if flavour == "coco":
        _check_alternating(numbers, height * width)
        return Rle.from_runs(numbers.tolist(), size)
    starts, lengths = _PAIRS[flavour](numbers, height * width)
    if flavour != "chexmask":
        return Rle.from_runs(_alternating(starts, lengths, height * width).tolist(), size)
    return Rle.encode(_filled(starts, lengths, height * width).reshape(size))


def flavours_that_fit(runs: str | Sequence[int], size: tuple[int, int]) -> tuple[Flavour, ...]:
    """The flavours, other than `cvat`, in which run lengths are a mask of an image of size (height, width).

    More than one: nothing in the numbers tells them apart, and whoever knows the file has to.
    """
    found = []
    for flavour in FLAVOURS[:-1]:
        try:
            decode_runs(runs, size, flavour)
        except InputError:
            continue
        found.append(flavour)
    return tuple(found)


def decode_unnamed(runs: str | Sequence[int], size: tuple[int, int]) -> Rle:
    """Turn run lengths of a flavour that nobody named into a mask, where only one mask fits.

    Raises:
        InputError: none fits, or several do and give different masks.
    """
    fitting = flavours_that_fit(runs, size)
    masks = dict.fromkeys(decode_runs(runs, size, flavour) for flavour in fitting)
    if len(masks) == 1:
        return next(iter(masks))
    if masks:
        raise InputError(
            f"Expected run lengths that can be read in one way, found that {', '.join(fitting)} all fit "
            f"{size[1]}×{size[0]} pixels; name the one that the file was written in, and look at the masks it gives."
        )
    raise InputError(
        f"Expected run lengths of a mask of {size[1]}×{size[0]} pixels, found numbers that fit none of "
        f"{', '.join(FLAVOURS[:-1])}; check the size."
    )


def _numbers(runs: str | Sequence[int]) -> Runs:
    """Whole numbers from 0 on."""
    parts: Sequence[str] | Sequence[int] = runs
    if isinstance(runs, str):
        parts = runs.replace(",", " ").split()
        digits = "".join(parts)
        if parts and not (digits.isascii() and digits.isdigit() and max(map(len, parts)) <= _MOST_DIGITS):
            raise InputError("Expected run lengths as whole numbers from 0 on, found others; export the masks again.")
    elif not all(type(part) is int and 0 <= part < 10**_MOST_DIGITS for part in runs):
        raise InputError("Expected run lengths as whole numbers from 0 on, found others; export the masks again.")
    if len(parts) > _MOST_NUMBERS:
        raise InputError(f"Expected at most {_MOST_NUMBERS:,} run lengths, found {len(parts):,}.")
    return np.array(parts, dtype=np.int64)


def _check_alternating(lengths: Runs, pixels: int) -> None:
    if lengths.sum() != pixels:
        raise InputError(f"Expected run lengths that add up to {pixels:,} pixels, found {lengths.sum():,}.")


def _pairs(numbers: Runs) -> tuple[Runs, Runs]:
    if len(numbers) % 2:
        raise InputError(f"Expected run lengths in pairs, found {len(numbers)} numbers; the last run is cut short.")
    return numbers[::2], numbers[1::2]


def _relative(numbers: Runs, pixels: int) -> tuple[Runs, Runs]:
    """First pixels, counted from 0, and lengths of runs that are written as distances from the run before."""
    _, lengths = _pairs(numbers)
    ends = np.cumsum(numbers)[1::2]
    if len(ends) and ends[-1] > pixels:
        raise InputError(f"Expected run lengths inside {pixels:,} pixels, found that they end at {ends[-1]:,}.")
    return ends - lengths, lengths


def _absolute(numbers: Runs, pixels: int) -> tuple[Runs, Runs]:
    """The same of runs that are written with the number of their first pixel, counted from 1."""
    starts, lengths = _pairs(numbers)
    starts = starts - 1
    ends = starts + lengths
    if (starts < 0).any():
        raise InputError("Expected first pixels counted from 1, found 0; these are run lengths of another flavour.")
    if (starts[1:] < ends[:-1]).any():
        raise InputError("Expected runs one after the other, found one that begins before the last has ended.")
    if len(ends) and ends[-1] > pixels:
        raise InputError(f"Expected run lengths inside {pixels:,} pixels, found that they end at {ends[-1]:,}.")
    return starts, lengths


_PAIRS: dict[Flavour, Callable[[Runs, int], tuple[Runs, Runs]]] = {
    "kaggle-relative": _relative,
    "kaggle-absolute": _absolute,
    "chexmask": _absolute,
}


def _alternating(starts: Runs, lengths: Runs, pixels: int) -> Runs:
    """Lengths outside and inside in turn, outside first."""
    borders = np.stack([starts, starts + lengths], axis=1).ravel()
    runs = np.diff(borders, prepend=0, append=pixels)
    return runs if runs[-1] else runs[:-1]  # as COCO writes a mask that holds the last pixel


def _filled(starts: Runs, lengths: Runs, pixels: int) -> NDArray[np.bool_]:
    runs = _alternating(starts, lengths, pixels)
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs)


def _cropped(lengths: Runs, size: tuple[int, int], crop: Crop) -> Rle:
    height, width = size
    right, bottom = crop.left + crop.width, crop.top + crop.height
    if min(crop.left, crop.top) < 0 or min(crop.width, crop.height) < 1 or right > width or bottom > height:
        raise InputError(
            f"Expected a box inside {width}×{height} pixels, found columns {crop.left} to {right} and rows {crop.top} "
            f"to {bottom}; do they belong to another image?"
        )
    _check_alternating(lengths, crop.width * crop.height)
    whole = np.zeros(size, bool)
    inside = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    whole[crop.top : bottom, crop.left : right] = inside.reshape(crop.height, crop.width)
    return Rle.encode(whole)
