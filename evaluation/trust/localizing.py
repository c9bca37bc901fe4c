"""Localization of one map, and whether small findings are found as well as large ones (resolution bias).

The scores are the benchmark's own (`evaluation.scores`): hit, pointing game with a tolerance, IoU at a threshold. Cases
are then put into thirds by the area of the finding: a map of 8×8 values cannot outline what is smaller than its cell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.geometry import Alignment
from data_cache.masks import Rle
from evaluation.inference.intervals import Interval, interval_of_patients, resampled_means
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.scored_form import scored_form
from evaluation.scores import Marking, Scores, score_drawn
from evaluation.trust.base import NAN, Values
from evaluation.trust.ranking import CONSTANT, NOT_FINITE
from explainers.explanation import Explanation
from explainers.registry import find_method

TERCILES = ("small", "medium", "large")
EMPTY = "empty mask"


@dataclass(frozen=True)
class Localized:
    """Scores of one map against one mask.

    Attributes:
        hit, pointing, iou: 1 or 0, 1 or 0 with the tolerance, and 0 … 1; NaN where undefined.
        area: of the mask, as a share of the radiograph.
        threshold: at which the map was marked, on its own scale from minimum to maximum.
        reason: why the IoU is NaN or, for a mask or map that cannot be scored at all, everything is.
    """

    hit: float
    pointing: float
    iou: float
    area: float
    threshold: float
    reason: str = ""


def localize(
    explanation: Explanation,
    finding: str,
    mask: Rle,
    threshold: float | None = None,
    alignment: Alignment = "aligned",
    tolerance: float = 15.0,
) -> Localized:
    """Score a finding's map against its mask.

    Args:
        explanation: the method's maps.
        finding: which.
        mask: at the radiograph's size.
        threshold: tuned on validation cases; None: Otsu's.
        alignment: where the map lies on the radiograph.
        tolerance: of the pointing game, in pixels of the radiograph.
    """
    area = mask.area / (mask.size[0] * mask.size[1])
    if not mask.area:
        return Localized(NAN, NAN, NAN, area, NAN, EMPTY)
    values = _scored(explanation, finding, alignment)
    if not np.isfinite(values).all():
        return Localized(NAN, NAN, NAN, area, NAN, NOT_FINITE)
    region = Region.of_map(mask.size, explanation.geometry, alignment)
    usable = values if values.min() < values.max() else None
    scores: Scores = score_drawn(usable, region, MaskRuns.of(mask), Marking(threshold), tolerance)
    if usable is None:
        return Localized(NAN, NAN, NAN, area, NAN, CONSTANT)
    found = scores.values
    reason = scores.reasons.get("iou_tp", "")
    return Localized(found["hit"], found["pointing"], found["iou_tp"], area, scores.threshold, reason)


def _scored(explanation: Explanation, finding: str, alignment: Alignment) -> NDArray[np.float32]:
    """The map in the form that the benchmark scores."""
    view = find_method(explanation.method).view
    return scored_form(explanation.map_of(finding), view, explanation.geometry.input_size, alignment)


@dataclass(frozen=True)
class SizeRow:
    """Scores of the findings of one size.

    Attributes:
        size: small, medium or large.
        low, high: their areas, as shares of the radiograph.
        metric: hit, pointing or iou.
        n: findings with a value; `undefined` those without.
        mean, interval: of the values, patients resampled; NaN without any, the interval also of fewer than six.
    """

    size: str
    low: float
    high: float
    metric: str
    n: int
    undefined: int
    mean: float
    interval: Interval


def terciles(areas: Values) -> NDArray[np.int64]:
    """0, 1 or 2 by the area's rank; equal areas share the third of the first of them.

    Args:
        areas: (n,), finite.
    """
    if not len(areas):
        return np.empty(0, np.int64)
    first_rank = np.searchsorted(np.sort(areas), areas, side="left")
    return (3 * first_rank // len(areas)).astype(np.int64)


def by_size(
    areas: Values, scores: Mapping[str, Values], patients: Sequence[str], resamples: int = 1000, seed: int = 0
) -> tuple[SizeRow, ...]:
    """Mean scores by thirds of the findings' areas.

    Args:
        areas: (n,) of the findings; an empty sequence gives no rows.
        scores: by metric, (n,), NaN where undefined.
        patients: (n,), resampled as a whole.
        resamples, seed: of the intervals.
    """
    third = terciles(areas)
    rows = []
    for k, size in enumerate(TERCILES):
        mine = third == k
        if not mine.any():
            continue
        ends = float(areas[mine].min()), float(areas[mine].max())
        groups = [patient for patient, chosen in zip(patients, mine, strict=True) if chosen]
        for metric, values in scores.items():
            part = values[mine]
            known = part[~np.isnan(part)]
            means = resampled_means(part[:, None], groups, resamples, seed)[:, 0] if resamples else np.empty(0)
            mean = float(known.mean()) if len(known) else NAN
            undefined = len(part) - len(known)
            found = interval_of_patients(means, len({who for who, v in zip(groups, part, strict=True) if v == v}))
            rows.append(SizeRow(size, *ends, metric, len(known), undefined, mean, found))
    return tuple(rows)
