"""From stored DICOM values to grey between 0 and 1: modality transformation, values of interest, inversion.

DICOM PS3.3: C.11.1 (modality LUT, rescale), C.11.2 (VOI LUT, window), C.7.6.3.1.2 (MONOCHROME1).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

_NO_WINDOW = "it stores no window, so {low:g} was taken as black and {high:g} as white."


@dataclass(frozen=True, eq=False)
class Values:
    """Values (float32 or float64, (h, w)) and the range (low, high) that they could have taken."""

    pixels: NDArray
    low: float
    high: float


def to_grey(stored: NDArray, dataset: Dataset) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Apply the modality transformation, then the values of interest, then MONOCHROME1's inversion, in this order.

    The presentation LUT shape is not applied: it repeats what the photometric interpretation says.

    Args:
        stored: integers (h, w) as decoded.
        dataset: where they come from.

    Returns:
        (grey float32 (h, w) in [0, 1], sentences to tell).
    """
    values = _modality(stored, dataset)
    grey, warnings = _of_interest(values, stored, dataset)
    grey = np.clip(grey, 0, 1).astype(np.float32)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        grey = np.float32(1) - grey
    return grey, warnings


def _modality(stored: NDArray, dataset: Dataset) -> Values:
    if dataset.get("ModalityLUTSequence"):
        return _look_up(stored, dataset.ModalityLUTSequence[0], dataset)
    bits = int(dataset.BitsStored)
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if dataset.PixelRepresentation else (0, 2**bits - 1)
    slope = dataset.get("RescaleSlope")
    slope = 1.0 if slope is None else float(slope)
    intercept = float(dataset.get("RescaleIntercept") or 0)
    ends = sorted((low * slope + intercept, high * slope + intercept))
    return Values(stored.astype(np.float64) * slope + intercept, *ends)


def _of_interest(values: Values, stored: NDArray, dataset: Dataset) -> tuple[NDArray, tuple[str, ...]]:
    """A VOI LUT wins over windows and the first of several wins, as the order in the file has it."""
    if dataset.get("VOILUTSequence"):
        looked_up = _look_up(values.pixels, dataset.VOILUTSequence[0], dataset)
        return looked_up.pixels / looked_up.high, ()
    window = _window(dataset)
    if window is not None:
        return _windowed(values.pixels, *window, str(dataset.get("VOILUTFunction") or "LINEAR").upper()), ()
    low, high = _used_range(values, stored, dataset)
    grey = (values.pixels - low) / ((high - low) or 1.0)
    return grey, (_NO_WINDOW.format(low=low, high=high),)


def _look_up(values: NDArray, item: Dataset, dataset: Dataset) -> Values:
    """Apply a lookup table: descriptor (entries, first value mapped, bits), values beyond its ends take the end.

    pydicom 3.0's own functions index 8-bit tables with 8-bit numbers and refuse 12-bit modality tables.
    """
    entries, first, bits = (int(part) for part in item.LUTDescriptor)
    entries = entries or 2**16
    data = item.LUTData
    if isinstance(data, bytes):
        order = "<" if dataset.original_encoding[1] is not False else ">"
        table = np.frombuffer(data, "u1" if len(data) < 2 * entries else f"{order}u2")
    else:
        table = np.asarray(data)
    table = table[:entries].astype(np.float64)
    index = np.clip(np.rint(values).astype(np.int64) - first, 0, len(table) - 1)
    return Values(table[index], 0.0, float(2**bits - 1))


def _window(dataset: Dataset) -> tuple[float, float] | None:
    """The first window as (centre, width); None where there is none or it is empty."""
    stored = (dataset.get("WindowCenter"), dataset.get("WindowWidth"))
    first = [part if isinstance(part, int | float | str) else next(iter(part or ()), None) for part in stored]
    if first[0] in (None, "") or first[1] in (None, "") or float(first[1]) <= 0:
        return None
    return float(first[0]), float(first[1])


def _windowed(values: NDArray, centre: float, width: float, function: str) -> NDArray:
    """C.11.2.1.2 with an output from 0 to 1; LINEAR counts the window's integers, hence the half and the one."""
    if function == "SIGMOID":
        return 1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700)))
    if function == "LINEAR":
        centre, width = centre - 0.5, max(width - 1, np.finfo(np.float64).tiny)
    with np.errstate(over="ignore"):  # a window of width 1 is a step
        return np.clip((values - centre) / width + 0.5, 0, 1)


def _used_range(values: Values, stored: NDArray, dataset: Dataset) -> tuple[float, float]:
    """The stored range, as an absent window means; the range in use where that is less than half of it.

    Padding (0028,0120 and 0121) does not count as use.
    """
    padding = dataset.get("PixelPaddingValue")
    used = values.pixels
    if padding is not None:
        ends = sorted((int(padding), int(dataset.get("PixelPaddingRangeLimit", padding))))
        inside = (stored < ends[0]) | (stored > ends[1])
        used = used[inside] if inside.any() else used
    low, high = float(used.min()), float(used.max())
    return (low, high) if high - low < (values.high - values.low) / 2 else (values.low, values.high)
