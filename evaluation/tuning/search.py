"""Choosing thresholds and probability cut-offs on validation cases, as the published codes do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evaluation.pixels.curves import STEPS

GRID: NDArray[np.float64] = np.arange(0.2, 0.8, 0.1)  # seven values: rounding lets 0.8 in, as in the reference
CUTOFFS: NDArray[np.float64] = np.arange(0, 0.9, 0.1)
_FIRST_CUTOFF = {"Lung Lesion": 1}  # from 0.1, as published
_ROUNDS = 10


def halving_search(mean_at: Callable[[float], float]) -> float:
    """MedicalPatchNet's search (called ternary there): ten rounds from 0.5 with a step of 0.25 that halves each round.

    Each round takes the best of (best − step, best, best + step), among equals the highest; thresholds without a value
    are left out, and a round without any ends the search. A finding without any value keeps 0.5.

    Args:
        mean_at: mean IoU over the validation cases at a threshold, a multiple of 1/2048; NaN when no case is defined.
    """
    best, step = 0.5, 0.25
    for _ in range(_ROUNDS):
        scored = [(threshold, mean_at(threshold)) for threshold in (best - step, best, best + step)]
        scored = [(threshold, mean) for threshold, mean in scored if not np.isnan(mean)]
        if not scored:
            break
        highest = max(mean for _, mean in scored)
        best = max(threshold for threshold, mean in scored if mean == highest)
        step /= 2
    return best


def grid_search(means: Sequence[float] | NDArray[np.float64]) -> float:
    """CheXlocalize's grid: the best of GRID, rounded to one decimal; the first among equals, 0.2 without any value.

    Args:
        means: mean IoU over the validation cases at each threshold of GRID; NaN when no case is defined.
    """
    return round(float(GRID[_first_best(means)]), 1)


def cutoff_search(means: Sequence[float] | NDArray[np.float64], finding: str) -> float:
    """The probability cut-off of CUTOFFS with the best mean IoU, rounded to three decimals before comparing.

    The first among equals; the first of all without any value. Lung Lesion starts at 0.1, as published.
    """
    start = _FIRST_CUTOFF.get(finding, 0)
    return round(float(CUTOFFS[start + _first_best(np.round(np.asarray(means, np.float64)[start:], 3))]), 1)


def _first_best(means: Sequence[float] | NDArray[np.float64]) -> int:
    found = np.asarray(means, np.float64)
    return 0 if np.isnan(found).all() else int(np.nanargmax(found))


@dataclass
class MeanCurve:
    """Mean IoU over validation cases at many thresholds, added up case by case in bounded memory.

    Attributes:
        total: float64 (k,), sums over the cases at each threshold.
        drawn: cases on which something is marked and drawn.
        zeros: cases that count as 0 over TP, FP and FN: marked but not drawn, or drawn but never marked.
    """

    total: NDArray[np.float64]
    drawn: int = 0
    zeros: int = 0

    def add(self, curve: NDArray[np.float64]) -> None:
        """Add the IoU of a case at every threshold."""
        self.total += curve
        self.drawn += 1

    def add_zero(self) -> None:
        """Add a case that scores 0 over TP, FP and FN and is undefined over TP alone."""
        self.zeros += 1

    def mean_tp(self) -> NDArray[np.float64]:
        """Mean over the cases with something marked and drawn, (k,); NaN without any."""
        return self._mean(self.drawn)

    def mean_all(self) -> NDArray[np.float64]:
        """Mean over TP, FP and FN, (k,); NaN without any case."""
        return self._mean(self.drawn + self.zeros)

    def _mean(self, cases: int) -> NDArray[np.float64]:
        return self.total / cases if cases else np.full(len(self.total), np.nan)


def halve(means: NDArray[np.float64]) -> float:
    """`halving_search` on the means (2049,) at k/2048."""
    return halving_search(lambda threshold: float(means[round(threshold * STEPS)]))


@dataclass
class CutoffTuning:
    """The mean IoU over TP, FP and FN at every cut-off of CUTOFFS, added up case by case."""

    total: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(CUTOFFS)))
    cases: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(CUTOFFS), np.int64))

    def add(self, iou_all: float, probability: float, drawn: bool) -> None:
        """Add a case: its IoU when the map is marked, and the probability that may silence it.

        A silenced case counts as 0 where something is drawn and is undefined elsewhere.
        """
        marked = probability > CUTOFFS
        values = np.where(marked, iou_all, 0.0 if drawn else np.nan)
        self.total += np.nan_to_num(values)
        self.cases += ~np.isnan(values)

    def means(self) -> NDArray[np.float64]:
        """Mean IoU at every cut-off, NaN without any case."""
        with np.errstate(invalid="ignore"):
            return self.total / self.cases
