"""Sensitivity at a fixed specificity, with an interval from resampled patients."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.inference.intervals import Interval, interval
from models.classification.bootstrap import resample_counts
from models.classification.metrics import Floats, check_labels_and_scores
from models.classification.reasons import NOT_PREDICTED, missing_class

SPECIFICITY = 0.90
_ROUNDING = 1e-9


@dataclass(frozen=True)
class OperatingPoint:
    """The point of the ROC curve that is read, for one finding.

    Attributes:
        sensitivity: the highest that keeps the specificity; NaN when one class is missing or nothing is predicted.
        specificity: what it really is there, at or above the one asked for.
        threshold: images whose score reaches it are called; infinity when none may be called.
        interval: 95 %, of the sensitivity; the threshold is chosen anew in each resample.
        n_positive, n_negative: images with a known label.
        reason: why it is undefined; "" when it is not.
    """

    sensitivity: float
    specificity: float
    threshold: float
    interval: Interval
    n_positive: int
    n_negative: int
    reason: str = ""


def sensitivity_at_specificity(
    labels: Floats,
    scores: Floats,
    groups: Sequence[str],
    specificity: float = SPECIFICITY,
    resamples: int = 1000,
    seed: int = 0,
) -> OperatingPoint:
    """Read the highest sensitivity among the operating points whose specificity is at least the one asked for.

    The rule: operating points are those that a threshold on the scores can reach, images with equal scores being called
    together, and nothing is interpolated between them: with `fpr, tpr, _ = sklearn.metrics.roc_curve(labels, scores,
    drop_intermediate=False)` it is `tpr[1 - fpr >= specificity].max()`, rounding aside. Calling nothing is always
    possible, so the sensitivity may be 0. Of points with equal sensitivity the most specific counts.

    Args:
        labels: (n,) 1, 0 or NaN (unknown, left out).
        scores: (n,) finite, or all NaN where the model does not predict the finding; a higher one speaks for the
            finding. Any that keeps the order gives the same sensitivity.
        groups: (n,) what is resampled, such as the patient of each image.
        specificity: in [0, 1].
        resamples: bootstrap resamples; one without a positive or a negative image has no value and is counted.
        seed: of the draws.

    Raises:
        ValueError: an argument is not as said.
    """
    y, s = np.asarray(labels, np.float64), np.asarray(scores, np.float64)
    if not y.shape == s.shape == (len(groups),) or not 0 <= specificity <= 1:
        raise ValueError(
            f"Expected labels, scores and groups (n,) and a specificity in [0, 1], found {y.shape}, {s.shape}, "
            f"({len(groups)},) and {specificity}."
        )
    unpredicted = len(s) > 0 and bool(np.isnan(s).all())
    check_labels_and_scores(y, np.zeros_like(s) if unpredicted else s)
    positives, negatives = int((y == 1).sum()), int((y == 0).sum())
    reason = NOT_PREDICTED if unpredicted else missing_class(y)
    if reason:
        nan = float("nan")
        return OperatingPoint(nan, nan, nan, interval(np.full(resamples, nan)), positives, negatives, reason)
    walk = _Walk.down(y, s)
    sensitivities, points = walk.read(np.ones((1, len(y)), np.float32), specificity)
    called = s >= walk.threshold(int(points[0]))
    drawn = [walk.read(counts, specificity)[0] for counts in resample_counts(list(groups), resamples, seed)]
    return OperatingPoint(
        sensitivity=float(sensitivities[0]),
        specificity=1 - int((called & (y == 0)).sum()) / negatives,
        threshold=walk.threshold(int(points[0])),
        interval=interval(np.concatenate(drawn) if drawn else np.empty(0)),
        n_positive=positives,
        n_negative=negatives,
    )


@dataclass(frozen=True, eq=False)
class _Walk:
    """Images with a known label from the highest score down; `ends` are the last of each run of equal scores."""

    order: NDArray[np.intp]
    positive: NDArray[np.bool_]
    scores: NDArray[np.float64]
    ends: NDArray[np.intp]

    @classmethod
    def down(cls, y: NDArray[np.float64], s: NDArray[np.float64]) -> "_Walk":
        known = np.flatnonzero(~np.isnan(y))
        order = known[np.argsort(-s[known], kind="stable")]
        ends = np.flatnonzero(np.append(np.diff(s[order]) != 0, True))
        return cls(order, y[order] == 1, s[order], ends)

    def threshold(self, point: int) -> float:
        """The score that operating point number `point` calls down to; point 0 calls nothing."""
        return float("inf") if point == 0 else float(self.scores[self.ends[point - 1]])

    def read(self, counts: NDArray[np.float32], specificity: float) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """(sensitivity, operating point), each (b,), under every weighting (b, n); NaN where a class is missing."""
        weights = counts[:, self.order].astype(np.float64)
        called = np.zeros((2, len(weights), len(self.ends) + 1))
        for side, member in enumerate((self.positive, ~self.positive)):
            called[side, :, 1:] = np.cumsum(weights * member, axis=1)[:, self.ends]
        true, false = called
        allowed = false <= (1 - specificity) * false[:, -1:] + _ROUNDING
        points = np.argmax(np.where(allowed, true, -1), axis=1)
        best = np.take_along_axis(true, points[:, None], axis=1)[:, 0]
        both = (true[:, -1] > 0) & (false[:, -1] > 0)
        return np.divide(best, true[:, -1], out=np.full(len(best), np.nan), where=both), points
