"""What one map scores against one mask under one way of marking, and why a value is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evaluation import localization
from evaluation.boxes.components import Found, find_boxes
from evaluation.boxes.precision import Judged, judge, nothing_found
from evaluation.further import Beside, of_evidence, of_pixels
from evaluation.localization import Map, Overlap
from evaluation.pixels.curves import STEPS, ThresholdCurve
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.pixels.overlay import Comparison, overlay_map
from evaluation.pixels.surfaces import hd95
from evaluation.scores_registry import FURTHER

METRICS = ("hit", "iou_tp", "iou_all")
CURVE_STEP = 16  # of every curve, the thresholds k·16/2048 are kept for the figures
CURVE_THRESHOLDS: NDArray[np.float64] = np.arange(0, STEPS + 1, CURVE_STEP) / STEPS

BLANK = "blank map"
CUT_OFF = "probability below the cut-off"
EMPTY = "empty mask"
NOT_MARKED = "nothing marked and nothing drawn"
NOTHING_MARKED = "nothing marked"
NO_CASE = "case not in the ground truth"
NO_ENTRY = "no mask entry"
NO_MAP = "no map"
REFUSED = "map refused"
OTHER_SIZE = "mask of another size"
NAN = float("nan")


@dataclass(frozen=True)
class Marking:
    """How a map becomes a region.

    Attributes:
        threshold: what normalised values must exceed, for the TP-only IoU and everything else; None: Otsu.
        threshold_all: the same for the IoU over TP, FP and FN, where it is tuned separately.
        cutoff: a probability below it marks nothing at all.
    """

    threshold: float | None = None
    threshold_all: float | None = None
    cutoff: float = 0.0

    @property
    def can_mark(self) -> bool:
        """Whether a map that is not constant can be marked at all: its largest value is 1 once normalised."""
        return self.threshold is None or self.threshold_for_all < 1

    @property
    def threshold_for_all(self) -> float:
        """The threshold of the IoU over TP, FP and FN; NaN for Otsu's."""
        chosen = self.threshold if self.threshold_all is None else self.threshold_all
        return NAN if chosen is None else chosen

    def silences(self, probability: float) -> bool:
        """Whether the probability is known and below the cut-off."""
        return probability < self.cutoff


@dataclass(frozen=True, eq=False)
class Scores:
    """Values by metric, NaN where undefined: METRICS and, where something is drawn, those of `scores_registry`.

    Attributes:
        values: by metric.
        reasons: why a metric is NaN, by metric.
        threshold: at which the map was marked, on the normalised scale; NaN where there was nothing to mark.
        curve: float32 (129,), the IoU at CURVE_THRESHOLDS, where something is drawn.
        boxes: what the map finds as boxes, where something is drawn.
    """

    values: Mapping[str, float]
    reasons: Mapping[str, str] = field(default_factory=dict)
    threshold: float = NAN
    curve: NDArray[np.float32] | None = None
    boxes: Judged | None = None

    @classmethod
    def undefined(cls, reason: str) -> "Scores":
        """Nothing is defined, for one reason."""
        return cls(dict.fromkeys(METRICS, NAN), dict.fromkeys(METRICS, reason))


def score_undrawn(map_marks: bool, silenced: bool, why: str = EMPTY) -> Scores:
    """Score a finding that nobody drew: whatever is marked is wrong, and nothing is there to be hit.

    Args:
        map_marks: whether the map marks anything at all.
        silenced: whether the probability is below the cut-off.
        why: why nothing is drawn.
    """
    reasons = {"hit": why, "iou_tp": why}
    if map_marks and not silenced:
        return Scores({"hit": NAN, "iou_tp": NAN, "iou_all": 0.0}, reasons)
    return Scores(dict.fromkeys(METRICS, NAN), {**reasons, "iou_all": NOT_MARKED})


def score_missing(drawn: bool, why: str = EMPTY) -> Scores:
    """Score a case without any map as the reference does: as if nothing were marked, so 0 over all if drawn."""
    if drawn:
        return Scores({"hit": NAN, "iou_tp": NAN, "iou_all": 0.0}, {"hit": NO_MAP, "iou_tp": NO_MAP})
    return Scores(dict.fromkeys(METRICS, NAN), {"hit": why, "iou_tp": why, "iou_all": NOT_MARKED})


def score_drawn(
    values: Map | None,
    region: Region,
    mask: MaskRuns,
    marking: Marking,
    tolerance: float,
    silenced: bool = False,
    beside: Beside | None = None,
) -> Scores:
    """Score a map against a mask that is not empty.

    Args:
        values: float32 (m, n), finite and not constant; None for a constant map.
        region: where it lies on the mask's radiograph.
        mask: the mask.
        marking: how the map is marked.
        tolerance: of the pointing game, in pixels of the radiograph.
        silenced: whether the probability is below the cut-off, so that nothing is marked; the peak is where it is.
        beside: what the further scores need besides; without, those that need it are NaN.
    """
    overlay = None if values is None else overlay_map(values, region)
    if overlay is None:
        return score_blank(region, mask, tolerance)
    return score_comparison(
        overlay.against(mask), marking, tolerance, silenced, beside, () if silenced else find_boxes(overlay)
    )


def score_comparison(
    comparison: Comparison,
    marking: Marking,
    tolerance: float,
    silenced: bool,
    beside: Beside | None,
    boxes: Sequence[Found],
) -> Scores:
    """Score a map that varies against a mask that is not empty; see `score_drawn`.

    Args:
        comparison: the map against the mask.
        marking, tolerance, silenced, beside: as there.
        boxes: what `find_boxes` finds in the map.
    """
    region, mask = comparison.overlay.region, comparison.mask
    truth = mask.boxes
    curve = comparison.curve()
    overlap, overlap_all, threshold = _overlaps(comparison, curve, marking, silenced)
    found = _metrics(overlap) | {
        "hit": comparison.hit(),
        "iou_all": float(localization.iou_all(overlap_all)),
        "pointing": comparison.hit(tolerance),
    }
    found |= of_pixels(comparison, curve) | of_evidence(beside or Beside(), region, mask)
    found["hd95"] = NAN
    if beside is not None and beside.outlines and not silenced:
        found["hd95"] = hd95(comparison.marked(marking.threshold), mask.pixels())
    reasons = {"iou_tp": CUT_OFF if silenced else NOTHING_MARKED} if np.isnan(found["iou_tp"]) else {}
    judged = nothing_found(truth) if silenced else judge(boxes, truth)
    return Scores(found, reasons, threshold, _sampled(curve), judged)


def score_blank(region: Region, mask: MaskRuns, tolerance: float) -> Scores:
    """A constant map marks nothing; as in the reference, its first pixel counts as its largest."""
    pixels = np.asarray(region.height * region.width, np.int64)
    overlap = Overlap(np.asarray(0), np.asarray(0), np.asarray(mask.area, np.int64), pixels)
    found = dict.fromkeys(FURTHER, NAN) | _metrics(overlap)
    found |= {
        "hit": float(mask.near(region.top, region.left, 0)),
        "iou_all": 0.0,
        "pointing": float(mask.near(region.top, region.left, tolerance)),
    }
    curve = np.zeros(len(CURVE_THRESHOLDS), np.float32)
    return Scores(found, {"iou_tp": BLANK}, curve=curve, boxes=nothing_found(mask.boxes))


def _metrics(overlap: Overlap) -> dict[str, float]:
    return {
        "iou_tp": float(localization.iou_true_positive(overlap)),
        "precision": float(localization.precision(overlap)),
        "recall": float(localization.recall(overlap)),
        "specificity": float(localization.specificity(overlap)),
        "dice": float(localization.dice(overlap)),
    }


def _overlaps(
    comparison: Comparison, curve: ThresholdCurve, marking: Marking, silenced: bool
) -> tuple[Overlap, Overlap, float]:
    """What is marked for the TP-only IoU and for the other, and the threshold of the first."""
    if marking.threshold is None:
        overlap, threshold = comparison.otsu()
        overlap_all = overlap
    else:
        threshold = marking.threshold
        overlap = overlap_above(comparison, curve, threshold)
        overlap_all = overlap_above(comparison, curve, marking.threshold_for_all)
    if silenced:
        overlap = overlap_all = curve.at(1.0)  # nothing is above 1
    return overlap, overlap_all, threshold


def overlap_above(comparison: Comparison, curve: ThresholdCurve, threshold: float) -> Overlap:
    """Counts at any threshold: from the curve where it has them, else by counting."""
    step = threshold * STEPS
    return curve.at(threshold) if step == int(step) and 0 <= step <= STEPS else comparison.above(threshold)


def _sampled(curve: ThresholdCurve) -> NDArray[np.float32]:
    return localization.iou_all(curve.overlap())[::CURVE_STEP].astype(np.float32)
