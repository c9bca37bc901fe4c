"""How well a map's values tell the mask's pixels from the others, without a threshold: pure functions on counts.

Every pixel of the radiograph counts. Where the map says nothing (outside the crop that the model saw) it counts with
the smallest value, as it does for thresholds: nothing there is ever marked.

Both areas are worked out from the counts on 2,048 steps of the normalised map, which the thresholds need anyway: pixels
on one step count as equal. `roc_auc_error` says how far that can be off; on maps of at most 2,048 values it is 0.

Sources: Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 2006 (area, ties as trapezoids);
Arras et al., "CLEVR-XAI", Information Fusion 2022, and REFLACX's authors (Bigolin Lanfredi et al., Scientific Data
2022), who compare maps with ellipses by normalised cross-correlation.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.localization import Values
from evaluation.pixels.curves import ThresholdCurve


@dataclass(frozen=True)
class Moments:
    """Sums over all pixels of a radiograph.

    Attributes:
        pixels: of the radiograph.
        mask: of them in the mask.
        total, squares: of the normalised map and of its squares; 0 is added where the map says nothing.
        inside: of the map in the mask.
    """

    pixels: int
    mask: int
    total: float
    squares: float
    inside: float


def roc_auc(curve: ThresholdCurve) -> float:
    """Area under the ROC curve of the pixels: the chance that a pixel of the mask has a larger value than another.

    Equal values count half. Undefined (NaN) where the mask is empty or covers the whole image; 0.5 for a constant map.
    """
    both, others = _pixels_from_above(curve)
    if not (both[-1] and others[-1]):
        return float("nan")
    return float(np.trapezoid(both / both[-1], others / others[-1]))


def roc_auc_error(curve: ThresholdCurve) -> float:
    """How far `roc_auc` can be from the area of the exact values: half the pairs that share a step; NaN as there."""
    both, others = _pixels_from_above(curve)
    if not (both[-1] and others[-1]):
        return float("nan")
    shared = (np.diff(both, prepend=0.0) * np.diff(others, prepend=0.0)).sum()
    return float(shared / (2 * both[-1] * others[-1]))


def average_precision(curve: ThresholdCurve) -> float:
    """Average precision of the pixels: the sum of (recall gained) · precision, from the largest value down.

    Not interpolated, as in scikit-learn. Undefined (NaN) for an empty mask. A map that says nothing reaches the share
    of the image that the mask covers.
    """
    both, others = _pixels_from_above(curve)
    if not both[-1]:
        return float("nan")
    gained = np.diff(both, prepend=0.0)
    some = gained > 0
    return float((gained[some] * both[some] / (both + others)[some]).sum() / both[-1])


def correlation(moments: Moments) -> float:
    """Normalised cross-correlation (NCC) of map and mask: Pearson's correlation over all pixels, in [−1, 1].

    Undefined (NaN) for an empty mask, one that covers the whole image, and a constant map.
    """
    n, inside = moments.pixels, moments.mask
    spread = (n * moments.squares - moments.total**2) * float(inside * (n - inside))
    if not spread > 0:
        return float("nan")
    return float((n * moments.inside - moments.total * inside) / np.sqrt(spread))


def _pixels_from_above(curve: ThresholdCurve) -> tuple[Values, Values]:
    """Pixels of the mask and others on the steps from the highest down, added up: float64 (2050,), the last all."""
    both = np.append(curve.both[::-1], curve.mask).astype(np.float64)
    marked = np.append(curve.marked[::-1], curve.pixels)
    return both, marked - both
