"""A floor's map laid over radiographs: what does not depend on the mask is worked out once for all of one size."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evaluation.curves import STEPS
from evaluation.localization import Integers, Map
from evaluation.mask_runs import MaskRuns, Region
from evaluation.overlay import Comparison, Overlay, overlay_map
from evaluation.resizing import Counts, enlarge, enlarge_part

_KEPT = 64  # sizes that one map is laid over; 16 KB each
_SMALL = 128  # height + width up to which enlarging is another kernel's, see `resizing.enlarge`


@dataclass(frozen=True, eq=False)
class _Laid:
    """What is known of a map over a region: its extremes, its peak, how many values lie on each step, and their sum."""

    lowest: np.float32
    highest: np.float32
    peak: tuple[int, int]
    steps: Integers
    total: float


@dataclass(frozen=True, eq=False)
class FloorMap:
    """A map that is the same for every radiograph.

    Attributes:
        values: float32 (CELLS, CELLS), larger means more likely.
        threshold: what it is marked above once it is scaled to [0, 1]; NaN where there was no mask to tune it on.
        masks: how many it was made of or tuned on.
    """

    values: Map
    threshold: float
    masks: int

    def against(self, region: Region, mask: MaskRuns) -> Comparison | None:
        """Compare with a mask that is not empty; None where the map is constant over the region."""
        if sum(region.shape) <= _SMALL:
            overlay = overlay_map(self.values, region)
            return overlay.against(mask) if overlay is not None else None
        laid = self._laid_over(region)
        if laid is None:
            return None
        overlay = Overlay(region, enlarge(self.values, region.shape), laid.lowest, laid.highest, laid.peak)
        return _AroundMask(overlay, mask, np.zeros(0, np.int64), self.values, laid)

    def _laid_over(self, region: Region) -> _Laid | None:
        if region not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[region] = _lay(self.values, region)
        return self._known[region]

    @cached_property
    def _known(self) -> dict[Region, _Laid | None]:
        return {}


@dataclass(frozen=True, eq=False)
class _AroundMask(Comparison):
    """A comparison that looks at no more of the map than the rectangle around the mask; `positions` are not used."""

    values: Map
    laid: _Laid

    @cached_property
    def counts(self) -> Counts:
        """As of the whole map, bit for bit."""
        window = _shared(self.mask.bounds(), self.overlay.region)
        if window is None:
            return Counts(self.laid.steps, np.zeros(STEPS + 1, np.int64), np.zeros(0, np.float32), self.laid.total)
        region = self.overlay.region
        rows = slice(window.top - region.top, window.top - region.top + window.rows)
        columns = slice(window.left - region.left, window.left - region.left + window.columns)
        part = enlarge_part(self.values, region.shape, rows, columns)
        found = part.count(self.laid.lowest, self.laid.highest, self.mask.within(window), STEPS)
        return Counts(self.laid.steps, found.inside, found.values, self.laid.total)


def _lay(values: Map, region: Region) -> _Laid | None:
    overlay = overlay_map(values, region)
    if overlay is None:
        return None
    counts = overlay.enlarged.count(overlay.lowest, overlay.highest, np.zeros(0, np.int64), STEPS)
    return _Laid(overlay.lowest, overlay.highest, overlay.peak, counts.all, counts.total)


def _shared(one: Region, other: Region) -> Region | None:
    """The rectangle that two regions of one radiograph share."""
    top, left = max(one.top, other.top), max(one.left, other.left)
    bottom = min(one.top + one.rows, other.top + other.rows)
    right = min(one.left + one.columns, other.left + other.columns)
    if bottom <= top or right <= left:
        return None
    return Region(one.height, one.width, top, left, bottom - top, right - left)
