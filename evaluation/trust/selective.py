"""Selective prediction: the model abstains where it is unsure, and is judged on what it still answers.

Pure functions over one finding: labels (n,) of 1, 0 or NaN (unknown, left out), probabilities (n,) in [0, 1], best
calibrated ones. The confidence is max(p, 1 − p), the answer the more probable class (present when p ≥ 0.5), the risk
the share of wrong answers among the images that are answered (El-Yaniv and Wiener, JMLR 2010).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.classification.metrics import Floats, check_labels_and_scores

SLIDER = np.arange(101) / 100  # from 0.5 on something can happen: max(p, 1 − p) is never below


@dataclass(frozen=True, eq=False)
class Selection:
    """What is answered at each threshold τ: arrays of one length.

    Attributes:
        thresholds: τ.
        coverage: share of images answered; NaN without an image. Never rises with τ; 1 at τ = 0.
        risk: share of wrong answers among them; NaN where none is answered.
        answered, missed, false_alarms: counts of images answered, and of those wrongly answered "absent" and "present".
    """

    thresholds: NDArray[np.float64]
    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    answered: NDArray[np.int64]
    missed: NDArray[np.int64]
    false_alarms: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """The risk-coverage curve: one point for every distinct confidence, from the surest image to all of them.

    Attributes:
        coverage, risk: (k,) the share answered, and of that the share answered wrongly; empty without an image.
        thresholds: (k,) the lowest confidence answered.
        area: AURC, the mean risk over k = 1 … n images answered (Geifman et al., ICLR 2019); NaN without an image.
            Equally confident images come in an order of chance: the area is its expectation.
        by_chance: what AURC is expected to be when abstaining at random: the error rate.
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    area: float
    by_chance: float


def confidence(probabilities: Floats) -> NDArray[np.float64]:
    """max(p, 1 − p), in [0.5, 1]; NaN stays NaN."""
    p = np.asarray(probabilities, np.float64)
    return np.maximum(p, 1 - p)


def abstains(probabilities: Floats, threshold: float) -> NDArray[np.bool_]:
    """Whether the model gives no answer: max(p, 1 − p) < τ. It always abstains where the probability is NaN."""
    return ~(confidence(probabilities) >= threshold)


def wrong(labels: Floats, probabilities: Floats) -> NDArray[np.bool_]:
    """Whether the more probable class is not the label; at p = 0.5 the answer is "present". False where unknown."""
    answer = np.asarray(probabilities) >= 0.5
    return np.where(answer, np.asarray(labels) == 0, np.asarray(labels) == 1)


def select(labels: Floats, probabilities: Floats, thresholds: ArrayLike = SLIDER) -> Selection:
    """Count what is answered, and how wrongly, at each threshold.

    Args:
        labels: (n,) 1, 0 or NaN.
        probabilities: (n,) in [0, 1].
        thresholds: (k,) in any order.

    Raises:
        ValueError: a label or a probability is not as said.
    """
    y, p = _known(labels, probabilities)
    taus = np.asarray(thresholds, np.float64)
    order = np.sort(confidence(p))
    answered = len(p) - np.searchsorted(order, taus, side="left")
    missed, false_alarms = (_count(confidence(p[wrong(y, p) & (y == truth)]), taus) for truth in (1, 0))
    with np.errstate(invalid="ignore"):
        coverage = answered / np.float64(len(p))
        risk = (missed + false_alarms) / answered.astype(np.float64)
    return Selection(taus, coverage, risk, answered, missed, false_alarms)


def slider(labels: Floats, probabilities: Floats) -> dict[str, list[float | int | None]]:
    """`select` at τ = 0, 0.01 … 1 as JSON-ready lists of 101 numbers by the name of the attribute; NaN is None.

    The browser reads position round(100 τ): no image needs to be sent.
    """
    chosen = select(labels, probabilities)
    return {name: [_plain(value) for value in array.tolist()] for name, array in vars(chosen).items()}


def risk_coverage(labels: Floats, probabilities: Floats) -> RiskCoverage:
    """The risk-coverage curve with its area; arguments as for `select`."""
    y, p = _known(labels, probabilities)
    if not len(p):
        return RiskCoverage(np.empty(0), np.empty(0), np.empty(0), math.nan, math.nan)
    levels, group, sizes = np.unique(-confidence(p), return_inverse=True, return_counts=True)
    errors = np.bincount(group, wrong(y, p), len(levels))
    answered, failed = np.cumsum(sizes), np.cumsum(errors)
    # Inside a group of equals every further image is wrong with the group's own rate.
    rate = np.repeat(errors / sizes, sizes)
    area = float((np.cumsum(rate) / np.arange(1, len(p) + 1)).mean())
    return RiskCoverage(answered / len(p), failed / answered, -levels, area, float(failed[-1] / len(p)))


def _known(labels: Floats, probabilities: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    y, p = np.asarray(labels, np.float64), np.asarray(probabilities, np.float64)
    if y.ndim != 1 or y.shape != p.shape:
        raise ValueError(f"Expected labels and probabilities (n,), found {y.shape} and {p.shape}.")
    check_labels_and_scores(y, p)
    if np.any((p < 0) | (p > 1)):
        raise ValueError("Expected probabilities in [0, 1], found one outside.")
    known = ~np.isnan(y)
    return y[known], p[known]


def _count(confidences: NDArray[np.float64], thresholds: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many reach each threshold."""
    return len(confidences) - np.searchsorted(np.sort(confidences), thresholds, side="left")


def _plain(value: float | int) -> float | int | None:
    return None if isinstance(value, float) and math.isnan(value) else value
