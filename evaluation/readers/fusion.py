"""Weighted boxes fusion: boxes of several readers that overlap become one, their mean.

Solovyev, Wang and Gabruseva, "Weighted boxes fusion: ensembling boxes from different object detection models", Image
and Vision Computing 2021. Boxes are taken by falling weight; each joins the fused box that it overlaps most, if by more
than a threshold, and moves it to the weighted mean of its members, else begins a new one. Departures: boxes of equal
weight are taken in the order given (the reference implementation leaves that open), and what fused boxes are worth is
not asked, for every reader's word counts.
"""

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
IOU = 0.1  # as RadVLM fuses VinDr-CXR's readers (Deperrois et al., 2025): they seldom mark one thing twice


def fuse(boxes: Boxes, weights: NDArray[np.float64], iou: float = IOU) -> tuple[Boxes, NDArray[np.int64]]:
    """Fuse boxes of one finding.

    Args:
        boxes: (n, 4), x0, y0, x1, y1 with x0 < x1 and y0 < y1.
        weights: (n,) positive; the same for all where readers are equals.
        iou: what the overlap of a box with a fused one must exceed.

    Returns:
        The fused boxes (m, 4), and how many each was made of (m,), in the order in which they were begun.
    """
    members: list[list[int]] = []
    fused: list[Boxes] = []
    for place in np.argsort(-weights, kind="stable"):
        overlaps = _overlaps(np.array(fused), boxes[place]) if fused else np.zeros(0)
        best = int(overlaps.argmax()) if len(overlaps) else -1
        if best < 0 or not overlaps[best] > iou:
            members.append([int(place)])
            fused.append(boxes[place])
        else:
            members[best].append(int(place))
            fused[best] = np.average(boxes[members[best]], axis=0, weights=weights[members[best]])
    return np.array(fused).reshape(-1, 4), np.array([len(one) for one in members], np.int64)


def _overlaps(boxes: Boxes, box: Boxes) -> NDArray[np.float64]:
    """Intersection over union of boxes (n, 4) with one (4,)."""
    sides = np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2])
    inside = np.maximum(sides, 0).prod(axis=1)
    return inside / ((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod() - inside)
