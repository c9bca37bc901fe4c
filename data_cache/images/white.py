"""Which of an image's values are its picture: a marker or a border of one value must not decide what is white."""

import numpy as np
from numpy.typing import NDArray

_SAMPLE = 2_000_000
_ENDS = (1.0, 99.0)  # percentiles
_REACH = 2.0  # an end of the range that lies this many widths of the middle away from it is no part of the picture


def used_range(values: NDArray) -> tuple[float, float]:
    """Return the (lowest, highest) value of the picture itself.

    These are the extremes, unless one lies far beyond the 1st or 99th percentile of all other values: a lead marker
    burnt in at 65,535, padding at −32,768.

    Args:
        values: finite numbers of any real type and shape, at least one.
    """
    low, high = values.min(), values.max()
    sample = values.reshape(-1)[:: max(1, values.size // _SAMPLE)]
    inner = sample[(sample > low) & (sample < high)]
    if not inner.size:
        return float(low), float(high)
    start, end = np.percentile(inner.astype(np.float64), _ENDS).tolist()
    reach = _REACH * (end - start)
    if reach > 0 and high > end + reach:
        high = values[values <= end + reach].max()
    if reach > 0 and low < start - reach:
        low = values[values >= start - reach].min()
    return float(low), float(high)


def white_of_bits(brightest: float, usual: tuple[int, ...] = (8, 10, 12, 14, 16)) -> tuple[int, int]:
    """Return (bits, white) for the least usual number of bits that holds a value, the most where none does."""
    bits = next((bits for bits in usual if brightest < 1 << bits), usual[-1])
    return bits, (1 << bits) - 1
