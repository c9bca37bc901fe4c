"""Boxes against boxes: overlap, and which of the found ones count as correct. Pure functions; boxes as in `components`.

Sources: Lin et al., "Microsoft COCO", ECCV 2014 (matching, as in pycocotools); Wang et al., "ChestX-ray8", CVPR 2017
(intersection over the found region, there called IoBB, here IoR).
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.boxes.components import Boxes

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


def correct(overlap: NDArray[np.float64], level: float) -> NDArray[np.bool_]:
    """Which found boxes are correct: bool (n,).

    In the order of their rank, each takes, of the true boxes not yet taken, the one it overlaps most, if by the level
    or more; among equals the last, as in pycocotools. A second box on the same true one is wrong.

    Args:
        overlap: float64 (n, m), found boxes in the order of their rank.
        level: the least overlap.
    """
    free = np.ones(overlap.shape[1], bool)
    hits = np.zeros(len(overlap), bool)
    for place in np.flatnonzero((overlap >= min(level, _ALMOST)).any(axis=1)):
        row = np.where(free, overlap[place], -1)
        best = len(row) - 1 - int(np.argmax(row[::-1]))
        hits[place] = row[best] >= min(level, _ALMOST)
        free[best] &= not hits[place]
    return hits


def _areas(boxes: Boxes) -> NDArray[np.float64]:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
