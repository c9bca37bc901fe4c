"""Which of an image's values are its picture: a marker or a border of one value must not decide what is white."""

import numpy as np
from numpy.typing import NDArray

_SAMPLE = 2_000_000
_ENDS = (1.0, 99.0)  # percentiles
_REACH = 2.0  # an end of the range that lies this many widths of the middle away from it is no part of the picture


def used_range(values: NDArray, counts: NDArray | None = None) -> tuple[float, float]:
    """Return the (lowest, highest) value of the picture itself.

    These are the extremes, unless one lies far beyond the 1st or 99th percentile of all other values: a lead marker
    burnt in at 65,535, padding at −32,768.

    Args:
        values: finite numbers of any real type and shape, at least one.
        counts: how many pixels have each value, where `values` lists each only once; at least one each.
    """
    low, high = values.min(), values.max()
    start, end = _middle(values, counts, low, high)
    reach = _REACH * (end - start)
    if reach > 0 and high > end + reach:
        high = values[values <= end + reach].max()
    if reach > 0 and low < start - reach:
        low = values[values >= start - reach].min()
    return float(low), float(high)


def _middle(values: NDArray, counts: NDArray | None, low: float, high: float) -> tuple[float, float]:
    """The two percentiles of the values between the extremes; twice the same where there are none."""
    step = 1 if counts is not None else max(1, values.size // _SAMPLE)
    sample = values.reshape(-1)[::step]
    between = (sample > low) & (sample < high)
    if not between.any():
        return 0.0, 0.0
    inner = sample[between].astype(np.float64)
    if counts is None:
        start, end = np.percentile(inner, _ENDS).tolist()
        return start, end
    order = np.argsort(inner)
    shares = np.cumsum(counts.reshape(-1)[between][order], dtype=np.float64)
    places = np.searchsorted(shares, shares[-1] * np.array(_ENDS) / 100)
    start, end = inner[order][places].tolist()
    return start, end


def white_of_bits(brightest: float, usual: tuple[int, ...] = (8, 10, 12, 14, 16)) -> tuple[int, int]:
    """Return (bits, white) for the least usual number of bits that holds a value, the most where none does."""
    bits = next((bits for bits in usual if brightest < 1 << bits), usual[-1])
    return bits, (1 << bits) - 1
