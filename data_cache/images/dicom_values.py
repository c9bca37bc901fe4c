"""From stored DICOM values to grey between 0 and 1: modality transformation, values of interest, inversion.

DICOM PS3.3: C.11.1 (modality LUT, rescale), C.11.2 (VOI LUT, window), C.7.6.3.1.2 (MONOCHROME1).
Headers are checked against the values: what cannot be meant is passed over, and that is said.
"""

import math
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from data_cache.images.dicom_header import has_overlay_in_pixels, items, number, numbers, table, texts, whole, word
from data_cache.images.stored import Function, Window, blocks
from data_cache.images.white import used_range, white_of_bits

_RANGE = "{low:g} was taken as black and {high:g} as white."
_NO_WINDOW = f"it stores no window, so {_RANGE}"
_BAD_WINDOW = f"its window cannot be used and was passed over, so {_RANGE}"
_BAD_TABLE = "one of its lookup tables cannot be used and was passed over."
_BAD_RESCALE = "its rescale slope and intercept cannot be used and were passed over."
_NARROW = "its window is narrower than LINEAR allows, so it was taken as LINEAR_EXACT."
_LARGEST, _FARTHEST = 1e30, 1 << 40
_MOST_WINDOWS = 32


@dataclass(frozen=True, eq=False)
class Values:
    """Values (integers or floats, (h, w)) and the range (low, high) that they could have taken."""

    pixels: NDArray
    low: float
    high: float


def stored_bits(dataset: Dataset, allocated: int = 16) -> int:
    """How many bits a stored value has."""
    allocated = whole(dataset, "BitsAllocated", allocated)
    bits = whole(dataset, "BitsStored", allocated)
    return bits if 1 <= bits <= allocated else allocated


def field(stored: NDArray, dataset: Dataset) -> tuple[NDArray, tuple[str, ...]]:
    """Take the bits of the image out of what is stored: High Bit says where they end (PS3.5, 8.1.1).

    As DCMTK does, unless the values contradict the header: values that fit into the bits stored and use all of the
    lowest bits are not shifted, and values that go beyond them are kept where no overlay can lie there.

    Returns:
        (integers (h, w), sentences to tell).
    """
    allocated, bits = 8 * stored.dtype.itemsize, stored_bits(dataset)
    shift = whole(dataset, "HighBit", bits - 1) + 1 - bits
    signed = stored.dtype.kind == "i"
    said: tuple[str, ...] = ()
    if 0 < shift <= allocated - bits:
        below = bool((stored & ((1 << shift) - 1)).any())
        if not below or not _fits(stored, bits, signed):
            stored = stored >> shift
        else:
            said = ("its High Bit contradicts its values and was passed over.",)
    if _fits(stored, bits, signed):
        return stored, said
    if (signed and stored.min() >= 0 and stored.max() < 1 << bits) or has_overlay_in_pixels(dataset):
        free = stored.dtype.type(allocated - bits)  # the sign is that of the highest bit stored
        return (stored << free) >> free, said
    return stored, (*said, f"its values go beyond the {bits} bits that it states.")


def _fits(stored: NDArray, bits: int, signed: bool) -> bool:
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    return low <= int(stored.min()) and int(stored.max()) <= high


def to_grey(stored: NDArray, dataset: Dataset) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Apply the modality transformation, then the values of interest, then MONOCHROME1's inversion, in this order.

    The presentation LUT shape is not applied: it repeats what the photometric interpretation says.

    Args:
        stored: integers (h, w), as `field` gives them.
        dataset: where they come from.

    Returns:
        (grey float32 (h, w) in [0, 1], sentences to tell).
    """
    if stored.dtype.itemsize > 2:
        return _grey_of(stored, np.ones_like(stored), dataset)
    lowest = int(stored.min())
    counts = np.zeros(1 << 16, np.int64)
    for rows in blocks(stored):
        counts += np.bincount(rows.ravel().astype(np.int64) - lowest, minlength=1 << 16)
    present = np.flatnonzero(counts)
    levels = (present + lowest).astype(stored.dtype)
    table = np.zeros(1 << 16, np.float32)
    table[present], said = _grey_of(levels, counts[present], dataset)
    grey = np.empty(stored.shape, np.float32)
    for to, rows in zip(blocks(grey), blocks(stored), strict=True):
        to[:] = table[rows.astype(np.int64) - lowest]
    return grey, said


def _grey_of(stored: NDArray, counts: NDArray, dataset: Dataset) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Turn stored values into grey, each of which so many pixels have."""
    values, said = modality(stored, dataset)
    grey, more, _ = of_interest(values, stored, counts, dataset)
    grey = np.clip(grey, 0, 1).astype(np.float32)
    if word(dataset, "PhotometricInterpretation") == "MONOCHROME1":
        grey = np.float32(1) - grey
    return grey, (*said, *more)


def modality(stored: NDArray, dataset: Dataset) -> tuple[Values, tuple[str, ...]]:
    """Apply the modality transformation: a table, or slope and intercept; sentences to tell beside the values."""
    said: tuple[str, ...] = ()
    tables = items(dataset, "ModalityLUTSequence")
    for item in tables[:1]:
        found = look_up(stored, item)
        if found is not None:
            return found[0], ()
        said = (_BAD_TABLE,)
    bits = stored_bits(dataset, 8 * stored.dtype.itemsize)
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if stored.dtype.kind == "i" else (0, 2**bits - 1)
    slope, intercept = number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept")
    slope, intercept = 1.0 if slope is None else slope, 0.0 if intercept is None else intercept
    ends = sorted((low * slope + intercept, high * slope + intercept))
    if not (slope and max(map(abs, ends)) < _LARGEST):
        slope, intercept, ends = 1.0, 0.0, [float(low), float(high)]
        said = (*said, _BAD_RESCALE)
    return Values(stored.astype(np.float64) * slope + intercept, *ends), said


def of_interest(
    values: Values, stored: NDArray, counts: NDArray, dataset: Dataset
) -> tuple[NDArray, tuple[str, ...], Window | int]:
    """Apply the values of interest: a VOI LUT wins over windows and the first of several, as the file has it.

    Returns:
        (grey from 0 to 1, sentences to tell, what was applied: a window, or the place of a table).
    """
    said: tuple[str, ...] = ()
    varies = bool(values.pixels.min() < values.pixels.max())
    for place, item in enumerate(items(dataset, "VOILUTSequence")):
        found = look_up(values.pixels, item)
        if found is not None and not (varies and found[0].pixels.min() == found[0].pixels.max()):
            return found[0].pixels / found[0].high, (*said, *found[1]), place
        said = (_BAD_TABLE,)
    for window in windows(dataset):
        grey, remark = windowed(values.pixels, window)
        if not (varies and grey.min() == grey.max()):
            return grey, (*said, *remark), window
    low, high = _used_range(values, stored, counts, dataset)
    grey = (values.pixels - low) / ((high - low) or 1.0)
    sentence = _BAD_WINDOW if numbers(dataset, "WindowCenter") else _NO_WINDOW
    used = Window("Range in use", (low + high) / 2, (high - low) or 1.0)
    return grey, (*said, sentence.format(low=low, high=high)), used


def look_up(values: NDArray, item: Dataset) -> tuple[Values, tuple[str, ...]] | None:
    """Apply a lookup table; values beyond its ends take the end. None where it cannot be used.

    White is that of the bits it states, unless its entries go beyond them or leave the highest bit unused.
    """
    found = table(item)
    if found is None:
        return None
    entries, first, bits = found
    index = np.clip(np.rint(values), -_FARTHEST, _FARTHEST).astype(np.int64)
    first = _first_mapped(first, len(entries), int(index.min()), int(index.max()))
    looked_up = entries[np.clip(index - first, 0, len(entries) - 1)]
    brightest = int(entries.max())
    if 1 <= bits <= 16 and (1 << bits) / 2 <= brightest < 1 << bits:
        return Values(looked_up, 0.0, float((1 << bits) - 1)), ()
    used, white = white_of_bits(brightest)
    said = (f"its lookup table uses {used} bits, so {white} was taken as white.",) if used != bits else ()
    return Values(looked_up, 0.0, float(white)), said


def _first_mapped(first: int, count: int, low: int, high: int) -> int:
    """The first value mapped, read with or without a sign (C.11.2.1.1), whichever has the table meet the values."""
    candidates = (first, first - (1 << 16) if first >= 1 << 15 else first + (1 << 16) if first < 0 else first)
    return max(candidates, key=lambda start: min(high, start + count - 1) - max(low, start))


def windows(dataset: Dataset) -> list[Window]:
    """The file's windows, without those that are none: of a width of 0 or less, or that state no number."""
    pairs = zip(numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth"), strict=False)
    names = texts(dataset, "WindowCenterWidthExplanation")
    said = word(dataset, "VOILUTFunction", "LINEAR")
    function: Function = "LINEAR_EXACT" if said == "LINEAR_EXACT" else "SIGMOID" if said == "SIGMOID" else "LINEAR"
    return [
        Window(names[i] if i < len(names) and names[i] else f"Window {i + 1}", centre, width, function)
        for i, (centre, width) in enumerate(islice(pairs, _MOST_WINDOWS))
        if not math.isnan(centre) and width > 0
    ]


def windowed(values: NDArray, window: Window) -> tuple[NDArray, tuple[str, ...]]:
    """C.11.2.1.2 with an output from 0 to 1; LINEAR counts the window's integers, hence the half and the one."""
    centre, width, function = window.level, window.width, window.function
    if function == "SIGMOID":
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700))), ()
    exact = function == "LINEAR_EXACT"
    said = (_NARROW,) if width < 1 and not exact else ()
    if not exact and width >= 1:
        centre, width = centre - 0.5, max(width - 1, np.finfo(np.float64).tiny)
    with np.errstate(over="ignore"):  # a window of width 1 is a step
        return np.clip((values - centre) / width + 0.5, 0, 1), said


def _used_range(values: Values, stored: NDArray, counts: NDArray, dataset: Dataset) -> tuple[float, float]:
    """The stored range, as an absent window means; the range in use where that is less than half of it.

    Padding (0028,0120 and 0121) does not count as use, and neither do markers, see `white.used_range`.
    """
    padding = number(dataset, "PixelPaddingValue")
    used = values.pixels
    if padding is not None and not math.isnan(padding):
        limit = number(dataset, "PixelPaddingRangeLimit")
        ends = sorted((padding, padding if limit is None or math.isnan(limit) else limit))
        inside = (stored < ends[0]) | (stored > ends[1])
        if inside.any():
            used, counts = used[inside], counts[inside]
    low, high = used_range(used, counts)
    if high - low < (values.high - values.low) / 2 or high > values.high or low < values.low:
        return low, high
    return values.low, values.high
