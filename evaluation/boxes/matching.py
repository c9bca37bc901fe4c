"""Boxes against boxes: overlap, and which of the found ones count as correct. Pure functions; boxes as in `components`.

Sources: Lin et al., "Microsoft COCO", ECCV 2014 (matching, as in pycocotools); Wang et al., "ChestX-ray8", CVPR 2017
(intersection over the found region, there called IoBB, here IoR).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.boxes.components import Boxes
from evaluation.pixels.kernels import match

Measure = Literal["iou", "ior"]
MEASURES: tuple[Measure, ...] = ("iou", "ior")
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
_ALMOST = 1 - 1e-10  # as in pycocotools: a level of 1 could otherwise be missed by rounding


def overlaps(found: Boxes, truth: Boxes, measure: Measure) -> NDArray[np.float64]:
    """Intersection over union, or over the found box, of every pair: float64 (n, m); 0 for boxes without an area."""
    low, high = np.maximum(found[:, None, :2], truth[None, :, :2]), np.minimum(found[:, None, 2:], truth[None, :, 2:])
    both = np.prod(np.maximum(high - low, 0), axis=-1)
    areas, others = _areas(found)[:, None], _areas(truth)[None]
    whole = areas + others - both if measure == "iou" else np.broadcast_to(areas, both.shape)
    return np.divide(both, whole, out=np.zeros_like(both), where=whole > 0)


def correct(overlap: NDArray[np.float64], levels: Sequence[float] = LEVELS) -> NDArray[np.bool_]:
    """Which found boxes are correct at each level: bool (levels, n).

    In the order of their rank, each takes, of the true boxes not yet taken, the one it overlaps most, if by the level
    or more; among equals the last, as in pycocotools. A second box on the same true one is wrong.

    Args:
        overlap: float64 (n, m), found boxes in the order of their rank.
        levels: the least overlaps.
    """
    return match(overlap, np.minimum(np.array(levels, np.float64), _ALMOST))


def _areas(boxes: Boxes) -> NDArray[np.float64]:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
