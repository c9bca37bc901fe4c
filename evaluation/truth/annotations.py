"""How far two people's regions agree: pure functions on masks. What is undefined is NaN."""

from dataclasses import dataclass

from evaluation.localization import Mask, Overlap, dice, iou_all
from evaluation.pixels.surfaces import common_window, distances


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
    window = common_window(one, other)
    if window is None:
        return float("nan")
    a, b = one[window], other[window]
    return max(float(distances(a, b).max()), float(distances(b, a).max()))
