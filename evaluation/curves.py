"""What a map marks at every threshold at once, from histograms of all pixels and of the mask's pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluation.localization import Map, Mask, Overlap

STEPS = 2048  # every threshold the halving search can ask for is a multiple of 1/2048
THRESHOLDS: NDArray[np.float64] = np.arange(STEPS + 1) / STEPS
_AT_ONCE = 1 << 18  # values that stay in the cache while they are counted


@dataclass(frozen=True)
class ThresholdCurve:
    """Pixels marked at the thresholds 0, 1/2048 … 1 (strictly above, in float32, as the reference compares).

    Attributes:
        marked: int64 (2049,), pixels above each threshold.
        both: int64 (2049,), those of them that lie in the mask.
        mask: pixels of the mask, also where the map says nothing.
        pixels: of the radiograph.
    """

    marked: NDArray[np.int64]
    both: NDArray[np.int64]
    mask: int
    pixels: int

    def overlap(self) -> Overlap:
        """The counts of all thresholds, as arrays (2049,)."""
        return Overlap(self.both, self.marked, np.asarray(self.mask, np.int64), np.asarray(self.pixels, np.int64))

    def at(self, threshold: float) -> Overlap:
        """The counts at one threshold.

        Raises:
            ValueError: it is no multiple of 1/2048 in [0, 1].
        """
        step = threshold * STEPS
        if not (step == int(step) and 0 <= step <= STEPS):
            raise ValueError(f"Expected a multiple of 1/{STEPS} between 0 and 1, found {threshold}.")
        k = int(step)
        fixed = np.asarray(self.mask, np.int64), np.asarray(self.pixels, np.int64)
        return Overlap(self.both[k], self.marked[k], *fixed)


def threshold_curve(normalised: Map, mask: Mask) -> ThresholdCurve:
    """Count what a map marks at every threshold, against a mask.

    Args:
        normalised: float32 (h, w) in [0, 1] (see `localization.normalise`); NaN is never marked.
        mask: bool (h, w).

    Raises:
        ValueError: the shapes differ.
    """
    if normalised.shape != mask.shape or normalised.ndim != 2:
        raise ValueError(f"Expected a map and a mask of one shape (h, w), found {normalised.shape} and {mask.shape}.")
    marked = np.nan_to_num(normalised, nan=0)  # 0 is above no threshold
    return curve_from_values(marked, marked[mask], int(np.count_nonzero(mask)), mask.size)


def curve_from_values(normalised: Map, inside: Map, mask: int, pixels: int) -> ThresholdCurve:
    """Count as `threshold_curve` does where the map's values inside the mask, float32 (n,), have been gathered.

    Nothing may be NaN. `mask` and `pixels` count the whole mask and radiograph, of which the map may cover a part.
    """
    return ThresholdCurve(count_above(normalised), count_above(inside), mask, pixels)


def count_above(values: Map) -> NDArray[np.int64]:
    """How many of the values, float32 in [0, 1], lie above each threshold: int64 (2049,)."""
    counts = StepCounts()
    flat = values.reshape(1, -1)
    for start in range(0, flat.size, _AT_ONCE):
        counts.add(flat[:, start : start + _AT_ONCE])
    return counts.above()


class StepCounts:
    """Counts values by the thresholds they lie above, part by part.

    v > k/2048 exactly when ceil(2048 v) > k, and the product is exact because 2048 is a power of two.
    """

    def __init__(self) -> None:
        self._counts = np.zeros(STEPS + 1, np.int64)
        self._scaled = np.empty((0, 0), np.float32)

    def add(self, values: Map) -> None:
        """Count float32 (n, m) in [0, 1], not NaN; few enough to stay in the cache."""
        if self._scaled.shape != values.shape:
            self._scaled = np.empty(values.shape, np.float32)
        np.multiply(values, np.float32(STEPS), out=self._scaled)
        np.ceil(self._scaled, out=self._scaled)
        steps = self._scaled.astype(np.uint16)
        self._counts += cv2.calcHist([steps], [0], None, [STEPS + 1], [0, STEPS + 1]).ravel().astype(np.int64)

    def above(self) -> NDArray[np.int64]:
        """How many of the values lie above each threshold: int64 (2049,)."""
        return self._counts.sum() - np.cumsum(self._counts)
