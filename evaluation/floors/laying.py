"""A floor's map laid over radiographs: what does not depend on the mask is worked out once for all of one size."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evaluation.boxes.components import Found, find_boxes
from evaluation.localization import Integers, Map
from evaluation.pixels.curves import STEPS
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.pixels.overlay import Comparison, Overlay, overlay_map
from evaluation.pixels.resizing import Counts, enlarge, enlarge_part

_KEPT = 64  # sizes that one map is laid over; 16 KB each
_NOWHERE: Integers = np.zeros(0, np.int64)
_SMALL = 128  # height + width up to which enlarging is another kernel's, see `resizing.enlarge`


@dataclass(frozen=True, eq=False)
class _Laid:
    """What is known of a map over a region: its extremes, its peak, its boxes, and the counts that ask for no mask."""

    lowest: np.float32
    highest: np.float32
    peak: tuple[int, int]
    counts: Counts
    boxes: tuple[Found, ...]


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
        laid = self._laid_over(region)
        if laid is None:
            return None
        whole = enlarge(self.values, region.shape)
        overlay = Overlay(region, self.values, whole, laid.lowest, laid.highest, laid.peak)
        if sum(region.shape) <= _SMALL:
            return overlay.against(mask)
        return _AroundMask(overlay, mask, _NOWHERE, laid.counts)

    def boxes(self, region: Region) -> tuple[Found, ...]:
        """The boxes that the map finds on a radiograph; none where it is constant."""
        laid = self._laid_over(region)
        return () if laid is None else laid.boxes

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

    everywhere: Counts

    @cached_property
    def counts(self) -> Counts:
        """As of the whole map, bit for bit."""
        window = _shared(self.mask.bounds(), self.overlay.region)
        if window is None:
            return self.everywhere
        region = self.overlay.region
        rows = slice(window.top - region.top, window.top - region.top + window.rows)
        columns = slice(window.left - region.left, window.left - region.left + window.columns)
        part = enlarge_part(self.overlay.source, region.shape, rows, columns)
        found = part.count(self.overlay.lowest, self.overlay.highest, self.mask.within(window), STEPS)
        return self.everywhere._replace(inside=found.inside, values=found.values)


def _lay(values: Map, region: Region) -> _Laid | None:
    overlay = overlay_map(values, region)
    if overlay is None:
        return None
    counts = overlay.enlarged.count(overlay.lowest, overlay.highest, _NOWHERE, STEPS)
    return _Laid(overlay.lowest, overlay.highest, overlay.peak, counts, find_boxes(overlay))


def _shared(one: Region, other: Region) -> Region | None:
    """The rectangle that two regions of one radiograph share."""
    top, left = max(one.top, other.top), max(one.left, other.left)
    bottom = min(one.top + one.rows, other.top + other.rows)
    right = min(one.left + one.columns, other.left + other.columns)
    if bottom <= top or right <= left:
        return None
    return Region(one.height, one.width, top, left, bottom - top, right - left)
