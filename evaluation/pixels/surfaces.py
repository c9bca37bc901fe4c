"""How far the outline of a marked region lies from that of a mask, in pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluation.localization import Mask

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def hd95(one: Mask, other: Mask) -> float:
    """The 95 % Hausdorff distance: of the distances from each outline to the other the larger 95th percentile.

    An outline are the pixels with one of their four neighbours outside, or at the border of the array; distances are
    Euclidean, centre to centre, in pixels; percentiles are interpolated linearly. Taha and Hanbury, BMC Medical Imaging
    2015, in each direction by itself, as MONAI has it; the largest distance instead would be set by one stray pixel.

    Args:
        one, other: bool (h, w).

    Returns:
        0 for equal masks; NaN where either is empty.

    Raises:
        ValueError: the shapes differ.
    """
    window = common_window(one, other)
    if window is None:
        return float("nan")
    a, b = _outline(one[window]), _outline(other[window])
    return max(float(np.percentile(distances(a, b), 95)), float(np.percentile(distances(b, a), 95)))


def common_window(one: Mask, other: Mask) -> tuple[slice, slice] | None:
    """Rows and columns outside of which both masks, bool (h, w), are empty; None where either is empty everywhere.

    Raises:
        ValueError: the shapes differ.
    """
    if one.shape != other.shape:
        raise ValueError(f"Expected two masks of one shape, found {one.shape} and {other.shape}.")
    if not (one.any() and other.any()):
        return None
    rows, columns = (np.flatnonzero((one | other).any(axis=axis)) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def distances(points: Mask, target: Mask) -> NDArray[np.float32]:
    """Euclidean distances in pixels, centre to centre, from each of the points to the nearest pixel of the target."""
    away = cv2.distanceTransform((~target).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away[points], np.float32)


def _outline(mask: Mask) -> Mask:
    inner = cv2.erode(mask.astype(np.uint8), _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return mask & (inner == 0)
