"""Enlarging a map to the radiograph exactly as the CheXlocalize reference code does.

The reference calls torch.nn.functional.interpolate(mode="bilinear", align_corners=False). Which pixel of a plateau is
the largest, and on which side of a threshold a tie falls, depends on the last bit of that result.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from data_cache.resampling import bilinear
from evaluation.localization import Integers, Map
from evaluation.pixels.kernels import count, extremes, heighten, widen

_TORCH_SWITCHES_AT = 128  # height + width up to which torch takes another kernel, which rounds otherwise


class Interpolation(NamedTuple):
    """For every output position its two inputs, int64 (k,), and the weight of the second, float32 (k,) in [0, 1)."""

    low: Integers
    high: Integers
    weight: Map

    def part(self, which: slice) -> "Interpolation":
        """Some of the output positions."""
        return Interpolation(self.low[which], self.high[which], self.weight[which])


class Counts(NamedTuple):
    """What `kernels.count` finds.

    Attributes:
        all, inside: int64 (steps + 1,), how many values, and how many of those at the positions, are on each step.
        values: float32 (p,), the scaled values at the positions.
        total, squares: sums of all scaled values and of their squares.
    """

    all: Integers
    inside: Integers
    values: Map
    total: float
    squares: float


@dataclass(frozen=True, eq=False)
class Enlarged:
    """A map at another size, worked out anew whenever something is asked of it: nothing of that size is kept.

    Attributes:
        wide: float32 (m, columns), the map interpolated along its rows.
        rows: the steps along its columns.
    """

    wide: Map
    rows: Interpolation

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return len(self.rows.low), self.wide.shape[1]

    def extremes(self) -> tuple[np.float32, np.float32, tuple[int, int]]:
        """Lowest and highest value, and (row, column) of the highest; among equals the first in row order."""
        lowest, highest, row, column = extremes(self.wide, *self.rows)
        return np.float32(lowest), np.float32(highest), (row, column)

    def values(self) -> Map:
        """float32 (rows, columns)."""
        found = np.empty(self.shape, np.float32)
        heighten(self.wide, *self.rows, found)
        return found

    def count(self, lowest: np.float32, highest: np.float32, positions: Integers, steps: int) -> Counts:
        """Scale to [0, 1] by two values and count by steps, see `kernels.count`."""
        return Counts(*count(self.wide, *self.rows, lowest, highest - lowest, positions, steps))


def enlarge(values: Map, shape: tuple[int, int]) -> Enlarged:
    """Resize a map by bilinear interpolation with pixel centres at +0.5 and no antialiasing.

    Args:
        values: float32 (m, n), finite.
        shape: (rows, columns) of the result.

    Returns:
        The values are bit for bit what torch.nn.functional.interpolate gives on a processor with fused multiply-add.
    """
    if sum(shape) > _TORCH_SWITCHES_AT:
        return enlarge_part(values, shape, slice(None), slice(None))
    whole = bilinear(values, shape, antialias=False)
    row = np.arange(len(whole))
    return Enlarged(whole, Interpolation(row, row, np.zeros(len(whole), np.float32)))


def enlarge_part(values: Map, shape: tuple[int, int], rows: slice, columns: slice) -> Enlarged:
    """Some rows and columns of an enlarged map."""
    across = interpolation(values.shape[1], shape[1]).part(columns)
    wide = np.empty((len(values), len(across.low)), np.float32)
    widen(np.require(values, np.float32, ["C", "W"]), *across, wide)
    return Enlarged(wide, interpolation(len(values), shape[0]).part(rows))


@lru_cache(maxsize=64)
def interpolation(size_in: int, size_out: int) -> Interpolation:
    """Steps along an axis, computed in float32 in torch's order of operations."""
    scale = np.float32(size_in) / np.float32(size_out)
    position = scale * (np.arange(size_out, dtype=np.float32) + np.float32(0.5)) - np.float32(0.5)
    position = np.maximum(position, np.float32(0))
    low = np.minimum(position.astype(np.int64), size_in - 1)
    weight = np.clip(position - low.astype(np.float32), 0, 1).astype(np.float32)
    return Interpolation(low, np.minimum(low + 1, size_in - 1), weight)
