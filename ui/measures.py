"""What the panes show and score, in Python: the same pixels and numbers as js/{maps,scores,pane}.js.

A threshold is the share of a map's own range, from its minimum to its maximum; where a method's floor is zero, the
positive part counts. It is compared in whole levels, so that browser and server mark the same pixels.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evaluation import localization
from evaluation.localization import Overlap
from evaluation.truth.annotations import agreement
from explainers.explanation import Explanation
from explainers.registry import find_method
from ui.case_view import DISPLAY_SIZE

LEVELS = 65000  # as LEVELS in js/maps.js
METRICS = ("iou", "dice", "precision", "recall", "hit")
COMPARED = ("iou", "dice", "hausdorff_px", "kappa", "centre_of_one_in_other", "centre_of_other_in_one")
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]


def threshold_level(threshold: float) -> int:
    """Return the level that a threshold in [0, 1] stands for; halves are rounded up, as JavaScript does."""
    return int(np.floor(threshold * LEVELS + 0.5))


def _nearest(values: Map, size: int) -> Map:
    rows, columns = (np.floor((np.arange(size) + 0.5) * length / size).astype(int) for length in values.shape)
    return values[rows[:, None], columns]


def _bilinear(values: Map, size: int) -> Map:
    """Pixel centres at +0.5, edges repeated; float64 in between, in the order of js/maps.js."""
    wide = values.astype(np.float64)
    for axis in (1, 0):
        length = values.shape[axis]
        at = np.clip((np.arange(size) + 0.5) * length / size - 0.5, 0, length - 1)
        first = at.astype(int)
        weight = (at - first)[:, None] if axis == 0 else at - first
        low, high = wide.take(first, axis), wide.take(np.minimum(first + 1, length - 1), axis)
        wide = low + (high - low) * weight
    return wide.astype(np.float32)


@dataclass(frozen=True, eq=False)
class ViewMap:
    """One method's map of one finding in the view.

    Attributes:
        signed: float32 (DISPLAY_SIZE, DISPLAY_SIZE), what is coloured.
        scored: the same, or the positive part enlarged where the method's floor is zero: what is thresholded.
        least, most: the ends of the scored map's range.
    """

    signed: Map
    scored: Map
    least: float
    most: float

    @classmethod
    def of(cls, explanation: Explanation, finding: str) -> "ViewMap":
        """Lay a method's map of a finding over the view."""
        values = explanation.map_of(finding)
        return cls.laid(values, explanation.resampling, find_method(explanation.method).view.floor == "zero")

    @classmethod
    def laid(cls, values: Map, resampling: str, positive: bool = False) -> "ViewMap":
        """Lay any map, float32 (h, w), over the view; `positive`: its floor is zero."""
        enlarge = _bilinear if resampling == "bilinear" else _nearest
        signed = scored = enlarge(values, DISPLAY_SIZE)
        if positive:
            scored = enlarge(np.maximum(values, 0), DISPLAY_SIZE)
        least, most = float(scored.min()), float(scored.max())
        return cls(signed, scored, min(least, 0.0) if positive else least, most)

    @property
    def blank(self) -> bool:
        """Whether the map is the same everywhere, or there is none: then nothing is marked and nothing is scored."""
        return not self.most > self.least

    @property
    def unpredicted(self) -> bool:
        """Whether the model does not predict the finding, so that there is no map."""
        return bool(np.isnan(self.most))

    @property
    def why_blank(self) -> str:
        """Why nothing of a blank map can be marked, in a few words."""
        if self.unpredicted:
            return "not predicted"
        return "same value everywhere" if self.scored is self.signed else "no positive evidence"

    @cached_property
    def levels(self) -> NDArray[np.int32]:
        """Every pixel's level, rounded up: greater than a whole level exactly where the value is."""
        if self.blank:
            return np.zeros(self.scored.shape, np.int32)
        share = (self.scored.astype(np.float64) - self.least) / (self.most - self.least)
        return np.ceil(share * LEVELS).astype(np.int32)

    def region(self, level: int) -> Mask:
        """The pixels above a level, all of them above -1; none of a blank map."""
        return (self.levels > level) & (not self.blank)

    def cut(self, level: int) -> float:
        """The map's value at a level."""
        return self.least + level / LEVELS * (self.most - self.least)

    def scores(self, level: int, mask: Mask) -> dict[str, float]:
        """METRICS of the region above a level against a mask in the view; NaN where undefined, all of a blank map."""
        if self.blank:
            return dict.fromkeys(METRICS, float("nan"))
        overlap = Overlap.count(self.region(level), mask)
        counted = {
            "iou": localization.iou_all(overlap),
            "dice": localization.dice(overlap),
            "precision": localization.precision(overlap),
            "recall": localization.recall(overlap),
        }
        return {name: float(value) for name, value in counted.items()} | {"hit": localization.hit(self.scored, mask)}

    def why_undefined(self, level: int, mask: Mask | None) -> str:
        """Why some score of this map is undefined, in a few words; empty where all are defined."""
        if self.blank:
            return self.why_blank
        if mask is None:
            return "no mask"
        if not mask.any():
            return "empty mask"
        return "" if self.region(level).any() else "nothing above the threshold"


def compare(one: Mask, other: Mask, scale: float) -> dict[str, float]:
    """How two annotations fit each other: COMPARED, as js/comparing/measures.js has them; NaN where undefined.

    Args:
        one, other: bool (h, w).
        scale: original pixels for each pixel of the view.
    """
    found = agreement(one, other)
    numbers = (found.iou, found.dice, found.hausdorff * scale, kappa(one, other))
    return dict(zip(COMPARED, (*numbers, centre_hit(one, other), centre_hit(other, one)), strict=True))


def kappa(one: Mask, other: Mask) -> float:
    """Cohen's kappa of two masks over all pixels (Cohen, 1960): (observed − chance) / (1 − chance) agreement.

    It depends on how much lies around both. NaN where chance alone agrees everywhere: both are empty, or both full.
    """
    pixels, first, second = one.size, int(one.sum()), int(other.sum())
    chance = pixels * (first + second) - 2 * first * second
    return 2 * (pixels * int((one & other).sum()) - first * second) / chance if chance else float("nan")


def centre_hit(one: Mask, other: Mask) -> float:
    """Whether the centre of mass of one mask lies in a pixel of the other: 1 or 0; NaN where either is empty."""
    if not (one.any() and other.any()):
        return float("nan")
    row, column = (int(np.floor(places.sum() / places.size + 0.5)) for places in np.nonzero(one))
    return float(other[row, column])
