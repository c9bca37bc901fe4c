"""How far two people's regions agree: pure functions on masks. What is undefined is NaN."""

from dataclasses import dataclass

import cv2
import numpy as np

from evaluation.localization import Mask, Overlap, dice, iou_all


@dataclass(frozen=True)
class Agreement:
    """Two masks compared.

    Attributes:
        iou, dice: as in `localization`; NaN where both masks are empty.
        hausdorff: see `hausdorff`.
    """

    iou: float
    dice: float
    hausdorff: float


def agreement(one: Mask, other: Mask) -> Agreement:
    """Compare two masks, bool (h, w).

    Raises:
        ValueError: their shapes differ.
    """
    overlap = Overlap.count(one, other)
    return Agreement(float(iou_all(overlap)), float(dice(overlap)), hausdorff(one, other))


def hausdorff(one: Mask, other: Mask) -> float:
    """The largest distance in pixels, centre to centre, from a pixel of either mask to the nearest of the other.

    Undefined (NaN) where either is empty; 0 for equal masks. Distances are Euclidean; a single stray pixel sets it.

    Raises:
        ValueError: the shapes differ.
    """
    if one.shape != other.shape:
        raise ValueError(f"Expected two masks of one shape, found {one.shape} and {other.shape}.")
    if not (one.any() and other.any()):
        return float("nan")
    rows, columns = (np.flatnonzero((one | other).any(axis=axis)) for axis in (1, 0))
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)  # nothing outside has a say
    return max(_farthest(one[window], other[window]), _farthest(other[window], one[window]))


def _farthest(points: Mask, target: Mask) -> float:
    distances = cv2.distanceTransform((~target).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return float(distances[points].max())
