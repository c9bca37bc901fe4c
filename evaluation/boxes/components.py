"""Boxes around the connected parts of what a map marks, and of a mask.

Boxes are float64 (n, 4), x0, y0, x1, y1, edges in pixels of the radiograph. Parts that touch at a corner are one.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluation.kernels import measure_parts
from evaluation.localization import Mask, float32_below
from evaluation.mask_runs import MaskRuns, Region
from evaluation.overlay import Overlay
from evaluation.resizing import enlarge

Boxes = NDArray[np.float64]
THRESHOLDS = (0.25, 0.5, 0.75)  # of the normalised map
MOST = 100  # boxes a map may give at one threshold, the first in rank; COCO's limit
_SIDE = 256  # values along the longer side of the grid on which parts are looked for


@dataclass(frozen=True, eq=False)
class Found:
    """What a map finds at one threshold, first in rank first.

    Attributes:
        boxes: float64 (n, 4).
        ranks: float64 (n,), descending: the share of the normalised map's sum that lies in the part.
    """

    boxes: Boxes
    ranks: NDArray[np.float64]


def find_boxes(overlay: Overlay) -> tuple[Found, ...]:
    """Boxes around the parts above each of THRESHOLDS (strictly, as everywhere).

    The map is laid over a grid of at most 256 values along the radiograph's longer side rather than over every pixel,
    so that an edge is off by up to one cell of it, 1/256 of that side.
    """
    region = overlay.region
    scale = min(1.0, _SIDE / max(region.shape))
    shape = max(round(region.rows * scale), 1), max(round(region.columns * scale), 1)
    values = enlarge(overlay.source, shape).values()
    normalised = np.clip((values - overlay.lowest) / (overlay.highest - overlay.lowest), 0, 1)
    return tuple(_above(normalised, float32_below(threshold), region) for threshold in THRESHOLDS)


def _above(normalised: NDArray[np.float32], limit: np.float32, region: Region) -> Found:
    count, labels = cv2.connectedComponents((normalised > limit).astype(np.uint8), connectivity=8)
    edges, sums = measure_parts(np.asarray(labels, np.int32), normalised, count)
    total = float(normalised.sum(dtype=np.float64))
    order = np.argsort(-sums[1:], kind="stable")[:MOST]
    tall, wide = region.rows / normalised.shape[0], region.columns / normalised.shape[1]
    boxes = edges[1:][order] * np.array([wide, tall] * 2) + np.array([region.left, region.top] * 2)
    return Found(boxes, sums[1:][order] / total if total > 0 else sums[1:][order])


def boxes_of_mask(mask: MaskRuns) -> Boxes:
    """Boxes around the connected parts of a mask that is not empty, from the top down; exact.

    Two boxes that somebody drew over one another are one part here.
    """
    bounds = mask.bounds()
    return boxes_of_parts(mask.cut_out(bounds)) + np.array([bounds.left, bounds.top] * 2)


def boxes_of_parts(mask: Mask) -> Boxes:
    """Boxes around the connected parts of a mask, bool (h, w)."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    left, top, width, height = stats[1:, :4].astype(np.float64).T
    return np.stack([left, top, left + width, top + height], axis=1)
