"""What a perfect map would score: how much of a loss is the map's resolution, and how much its place on the image.

A perfect map of n×n cells over the square crop that the model sees holds, in each cell, the share of it that the mask
covers. It is enlarged and laid over the radiograph as any map is, and marked at the threshold that is best for this
very mask.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.geometry import Alignment, Geometry
from evaluation.cases import CaseJob
from evaluation.evidence import shares
from evaluation.localization import Map, iou_all
from evaluation.pixels.curves import STEPS, curve_of_steps
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.pixels.resizing import Enlarged, Interpolation, enlarge_part, interpolation

RESOLUTIONS = (8, 16, 512)
ALIGNMENTS: tuple[Alignment, ...] = ("paper", "aligned")


@dataclass(frozen=True)
class Ceiling:
    """The IoU of a perfect map of one mask.

    Attributes:
        finding, case: whose mask.
        resolution: cells along a side of the map.
        alignment: how it lies on the radiograph.
        best: IoU at the threshold that is best for this mask.
        half: IoU at the threshold 0.5.
    """

    finding: str
    case: str
    resolution: int
    alignment: Alignment
    best: float
    half: float

    @property
    def method(self) -> str:
        """Its name in the tables."""
        return ceiling_name(self.resolution, self.alignment)


def ceiling_name(resolution: int, alignment: Alignment) -> str:
    """Name of a ceiling's rows in the tables."""
    return f"Ceiling {resolution}×{resolution}, {alignment}"


def ceilings_of_case(job: CaseJob) -> list[Ceiling]:
    """The ceilings of every mask of a case that is not empty."""
    masks: Mapping = job.masks or {}
    found = []
    for finding in job.findings:
        mask = MaskRuns.of(masks[finding]) if finding in masks else None
        if mask is None or not mask.area:
            continue
        geometry = Geometry(*mask.size, max(RESOLUTIONS))
        for resolution in RESOLUTIONS:
            cells = coverage(mask, geometry, resolution)
            known: dict[Region, tuple[float, float]] = {}  # on a square radiograph both alignments are one
            for alignment in ALIGNMENTS:
                region = Region.of_map(mask.size, geometry, alignment)
                if region not in known:
                    known[region] = _best_and_half(cells, region, mask)
                found.append(Ceiling(finding, job.case_id, resolution, alignment, *known[region]))
    return found


def coverage(mask: MaskRuns, geometry: Geometry, cells: int) -> Map:
    """How much of each of cells×cells equal parts of the crop a mask covers: float32 (cells, cells) in [0, 1]."""
    crop = Region(geometry.height, geometry.width, geometry.top, geometry.left, geometry.side, geometry.side)
    return shares(mask, crop, (cells, cells)).astype(np.float32)


def _best_and_half(cells: Map, region: Region, mask: MaskRuns) -> tuple[float, float]:
    """IoU of a map at the best of all thresholds and at 0.5, worked out only where the map is not 0."""
    if not cells.any():
        return 0.0, 0.0
    support = _laid_support(cells / cells.max(), region)
    if support is None:
        return 0.0, 0.0
    window, enlarged = support
    counts = enlarged.count(np.float32(0), np.float32(1), mask.within(window), STEPS)
    curve = curve_of_steps(counts.all, counts.inside, mask.area, region.height * region.width)
    ious = iou_all(curve.overlap())[:STEPS]
    return float(ious.max()), float(ious[STEPS // 2])


def _laid_support(cells: Map, region: Region) -> tuple[Region, Enlarged] | None:
    """The part of a map's enlargement over a region that can differ from 0, and where it lies on the radiograph.

    None where there is none: a map of more than twice the region's size loses what falls between its pixels.
    """
    rows, columns = (
        _touched(np.flatnonzero(cells.any(axis=1 - axis)), interpolation(cells.shape[axis], region.shape[axis]))
        for axis in (0, 1)
    )
    if rows.start == rows.stop or columns.start == columns.stop:
        return None
    window = Region(
        region.height,
        region.width,
        region.top + rows.start,
        region.left + columns.start,
        rows.stop - rows.start,
        columns.stop - columns.start,
    )
    return window, enlarge_part(cells, region.shape, rows, columns)


def _touched(used: NDArray[np.int64], steps: Interpolation) -> slice:
    """The output positions that draw on one of the inputs from used[0] to used[-1]."""
    low, high, _ = steps
    positions = np.flatnonzero((high >= used[0]) & (low <= used[-1]))
    return slice(int(positions[0]), int(positions[-1]) + 1) if len(positions) else slice(0, 0)
