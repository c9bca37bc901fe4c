"""Otsu's threshold with filled holes, as the CheXlocalize reference segments maps without a tuned threshold."""

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluation.localization import Map, Mask

GREY_LEVELS = 255
_ROWS = 64


def otsu(normalised: Map) -> tuple[Mask, float]:
    """Mark a map above Otsu's threshold (IEEE Transactions on Systems, Man and Cybernetics 1979), holes filled.

    The map is cut down to 256 grey levels; of what lies above the threshold, every connected region of more than one
    pixel is marked with everything it encloses.

    Args:
        normalised: float32 (h, w) in [0, 1] (see `localization.normalise`), or NaN everywhere for a constant map.

    Returns:
        The marked pixels, bool (h, w), and the threshold as a share of 255. A constant map marks nothing at NaN.
    """
    if np.isnan(normalised[0, 0]):
        return np.zeros(normalised.shape, bool), float("nan")
    level, above = cv2.threshold(grey_levels(normalised), 0, 1, cv2.THRESH_OTSU)
    return fill_regions(np.asarray(above, np.uint8)), level / GREY_LEVELS


def grey_levels(normalised: Map) -> NDArray[np.uint8]:
    """Cut a map in [0, 1] down to 0 … 255 by truncation."""
    grey = np.empty(normalised.shape, np.uint8)
    for start in range(0, len(grey), _ROWS):  # in the cache
        part = slice(start, start + _ROWS)
        np.multiply(normalised[part], np.float32(GREY_LEVELS), out=grey[part], casting="unsafe")
    return grey


def fill_regions(marked: NDArray[np.uint8]) -> Mask:
    """Fill the holes of every 8-connected region and drop regions of a single pixel.

    Equals the reference, which draws the polygon of every contour of more than one point.

    Args:
        marked: uint8 (h, w), 0 outside and 1 inside.
    """
    outlines, hierarchy = cv2.findContours(marked, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    inside_of = _links(None if hierarchy is None else np.asarray(hierarchy, np.int32))[:, 3]
    kept = [outline for outline, other in zip(outlines, inside_of, strict=True) if other < 0 and len(outline) > 1]
    if len(kept) == len(outlines):  # neither a hole nor a lone pixel
        return marked.view(bool)
    filled = np.zeros(marked.shape, np.uint8)
    cv2.drawContours(filled, kept, -1, 1, cv2.FILLED)
    return filled.view(bool)


def _links(hierarchy: NDArray[np.int32] | None) -> NDArray[np.int32]:
    """For each outline, OpenCV's next, previous, first child and parent."""
    return np.zeros((0, 4), np.int32) if hierarchy is None else hierarchy[0]
