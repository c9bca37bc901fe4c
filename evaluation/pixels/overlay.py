"""A map laid over its radiograph and scaled to [0, 1], and what can be asked of it against a mask."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evaluation.localization import Integers, Map, Mask, Overlap, float32_below
from evaluation.pixel_scores import Moments
from evaluation.pixels.curves import STEPS, ThresholdCurve, curve_of_steps
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.pixels.otsu import otsu
from evaluation.pixels.resizing import Counts, Enlarged, enlarge


@dataclass(frozen=True, eq=False)
class Overlay:
    """A map that is not constant, on its radiograph.

    Attributes:
        region: the part of the radiograph it covers.
        source: its values as given, float32 (m, n).
        enlarged: its values there.
        lowest, highest: their extremes.
        peak: (row, column) on the radiograph of the largest value, among equals the first in row order. Found before
            scaling, which can make neighbours equal.
    """

    region: Region
    source: Map
    enlarged: Enlarged
    lowest: np.float32
    highest: np.float32
    peak: tuple[int, int]

    @cached_property
    def normalised(self) -> Map:
        """float32 (rows, columns) in [0, 1], scaled by the extremes in the reference code's order of operations."""
        values = self.enlarged.values()
        np.subtract(values, self.lowest, out=values)
        return np.divide(values, self.highest - self.lowest, out=values)

    @property
    def otsu_marks(self) -> bool:
        """Whether anything lies in Otsu's region: it leaves lone pixels out."""
        return bool(otsu(self.normalised)[0].any())

    def against(self, mask: MaskRuns) -> "Comparison":
        """Compare with a mask of the same radiograph."""
        return Comparison(self, mask, mask.within(self.region))


@dataclass(frozen=True, eq=False)
class Comparison:
    """A map against a mask.

    Attributes:
        overlay: the map.
        mask: the mask.
        positions: int64 (n,), of the mask's pixels in the map's region, flattened and ascending.
    """

    overlay: Overlay
    mask: MaskRuns
    positions: Integers

    @cached_property
    def counts(self) -> Counts:
        """How many normalised values lie on each of 2048 steps, everywhere and in the mask."""
        return self.overlay.enlarged.count(self.overlay.lowest, self.overlay.highest, self.positions, STEPS)

    @cached_property
    def inside(self) -> Map:
        """float32 (n,), the normalised values in the mask."""
        return self.overlay.normalised.ravel().take(self.positions)

    def curve(self) -> ThresholdCurve:
        """Counts at every threshold at once."""
        return curve_of_steps(self.counts.all, self.counts.inside, self.mask.area, self._pixels)

    def above(self, threshold: float) -> Overlap:
        """Counts at one threshold, exact for any."""
        limit = float32_below(threshold)
        marked = int(np.count_nonzero(self.overlay.normalised > limit))
        return self._overlap(int(np.count_nonzero(self.inside > limit)), marked)

    def otsu(self) -> tuple[Overlap, float]:
        """Counts for Otsu's threshold with filled holes, and that threshold."""
        marked, threshold = otsu(self.overlay.normalised)
        both = int(np.count_nonzero(marked.ravel().take(self.positions)))
        return self._overlap(both, int(np.count_nonzero(marked))), threshold

    def marked(self, threshold: float | None) -> Mask:
        """What is marked on the radiograph, bool (height, width): above a threshold, or by Otsu's with filled holes."""
        normalised, region = self.overlay.normalised, self.overlay.region
        found = np.zeros((region.height, region.width), bool)
        part = otsu(normalised)[0] if threshold is None else normalised > float32_below(threshold)
        found[region.top : region.top + region.rows, region.left : region.left + region.columns] = part
        return found

    def hit(self, tolerance: float = 0) -> float:
        """1 when the mask comes within `tolerance` pixels of the map's peak, else 0."""
        return float(self.mask.near(*self.overlay.peak, tolerance))

    def moments(self) -> Moments:
        """Sums over the radiograph, for the correlation of map and mask."""
        counts = self.counts
        inside = float(counts.values.sum(dtype=np.float64))
        return Moments(self._pixels, self.mask.area, counts.total, counts.squares, inside)

    def energy_inside(self) -> float:
        """Share of the map, measured from its minimum, that lies inside the mask."""
        return float(self.counts.values.sum()) / self.counts.total

    @property
    def _pixels(self) -> int:
        return self.overlay.region.height * self.overlay.region.width

    def _overlap(self, both: int, marked: int) -> Overlap:
        return Overlap(*(np.asarray(count, np.int64) for count in (both, marked, self.mask.area, self._pixels)))


def overlay_map(values: Map, region: Region) -> Overlay | None:
    """Enlarge a map over a region and scale it, bit for bit as the reference code does.

    Args:
        values: float32 (m, n), finite and not constant.
        region: where it lies.

    Returns:
        None where one value is left: a map of more than twice the region's size loses what falls between its pixels.
    """
    enlarged = enlarge(values, region.shape)
    lowest, highest, (row, column) = enlarged.extremes()
    if not highest > lowest:
        return None
    return Overlay(region, values, enlarged, lowest, highest, (row + region.top, column + region.left))
