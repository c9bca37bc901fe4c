"""A map against a gaze map: pure functions on arrays of one shape.

Definitions after Bylinskii et al., "What do different evaluation metrics tell us about saliency models?", IEEE TPAMI
2019, and Bigolin Lanfredi et al., "REFLACX", Scientific Data 2022 (correlation). Where one of them asks for a density,
a method's map, which may be signed, is measured from its own minimum and divided by its sum. A constant map says
nothing about any place: everything is NaN.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from evaluation.localization import Map, Mask

Density = NDArray[np.float64]
SCORES = ("ncc", "kl", "auc_judd", "auc_region", "iou_top")
BLANK = "blank map"
NO_POINTS = "no fixations"
EVERYWHERE = "looked at everywhere alike"
_TINY = float(np.finfo(np.float64).eps)


def ncc(values: Map, gaze: Map) -> float:
    """Normalised cross-correlation: Pearson's correlation over all pixels, from −1 to 1; NaN where either is constant.

    Raises:
        ValueError: the shapes differ.
    """
    _check(values, gaze)
    one, other = (array.astype(np.float64) - array.mean(dtype=np.float64) for array in (values, gaze))
    if is_constant(values) or is_constant(gaze):
        return float("nan")
    return float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()))


def density(values: Map) -> Density:
    """A map as a density: measured from its minimum, sum 1; NaN everywhere where it is constant."""
    raised = values.astype(np.float64) - float(values.min())
    total = raised.sum()
    return raised / total if total > 0 else np.full(values.shape, np.nan)


def kl_divergence(values: Map, gaze: Map) -> float:
    """Kullback–Leibler divergence of the map from the gaze, Σ g ln(ε + g / (ε + m)), ε = 2.2e-16; 0 is best.

    g is the gaze map divided by its sum, m the map's density. What is looked at and has no mass costs much. NaN for a
    constant map.

    Raises:
        ValueError: the shapes differ.
    """
    _check(values, gaze)
    looked, mapped = gaze.astype(np.float64) / gaze.sum(dtype=np.float64), density(values)
    return float((looked * np.log(_TINY + looked / (_TINY + mapped))).sum())


def auc(values: Map, positive: Mask) -> float:
    """Area under the ROC curve of pixels in a region against all others; equal values count half.

    NaN for a constant map, and where the region is empty or everything.

    Raises:
        ValueError: the shapes differ.
    """
    _check(values, positive)
    inside = int(np.count_nonzero(positive))
    outside = positive.size - inside
    if not inside or not outside or is_constant(values):
        return float("nan")
    ranks = rankdata(values.ravel()).reshape(values.shape)[positive].sum()
    return float((ranks - inside * (inside + 1) / 2) / (inside * outside))


def fixated(points: NDArray[np.float64], size: tuple[int, int], grid: tuple[int, int]) -> Mask:
    """Pixels of a grid over a radiograph of (height, width) `size` that hold a fixation: bool (rows, columns).

    Args:
        points: (n, 2), (x, y) in pixels of the radiograph, inside it.
        size: of the radiograph.
        grid: (rows, columns).
    """
    mask = np.zeros(grid, bool)
    columns, rows = (points * (grid[1] / size[1], grid[0] / size[0])).astype(np.int64).T
    mask[np.minimum(rows, grid[0] - 1), np.minimum(columns, grid[1] - 1)] = True
    return mask


def auc_judd(values: Map, points: NDArray[np.float64], size: tuple[int, int]) -> float:
    """Area under the ROC curve of fixated pixels against all others (Judd et al., "Learning to predict where humans
    look", ICCV 2009); NaN without fixations.

    Departure from the source's code, which draws straight lines between the thresholds at fixated pixels and so adds
    up to 1 / (2 · fixated pixels): the curve is exact here, and nothing is jittered.

    Args:
        values: the map, float32 (rows, columns), over the whole radiograph.
        points: (n, 2), (x, y) in pixels of the radiograph, inside it.
        size: (height, width) of the radiograph.
    """
    return auc(values, fixated(points, size, (values.shape[0], values.shape[1])))


def top_mass(values: Map, share: float) -> Mask:
    """The smallest region above one threshold that holds at least a share of a map's mass, as a density.

    Pixels of equal value belong to it together. Nothing where the map is constant.

    Raises:
        ValueError: the share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"Expected a share of the mass between 0 and 1, found {share}.")
    mass = density(values)
    if np.isnan(mass).any():
        return np.zeros(values.shape, bool)
    ordered = np.sort(mass, axis=None)[::-1]
    last = int(np.searchsorted(np.cumsum(ordered), share * (1 - 1e-12)))  # a sum that rounding keeps below the share
    return mass >= ordered[min(last, len(ordered) - 1)]


def iou_top(values: Map, gaze: Map, share: float) -> float:
    """Intersection over union of the regions that hold a share of the map's and of the gaze's mass; see `top_mass`.

    NaN where either is constant.

    Raises:
        ValueError: the shapes differ, or the share is not between 0 and 1.
    """
    _check(values, gaze)
    one, other = top_mass(values, share), top_mass(gaze, share)
    if not one.any() or not other.any():
        return float("nan")
    return float(np.count_nonzero(one & other) / np.count_nonzero(one | other))


def is_constant(values: Map) -> bool:
    """Whether a map has the same value everywhere."""
    return not float(values.max()) > float(values.min())


def scores(
    values: Map, gaze: Map, points: NDArray[np.float64], size: tuple[int, int], share: float
) -> tuple[dict[str, float], dict[str, str]]:
    """All scores by name, NaN where undefined, and why those are.

    `auc_region` takes the region that holds the share of the gaze's mass as looked at; it needs no fixations.

    Args:
        values: the method's map, float32 (rows, columns), over the whole radiograph.
        gaze: the gaze map, of the same shape.
        points: (n, 2), (x, y) of the fixations inside the radiograph; none where the dataset has none.
        size: (height, width) of the radiograph.
        share: of `top_mass`.
    """
    found = dict.fromkeys(SCORES, float("nan"))
    if is_constant(values):
        return found, dict.fromkeys(SCORES, BLANK)
    if is_constant(gaze):
        return found, dict.fromkeys(SCORES, EVERYWHERE)
    found["ncc"] = ncc(values, gaze)
    found["kl"] = kl_divergence(values, gaze)
    found["auc_region"] = auc(values, top_mass(gaze, share))
    found["iou_top"] = iou_top(values, gaze, share)
    if not len(points):
        return found, {"auc_judd": NO_POINTS}
    found["auc_judd"] = auc_judd(values, points, size)
    return found, {}


def why(reasons: Mapping[str, str]) -> str:
    """Reasons in a cell of a table, each once."""
    return "; ".join(dict.fromkeys(reasons.values()))


def _check(values: NDArray, other: NDArray) -> None:
    if values.shape != other.shape or values.ndim != 2:
        raise ValueError(f"Expected two arrays of one shape (h, w), found {values.shape} and {other.shape}.")
