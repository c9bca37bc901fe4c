"""Two readers' regions of one finding on one radiograph: pure functions on masks. What is undefined is NaN.

Counted on the run lengths; nothing of the radiograph's size is decoded.
"""

from dataclasses import dataclass

import numpy as np
from pycocotools import mask as coco

from data_cache.masks import Rle
from evaluation.localization import Overlap, iou_all
from evaluation.pixels.mask_runs import MaskRuns

Point = tuple[float, float]
NAN = float("nan")


@dataclass(frozen=True)
class PairAgreement:
    """Two regions compared.

    Attributes:
        iou: intersection over union; 0 where one reader marked nothing, NaN where neither marked anything.
        kappa: see `pixel_kappa`.
        hit: whether the first reader's point lies in the second's region; NaN where either marked nothing.
        both: whether both marked something.
    """

    iou: float
    kappa: float
    hit: float
    both: bool


def overlap_of(one: Rle, other: Rle) -> Overlap:
    """Count two masks of one size.

    Raises:
        ValueError: their sizes differ.
    """
    if one.size != other.size:
        raise ValueError(f"Expected two masks of one (height, width), found {one.size} and {other.size}.")
    encoded = [{"size": list(mask.size), "counts": mask.counts.encode("ascii")} for mask in (one, other)]
    both = int(coco.area(coco.merge(encoded, intersect=True)))
    counts = both, one.area, other.area, one.size[0] * one.size[1]
    return Overlap(*(np.asarray(count, np.int64) for count in counts))


def pixel_kappa(overlap: Overlap) -> float:
    """Cohen's kappa of two readers over all pixels: (p_o − p_e) / (1 − p_e).

    Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 1960. p_o is the
    share of pixels on which they agree, p_e the share on which they would by chance. 0 where one marked nothing or
    everything; NaN where both marked nothing, or both everything. It depends on how much of the radiograph is black.
    """
    both, one, other, pixels = (int(count) for count in (overlap.both, overlap.marked, overlap.mask, overlap.pixels))
    agreed = pixels * (pixels - one - other + 2 * both)
    chance = one * other + (pixels - one) * (pixels - other)
    return (agreed - chance) / (pixels**2 - chance) if pixels**2 > chance else NAN


def compare(one: Rle, other: Rle, point: Point | None) -> PairAgreement:
    """Compare two readers' regions.

    Args:
        one, other: of one size.
        point: (x, y) where the first reader points; None where nothing is marked.

    Raises:
        ValueError: the sizes differ.
    """
    overlap = overlap_of(one, other)
    both = bool(overlap.marked and overlap.mask)
    hit = float(holds(other, point)) if both and point is not None else NAN
    return PairAgreement(float(iou_all(overlap)), pixel_kappa(overlap), hit, both)


def centroid(mask: Rle) -> Point | None:
    """The mean place (x, y) of a mask's pixels, whose centres lie at +0.5; None for an empty one.

    That of a bent region may lie beside it.
    """
    runs = MaskRuns.of(mask)
    if not runs.area:
        return None
    lengths = runs.stop - runs.first
    x = float(((runs.columns + 0.5) * lengths).sum() / runs.area)
    y = float(((runs.first + runs.stop) * lengths).sum() / (2 * runs.area))
    return x, y


def holds(mask: Rle, point: Point) -> bool:
    """Whether the pixel at a point (x, y) is in a mask."""
    return MaskRuns.of(mask).near(int(point[1]), int(point[0]), 0)
