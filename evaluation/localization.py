"""How well a map or a marked region agrees with a radiologist's mask: pure functions on arrays.

Arrays are indexed [row, column] at the size of the original radiograph. A map may hold NaN where it says nothing
(outside the crop the model saw): such a pixel is never marked and never the largest, but counts as missed where the
mask covers it. What is undefined is NaN, never 0 and never a silent hit; whoever averages counts it.

Sources: Saporta et al., "Benchmarking saliency methods for chest X-ray interpretation", Nature Machine Intelligence
2022 (IoU, hit rate); Zhang et al., "Top-down neural attention by excitation backprop", IJCV 2018 (pointing game with
tolerance); Wang et al., "Score-CAM", CVPR workshops 2020 (energy inside).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Map = NDArray[np.float32]
Values = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Overlap:
    """Pixels of a marked region against a mask; each an int64 scalar, or an array with one entry a threshold.

    Attributes:
        both: marked and in the mask (true positives).
        marked: marked at all.
        mask: in the mask at all.
        pixels: of the radiograph.
    """

    both: NDArray[np.int64]
    marked: NDArray[np.int64]
    mask: NDArray[np.int64]
    pixels: NDArray[np.int64]

    @classmethod
    def count(cls, marked: Mask, mask: Mask) -> "Overlap":
        """Count two bool (h, w) arrays.

        Raises:
            ValueError: their shapes differ.
        """
        if marked.shape != mask.shape or marked.ndim != 2:
            raise ValueError(
                f"Expected a marked region and a mask of one shape (h, w), found {marked.shape} and {mask.shape}."
            )
        counts = (np.count_nonzero(marked & mask), np.count_nonzero(marked), np.count_nonzero(mask), mask.size)
        return cls(*(np.asarray(count, np.int64) for count in counts))


def iou_all(overlap: Overlap) -> Values:
    """Intersection over union, TP / (TP + FP + FN), over all images on which anything is marked or drawn.

    An empty mask with something marked, or a mask with nothing marked, scores 0; both empty is undefined (NaN).
    """
    union = overlap.marked + overlap.mask - overlap.both
    return _ratio(overlap.both, union)


def iou_true_positive(overlap: Overlap) -> Values:
    """Intersection over union where something is marked and something is drawn, else undefined (NaN).

    A map that marks nothing is left out rather than counted as 0, which flatters it: read the count beside the mean.
    """
    defined = (overlap.marked > 0) & (overlap.mask > 0)
    return np.where(defined, iou_all(overlap), np.nan)


def precision(overlap: Overlap) -> Values:
    """TP / (TP + FP); undefined (NaN) where nothing is marked, 0 where the mask is empty."""
    return _ratio(overlap.both, overlap.marked)


def recall(overlap: Overlap) -> Values:
    """TP / (TP + FN), also called sensitivity; undefined (NaN) for an empty mask, 0 where nothing is marked."""
    return _ratio(overlap.both, overlap.mask)


def specificity(overlap: Overlap) -> Values:
    """TN / (TN + FP); undefined (NaN) where the mask covers the whole image."""
    outside = overlap.pixels - overlap.mask
    return _ratio(outside - (overlap.marked - overlap.both), outside)


def dice(overlap: Overlap) -> Values:
    """2 TP / (2 TP + FP + FN); undefined (NaN) where nothing is marked and nothing is drawn."""
    return _ratio(2 * overlap.both, overlap.marked + overlap.mask)


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, np.divide(part, whole), np.nan)


def normalise(values: Map) -> Map:
    """Scale a map to [0, 1] by its minimum and maximum, in float32 and in the reference code's order of operations.

    A constant map has no scale and becomes NaN everywhere, so that no threshold marks anything; so does a map of NaN.
    NaN stays NaN. The largest value becomes exactly 1 and the smallest exactly 0.
    """
    raised = values - _extreme(np.fmin, values)
    highest = _extreme(np.fmax, raised)
    if not highest > 0:
        return np.full(values.shape, np.nan, np.float32)
    return raised / highest


def mark(normalised: Map, threshold: float) -> Mask:
    """Mark the pixels above a threshold: strictly, so a pixel on it stays out and NaN is never marked."""
    return normalised > float32_below(threshold)


def float32_below(threshold: float) -> np.float32:
    """The largest float32 that is not above a threshold: a float32 is above the one exactly when above the other."""
    nearest = np.float32(threshold)
    return nearest if float(nearest) <= threshold else np.nextafter(nearest, np.float32(-np.inf))


def peak(values: Map) -> tuple[int, int] | None:
    """(row, column) of the largest value; among equals the first in row order; None for a map of nothing but NaN."""
    if np.isnan(values).all():
        return None
    row, column = np.unravel_index(int(np.nanargmax(values)), values.shape)
    return int(row), int(column)


def hit(values: Map, mask: Mask) -> float:
    """1 when the mask covers the largest value of the map, else 0.

    Undefined (NaN) for an empty mask and for a map of nothing but NaN. Among equal largest values the first in row
    order decides, as in the reference; a constant map therefore points at the upper left corner.
    """
    return pointing_hit(values, mask, 0)


def pointing_hit(values: Map, mask: Mask, tolerance: float) -> float:
    """1 when the mask comes within `tolerance` pixels (Euclidean, centre to centre) of the map's largest value, else 0.

    Ties, constant maps and what is undefined are as in `hit`.

    Raises:
        ValueError: the shapes differ or the tolerance is negative.
    """
    if values.shape != mask.shape or tolerance < 0:
        raise ValueError(
            f"Expected a map and a mask of one shape and a tolerance of 0 or more, found {values.shape}, "
            f"{mask.shape} and {tolerance}."
        )
    point = peak(values)
    if point is None or not mask.any():
        return float("nan")
    return float(mask_is_near(mask, point, tolerance))


def mask_is_near(mask: Mask, point: tuple[int, int], tolerance: float) -> bool:
    """Whether a mask, bool (h, w), has a pixel within `tolerance` pixels of (row, column)."""
    row, column = point
    reach = int(tolerance)
    top, left = max(row - reach, 0), max(column - reach, 0)
    window = mask[top : row + reach + 1, left : column + reach + 1]
    rows, columns = np.nonzero(window)
    distance = (rows + (top - row)) ** 2 + (columns + (left - column)) ** 2
    return bool((distance <= tolerance**2).any())


def energy_inside(values: Map, mask: Mask) -> float:
    """Share of the map's energy that lies inside the mask, in [0, 1]; the energy is the map above its own minimum.

    Undefined (NaN) for an empty mask and for a map that is constant or nothing but NaN. Departure from the source,
    which takes maps that are not negative: signed maps are measured from their minimum, as thresholds are.

    Raises:
        ValueError: the shapes differ.
    """
    if values.shape != mask.shape:
        raise ValueError(f"Expected a map and a mask of one shape, found {values.shape} and {mask.shape}.")
    raised = values.astype(np.float64) - _extreme(np.fmin, values)
    total = float(np.nansum(raised))
    if not mask.any() or not total > 0:
        return float("nan")
    return float(np.nansum(raised[mask])) / total


def _extreme(which: np.ufunc, values: Map) -> np.float32:
    """Smallest or largest value, NaN aside; NaN for an array of nothing else."""
    return np.float32(which.reduce(values, axis=None))
