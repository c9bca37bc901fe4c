"""Scores from the counts of a cohort, worked out as the page does."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from data_cache.findings import LOCALIZED_FINDINGS
from evaluation.cohort.curves import (
    BLANK,
    DRAWN,
    MARKED,
    MISSING_DRAWN,
    UNMARKED,
    UNPREDICTED,
    UNUSABLE,
    CohortCurves,
)
from evaluation.localization import iou_all

Column = Callable[[str, str, str], int]  # of a method, a metric and a finding


def scores(
    curves: CohortCurves, column: Column, cutoffs: dict[tuple[str, str], float] | None = None
) -> NDArray[np.float64]:
    """Hit, IoU of TP only and of TP, FP and FN: (methods, 3, cases, findings), as evaluation.results keeps them."""
    values = np.full((len(curves.methods), 3, len(curves.cases), len(LOCALIZED_FINDINGS)), np.nan)
    for m, method in enumerate(curves.methods):
        ious = iou_all(curves.overlap(m))
        silent = np.zeros(curves.states.shape[1:], bool)
        for f, finding in enumerate(LOCALIZED_FINDINGS):
            silent[f] = curves.probability[m, f] < (cutoffs or {}).get((method, finding), 0)
        predicted = np.isin(curves.states[m], (UNMARKED, MARKED, DRAWN, BLANK)).any(axis=1)
        zero = np.isin(curves.states[m], (BLANK, MISSING_DRAWN)) | ((curves.states[m] == MARKED) & ~silent)
        values[m, 2][zero.T] = 0
        for p, (f, c) in enumerate(zip(curves.pair_finding, curves.pair_case, strict=True)):
            missed = _is_missed(curves.states[m, f, c], predicted[f])
            values[m, 0, c, f] = 0 if missed else curves.hit[m, p]
            if missed:
                values[m, 2, c, f] = 0
            if curves.states[m, f, c] != DRAWN:
                continue
            for k, metric in ((1, "iou_tp"), (2, "iou_all")):
                at = column(method, metric, LOCALIZED_FINDINGS[f])
                if curves.above[m, p, at] and not silent[f, c]:
                    values[m, k, c, f] = ious[p, at]
                elif k == 2:
                    values[m, k, c, f] = 0
    return values


def _is_missed(state: int, predicted: bool) -> bool:
    """Whether there is no usable map of a mask that is drawn, see `evaluation.missing`.

    Args:
        state: of the case.
        predicted: whether the model predicts the finding, as some case shows.
    """
    return bool(state in (MISSING_DRAWN, UNUSABLE) or (state == UNPREDICTED and predicted))
