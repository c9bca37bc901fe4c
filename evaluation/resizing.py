"""Enlarging a map to the radiograph exactly as the CheXlocalize reference code does, several times as fast.

The reference calls torch.nn.functional.interpolate(mode="bilinear", align_corners=False). Which pixel of a plateau is
the largest, and on which side of a threshold a tie falls, depends on the last bit of that result. Each output value is
fma(w0, a, w1·b), first along the rows, then along the columns. A matrix product over a narrow band of the weight
matrix, its columns in descending order, adds up exactly these terms, and BLAS does it at the speed of the memory.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from data_cache.resampling import bilinear

Interpolation = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]
_BAND = 32  # rows of output at once: the band of input rows they need stays in the cache
_TORCH_SWITCHES_AT = 128  # height + width up to which torch takes another kernel, which rounds otherwise


@dataclass(frozen=True)
class _Band:
    """Output positions [start, stop) as `weights` times inputs [first, last), reversed.

    `weights` is float32 (_BAND, last − first); rows beyond stop − start are zero.
    """

    start: int
    stop: int
    first: int
    last: int
    weights: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Resized:
    """A map at another size.

    Attributes:
        values: float32 (height, width).
        lowest, highest: its extremes.
        peak: where in the flattened values the highest is; among equals the first.
    """

    values: NDArray[np.float32]
    lowest: np.float32
    highest: np.float32
    peak: int


def resize_map(values: NDArray[np.float32], shape: tuple[int, int]) -> Resized:
    """Resize a map by bilinear interpolation with pixel centres at +0.5 and no antialiasing.

    Args:
        values: float32 (m, n), finite.
        shape: (height, width) of the result.

    Returns:
        The values are bit for bit what torch.nn.functional.interpolate gives on this machine.
    """
    if _blas_matches_torch(values.shape, shape):
        return _banded(values, shape)
    resized = bilinear(values, shape, antialias=False)
    peak = int(resized.argmax())
    return Resized(resized, resized.min(), resized.flat[peak], peak)


@lru_cache(maxsize=1024)
def _blas_matches_torch(source: tuple[int, int], target: tuple[int, int]) -> bool:
    """Whether this machine's BLAS rounds every pixel as its torch does; where it does not, torch does the work."""
    if sum(target) <= _TORCH_SWITCHES_AT:
        return False
    probe = np.random.default_rng(0).standard_normal(source).astype(np.float32)
    return bool(np.array_equal(_banded(probe, target).values, bilinear(probe, target, antialias=False)))


def _banded(values: NDArray[np.float32], shape: tuple[int, int]) -> Resized:
    rows, columns = values.shape
    backwards = np.zeros((_padded(rows), columns), np.float32)
    backwards[:rows] = values[::-1, ::-1]
    widened = np.empty((len(backwards), _padded(shape[1])), np.float32)
    for band in _bands(columns, shape[1]):
        inputs = backwards[:, columns - band.last : columns - band.first]
        np.matmul(inputs, band.weights.T, out=widened[:, band.start : band.start + _BAND])
    resized = np.empty(shape, np.float32)
    outputs = np.empty((_BAND, widened.shape[1]), np.float32)
    lowest, highest, peak = np.float32(np.inf), np.float32(-np.inf), 0
    for band in _bands(rows, shape[0]):
        np.matmul(band.weights, widened[rows - band.last : rows - band.first], out=outputs)
        part = resized[band.start : band.stop]
        part[:] = outputs[: band.stop - band.start, : shape[1]]
        place = int(part.argmax())  # while the band is in the cache
        if part.flat[place] > highest:
            highest, peak = part.flat[place], band.start * shape[1] + place
        lowest = min(lowest, part.min())
    return Resized(resized, np.float32(lowest), np.float32(highest), peak)


def _padded(size: int) -> int:
    """The next multiple of the band: at the edges of a matrix BLAS adds up in another order."""
    return -(-size // _BAND) * _BAND


@lru_cache(maxsize=64)
def _bands(size_in: int, size_out: int) -> tuple[_Band, ...]:
    low, high, weight = interpolation(size_in, size_out)
    bands = []
    for start in range(0, size_out, _BAND):
        stop = min(start + _BAND, size_out)
        first, last = int(low[start]), int(high[stop - 1]) + 1
        weights = np.zeros((_BAND, last - first), np.float32)
        position, part = np.arange(stop - start), slice(start, stop)
        weights[position, last - 1 - high[part]] += weight[part]
        weights[position, last - 1 - low[part]] += np.float32(1) - weight[part]
        bands.append(_Band(start, stop, first, last, weights))
    return tuple(bands)


def interpolation(size_in: int, size_out: int) -> Interpolation:
    """Return, for every output position, its two inputs and the weight of the second (float32, in [0, 1)).

    Computed in float32 in torch's order of operations.
    """
    scale = np.float32(size_in) / np.float32(size_out)
    position = scale * (np.arange(size_out, dtype=np.float32) + np.float32(0.5)) - np.float32(0.5)
    position = np.maximum(position, np.float32(0))
    low = np.minimum(position.astype(np.int64), size_in - 1)
    weight = np.clip(position - low.astype(np.float32), 0, 1).astype(np.float32)
    return low, np.minimum(low + 1, size_in - 1), weight
