"""What the CheXlocalize and MedicalPatchNet scripts compute, plainly: one map and one threshold at a time.

Written from a description of the algorithm, with the libraries the scripts use (torch, OpenCV, Pillow, pycocotools),
and as slow as they are: every threshold enlarges, scales and compares the whole map again. The tests compare against
it, and `make bench` runs it beside the program.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from PIL import Image, ImageDraw
from pycocotools import mask as coco

Encoded = dict[str, object]


@dataclass(frozen=True, eq=False)
class Item:
    """One map with the mask it is compared with: map (m, n) float32, size (height, width), mask None where unknown."""

    values: np.ndarray
    size: tuple[int, int]
    mask: Encoded | None


def enlarged(item: Item) -> torch.Tensor:
    """The map at the radiograph's size, (1, 1, h, w)."""
    values = torch.from_numpy(np.array(item.values))[None, None]
    return torch.nn.functional.interpolate(values, size=item.size, mode="bilinear", align_corners=False)


def segmentation(item: Item, threshold: float | None) -> np.ndarray:
    """The marked region, int (h, w); None: Otsu with filled outlines."""
    scaled = enlarged(item)[0, 0]
    scaled = scaled - scaled.min()
    values = (scaled / scaled.max()).numpy()
    if threshold is not None:
        return np.array(values > threshold, dtype=int)
    with np.errstate(invalid="ignore"):
        grey = np.uint8(255 * values)
    marked = cv2.threshold(grey, 0, int(grey.max()), cv2.THRESH_OTSU)[1]
    outlines = cv2.findContours(marked, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)[0]
    picture = Image.new("1", (grey.shape[1], grey.shape[0]))
    for outline in outlines:
        if len(outline) > 1:
            points = [(int(x), int(y)) for x, y in outline[:, 0]]
            ImageDraw.Draw(picture).polygon(points, outline=1, fill=1)
    return np.array(picture, dtype=int)


def encoded(region: np.ndarray) -> Encoded:
    """COCO's encoding of a region."""
    return coco.encode(np.asfortranarray(region.astype(np.uint8)))


def decoded(mask: Encoded) -> np.ndarray:
    """The region behind COCO's encoding, uint8 (h, w)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pycocotools and NumPy 2's copy keyword
        return coco.decode(mask)


def iou(marked: np.ndarray, mask: np.ndarray, true_positives_only: bool) -> float:
    """Intersection over union; NaN where it is undefined."""
    union = np.logical_or(marked, mask).sum()
    empty = (marked.sum() == 0 or mask.sum() == 0) if true_positives_only else union == 0
    return float("nan") if empty else float(np.logical_and(marked, mask).sum() / union)


def hit(item: Item) -> float:
    """Whether the mask holds the largest value; NaN for an empty mask."""
    mask = decoded(item.mask)
    values = enlarged(item)[0, 0].numpy()
    place = np.unravel_index(values.argmax(), values.shape)
    return float("nan") if mask.sum() == 0 else float(mask[place])


def mean_iou(items: Sequence[Item], threshold: float | None, true_positives_only: bool) -> float:
    """Mean over the items that are defined; items without a mask entry are not."""
    found = [
        iou(segmentation(item, threshold), decoded(item.mask), true_positives_only)
        if item.mask is not None
        else float("nan")
        for item in items
    ]
    return float(np.nanmean(found)) if not np.isnan(found).all() else float("nan")


def grid_threshold(items: Sequence[Item]) -> float:
    """CheXlocalize's tuning: the first best of a grid."""
    grid = np.arange(0.2, 0.8, 0.1)
    means = [mean_iou(items, threshold, true_positives_only=True) for threshold in grid]
    return round(float(grid[means.index(max(means))]), 1)


def halving_threshold(items: Sequence[Item], true_positives_only: bool) -> float:
    """MedicalPatchNet's tuning: ten rounds around the best so far with a halving step."""
    best, step, known = 0.5, 0.25, {}
    for _ in range(10):
        for threshold in (best - step, best, best + step):
            if threshold not in known:
                known[threshold] = mean_iou(items, threshold, true_positives_only)
        tried = [(known[best + k * step], best + k * step) for k in (-1, 0, 1)]
        tried = [pair for pair in tried if not np.isnan(pair[0])]
        if not tried:
            break
        best = sorted(tried, key=lambda pair: pair[0])[-1][1]
        step /= 2
    return best


def otsu_iou(item: Item) -> tuple[float, float]:
    """IoU of Otsu's region, TP-only and all, through the encoding in which the scripts store regions."""
    marked = decoded(encoded(segmentation(item, None)))
    mask = decoded(item.mask)
    return iou(marked, mask, True), iou(marked, mask, False)
