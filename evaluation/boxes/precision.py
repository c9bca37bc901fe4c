"""Average precision of the boxes that a method finds of a finding, over all cases where it is drawn.

Cases on which the finding is not drawn are left out, as for hits: the question is where it lies, not whether it is
there. Boxes of all cases are ranked together, by the share of the map's sum that lies in the box's part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.boxes.components import THRESHOLDS, Boxes, Found
from evaluation.boxes.matching import LEVELS, MEASURES, Measure, correct, overlaps

RECALLS: NDArray[np.float64] = np.linspace(0, 1, 101)  # COCO's points


@dataclass(frozen=True, eq=False)
class Judged:
    """The boxes of one map, judged against one truth.

    Attributes:
        truths: number of true boxes.
        ranks: by threshold, float64 (n,).
        hits: by threshold, bool (measures, levels, n).
    """

    truths: int
    ranks: tuple[NDArray[np.float64], ...]
    hits: tuple[NDArray[np.bool_], ...]


@dataclass(frozen=True)
class Precision:
    """Average precision of one method and finding.

    Attributes:
        threshold: of the normalised map.
        measure, level: when a box counts as correct.
        cases, truths, found: how many there are.
        value: average precision; NaN without true boxes.
    """

    threshold: float
    measure: Measure
    level: float
    cases: int
    truths: int
    found: int
    value: float


def judge(found: Sequence[Found], truth: Boxes) -> Judged:
    """Judge the boxes of one map at every threshold, by every measure and level."""
    hits = []
    for one in found:
        hits.append(np.stack([correct(overlaps(one.boxes, truth, measure)) for measure in MEASURES]))
    return Judged(len(truth), tuple(one.ranks for one in found), tuple(hits))


def nothing_found(truth: Boxes) -> Judged:
    """A map that marks nothing finds none of the true boxes."""
    nothing = Found(np.empty((0, 4)), np.empty(0))
    return judge([nothing] * len(THRESHOLDS), truth)


def precisions(judged: Iterable[Judged]) -> list[Precision]:
    """Average precision at every threshold, by every measure and level, of the cases of one method and finding."""
    cases = list(judged)
    truths = sum(case.truths for case in cases)
    found = []
    for t, threshold in enumerate(THRESHOLDS):
        ranks = np.concatenate([case.ranks[t] for case in cases]) if cases else np.empty(0)
        hits = np.concatenate([case.hits[t] for case in cases], axis=-1) if cases else np.empty((2, len(LEVELS), 0))
        for m, measure in enumerate(MEASURES):
            for k, level in enumerate(LEVELS):
                value = average_precision(ranks, hits[m, k], truths)
                found.append(Precision(threshold, measure, level, len(cases), truths, len(ranks), value))
    return found


def average_precision(ranks: NDArray[np.float64], hits: NDArray[np.bool_], truths: int) -> float:
    """COCO's average precision: the mean, over 101 recalls, of the best precision at that recall or a higher one.

    Args:
        ranks: (n,), larger first; equal ones keep their order.
        hits: bool (n,), which are correct.
        truths: number of true boxes; 0 gives NaN.
    """
    if not truths:
        return float("nan")
    right = np.cumsum(hits[np.argsort(-ranks, kind="mergesort")])
    recall, precision = right / truths, right / np.arange(1, len(right) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, RECALLS, side="left")
    return float(np.append(best, 0.0)[np.minimum(places, len(best))].mean())
