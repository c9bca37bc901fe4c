"""A map laid over its radiograph and scaled to [0, 1], and what can be asked of it against a mask."""

from dataclasses import dataclass

import numpy as np

from evaluation.curves import StepCounts, ThresholdCurve, count_above
from evaluation.localization import Map, Overlap, float32_below
from evaluation.mask_runs import Integers, MaskRuns, Region
from evaluation.otsu import otsu
from evaluation.resizing import resize_map

_ROWS = 64  # of a strip that fits the cache


@dataclass(frozen=True, eq=False)
class LaidMap:
    """A map that is not constant, on its radiograph.

    Attributes:
        region: the part of the radiograph it covers.
        normalised: float32 (rows, columns) in [0, 1], scaled by its minimum and maximum there.
        peak: (row, column) on the radiograph of the largest value, among equals the first in row order. Found before
            scaling, which can make neighbours equal.
        marked: int64 (2049,), how many values lie above each of `curves.THRESHOLDS`.
        total: sum of the normalised values.
    """

    region: Region
    normalised: Map
    peak: tuple[int, int]
    marked: Integers
    total: float

    @property
    def otsu_marks(self) -> bool:
        """Whether anything lies in Otsu's region: it leaves lone pixels out."""
        return bool(otsu(self.normalised)[0].any())

    def against(self, mask: MaskRuns) -> "Comparison":
        """Compare with a mask of the same radiograph."""
        inside = mask.within(self.region)
        return Comparison(self, mask, inside, self.normalised.ravel().take(inside))


@dataclass(frozen=True, eq=False)
class Comparison:
    """A map against a mask.

    Attributes:
        laid: the map.
        mask: the mask.
        positions: of the mask's pixels in the map's region, flattened.
        inside: float32 (n,), the map's values there.
    """

    laid: LaidMap
    mask: MaskRuns
    positions: Integers
    inside: Map

    def curve(self) -> ThresholdCurve:
        """Counts at every threshold at once."""
        return ThresholdCurve(self.laid.marked, count_above(self.inside), self.mask.area, self._pixels)

    def above(self, threshold: float) -> Overlap:
        """Counts at one threshold, exact for any."""
        limit = float32_below(threshold)
        marked = int(np.count_nonzero(self.laid.normalised > limit))
        return self._overlap(int(np.count_nonzero(self.inside > limit)), marked)

    def otsu(self) -> tuple[Overlap, float]:
        """Counts for Otsu's threshold with filled holes, and that threshold."""
        marked, threshold = otsu(self.laid.normalised)
        both = int(np.count_nonzero(marked.ravel().take(self.positions)))
        return self._overlap(both, int(np.count_nonzero(marked))), threshold

    def hit(self, tolerance: float = 0) -> float:
        """1 when the mask comes within `tolerance` pixels of the map's peak, else 0."""
        return float(self.mask.near(*self.laid.peak, tolerance))

    def energy_inside(self) -> float:
        """Share of the map, measured from its minimum, that lies inside the mask."""
        return float(self.inside.sum()) / self.laid.total

    @property
    def _pixels(self) -> int:
        return self.laid.region.height * self.laid.region.width

    def _overlap(self, both: int, marked: int) -> Overlap:
        return Overlap(*(np.asarray(count, np.int64) for count in (both, marked, self.mask.area, self._pixels)))


def lay(values: Map, region: Region) -> LaidMap | None:
    """Enlarge a map over a region and scale it, bit for bit as the reference code does.

    Args:
        values: float32 (m, n), finite and not constant.
        region: where it lies.

    Returns:
        None where one value is left: a map of more than twice the region's size loses what falls between its pixels.
    """
    resized = resize_map(values, region.shape)
    span = resized.highest - resized.lowest
    if not span > 0:
        return None
    counts, total = StepCounts(), 0.0
    for start in range(0, region.rows, _ROWS):  # everything at once while the strip is in the cache
        part = resized.values[start : start + _ROWS]
        np.subtract(part, resized.lowest, out=part)
        np.divide(part, span, out=part)
        total += float(part.sum())
        counts.add(part)
    row, column = divmod(resized.peak, region.columns)
    return LaidMap(region, resized.values, (row + region.top, column + region.left), counts.above(), total)
