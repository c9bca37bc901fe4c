"""Boxes around the connected parts of what a map marks; those of a mask are `MaskRuns.boxes`.

Boxes are float64 (n, 4), x0, y0, x1, y1, edges in pixels of the radiograph. Parts that touch at a corner are one, and
so are two boxes that somebody drew over one another.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.localization import float32_below
from evaluation.pixels.kernels import box_parts, join_runs, runs_above
from evaluation.pixels.mask_runs import Region
from evaluation.pixels.overlay import Overlay
from evaluation.pixels.resizing import enlarge

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
    rows, first, stop, sums = runs_above(normalised, limit)
    numbers, count = join_runs(rows, first, stop)
    inside = np.asarray(np.bincount(numbers, sums, count), np.float64)
    order = np.argsort(-inside, kind="stable")[:MOST]
    edges = box_parts(rows, first, stop, numbers, count)[order]
    tall, wide = region.rows / normalised.shape[0], region.columns / normalised.shape[1]
    boxes = edges * np.array([wide, tall] * 2) + np.array([region.left, region.top] * 2)
    total = float(normalised.sum(dtype=np.float64))
    return Found(boxes, inside[order] / total if total > 0 else inside[order])
