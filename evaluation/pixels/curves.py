"""What a map marks at every threshold at once, from histograms of all pixels and of the mask's pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.localization import Integers, Map, Mask, Overlap

STEPS = 2048  # every threshold the halving search can ask for is a multiple of 1/2048
THRESHOLDS: NDArray[np.float64] = np.arange(STEPS + 1) / STEPS


@dataclass(frozen=True)
class ThresholdCurve:
    """Pixels marked at the thresholds 0, 1/2048 … 1 (strictly above, in float32, as the reference compares).

    Attributes:
        marked: int64 (2049,), pixels above each threshold.
        both: int64 (2049,), those of them that lie in the mask.
        mask: pixels of the mask, also where the map says nothing.
        pixels: of the radiograph.
    """

    marked: Integers
    both: Integers
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
    step = np.ceil(np.nan_to_num(normalised, nan=0) * np.float32(STEPS)).astype(np.int64)
    everywhere, inside = (np.bincount(found.ravel(), minlength=STEPS + 1) for found in (step, step[mask]))
    return curve_of_steps(everywhere, inside, int(np.count_nonzero(mask)), mask.size)


def curve_of_steps(everywhere: Integers, inside: Integers, mask: int, pixels: int) -> ThresholdCurve:
    """The curve of values counted by the step they are on, int64 (2049,), everywhere and in the mask.

    A value v is on step ⌈2048 v⌉, which is above k exactly when v > k/2048: the product is exact, because 2048 is a
    power of two. `mask` and `pixels` count the whole mask and radiograph, of which the map may cover a part.
    """
    marked, both = (counts.sum() - np.cumsum(counts) for counts in (everywhere, inside))
    return ThresholdCurve(marked, both, mask, pixels)
