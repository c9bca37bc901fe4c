"""AUROC, accuracy, sensitivity, specificity, precision and F1 of weighted images, for many weightings at once.

Pure functions over arrays. A weighting is one bootstrap resample: how often it draws each image. Weights of one give
the plain metrics. All counting is in whole numbers that the float type holds exactly, so every value equals
scikit-learn's on the images written out one by one, up to the rounding of a single division.

What comes out undefined is NaN: AUROC without a positive or without a negative image, sensitivity without a positive,
specificity without a negative, precision when nothing is called positive, F1 when moreover nothing is positive, and
all but AUROC where the finding has no threshold. Images whose label is unknown (NaN) count for nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

METRICS: tuple[str, ...] = ("auroc", "accuracy", "sensitivity", "specificity", "precision", "f1")

Floats = NDArray[np.floating]

_EXACT_IN_FLOAT32 = 2**24


@dataclass(frozen=True, eq=False)
class Confusion:
    """Counts of true and false positives and negatives, each float64 (b, F): b weightings, F findings."""

    tp: NDArray[np.float64]
    fp: NDArray[np.float64]
    tn: NDArray[np.float64]
    fn: NDArray[np.float64]


def metric_values(labels: Floats, scores: Floats, thresholds: Floats, counts: Floats) -> NDArray[np.float64]:
    """Compute all metrics of all findings under every weighting.

    Args:
        labels: (n, F) 1, 0 or NaN (unknown).
        scores: (n, F) finite; a higher one supports the finding.
        thresholds: (F,) an image is called positive when its score ≥ the threshold; NaN: there is none.
        counts: (b, n) whole numbers ≥ 0, how often each image counts.

    Returns:
        float64 (b, len(METRICS), F), in the order of METRICS.

    Raises:
        ValueError: a shape, a label or a score is not as said.
    """
    _check(labels, scores, counts)
    values = np.empty((counts.shape[0], len(METRICS), labels.shape[1]))
    by_image = _exact(counts)
    for column in range(labels.shape[1]):
        values[:, 0, column] = _auroc(labels[:, column], scores[:, column], by_image)
    values[:, 1:] = threshold_metrics(confusion(labels, scores >= thresholds, counts))
    values[:, 1:, np.isnan(thresholds)] = np.nan
    return values


def weighted_auroc(labels: Floats, scores: Floats, counts: Floats) -> NDArray[np.float64]:
    """Compute the area under the ROC curve of one finding under every weighting.

    It is the Mann-Whitney statistic: the share of pairs (positive, negative) in which the positive image scores
    higher, a tie counting one half (Hanley and McNeil, Radiology 1982). The images are walked once from the lowest
    score to the highest, with a running sum of the negatives passed; each step is one operation over all weightings.

    Args:
        labels: (n,) 1, 0 or NaN (unknown).
        scores: (n,) finite.
        counts: (b, n) whole numbers ≥ 0.

    Returns:
        float64 (b,); NaN where a weighting has no positive or no negative image.
    """
    return _auroc(labels, scores, _exact(counts))


def confusion(labels: Floats, called: NDArray[np.bool_], counts: Floats) -> Confusion:
    """Count the four outcomes of every finding under every weighting.

    Args:
        labels: (n, F) 1, 0 or NaN (unknown).
        called: (n, F) whether the image is called positive.
        counts: (b, n) whole numbers ≥ 0, their sum below 2^24, up to which float32 holds sums exactly.
    """
    positive, negative = labels == 1, labels == 0
    outcomes = np.concatenate([positive & called, positive, negative & called, negative], axis=1)
    sums = outcomes.T.astype(np.float32) @ np.asarray(counts, dtype=np.float32).T
    tp, positives, fp, negatives = np.split(sums.T.astype(np.float64), 4, axis=1)
    return Confusion(tp=tp, fp=fp, tn=negatives - fp, fn=positives - tp)


def threshold_metrics(counted: Confusion) -> NDArray[np.float64]:
    """Compute accuracy, sensitivity, specificity, precision and F1, the metrics after AUROC: float64 (b, 5, F)."""
    tp, fp, tn, fn = counted.tp, counted.fp, counted.tn, counted.fn
    return np.stack(
        [
            _ratio(tp + tn, tp + fp + tn + fn),
            _ratio(tp, tp + fn),
            _ratio(tn, tn + fp),
            _ratio(tp, tp + fp),
            _ratio(2 * tp, 2 * tp + fp + fn),
        ],
        axis=1,
    )


def mean_over(values: NDArray[np.float64], included: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Average metrics over findings, over the same ones under every weighting.

    Args:
        values: (b, M, F), M metrics of F findings.
        included: (M, F) the findings that a metric's mean is made of.

    Returns:
        (b, M); NaN where one of the findings included is undefined, so that a mean never changes what it is a mean
        of, and where none is included.
    """
    return _ratio(np.where(included, values, 0.0).sum(axis=2), included.sum(axis=1, dtype=np.float64))


def _auroc(labels: Floats, scores: Floats, by_image: Floats) -> NDArray[np.float64]:
    known = np.flatnonzero(~np.isnan(labels))
    positive = labels[known] == 1
    # The half for ties is the mean of two walks: tied negatives first (all won), tied positives first (none won).
    kindly = np.lexsort((positive, scores[known]))
    strictly = np.lexsort((~positive, scores[known]))
    wins, positives, negatives = _walk(known[kindly], positive[kindly], by_image)
    if np.array_equal(positive[kindly], positive[strictly]):
        doubled = 2 * wins
    else:
        doubled = wins + _walk(known[strictly], positive[strictly], by_image)[0]
    return _ratio(doubled, 2 * positives * negatives)


def _walk(
    order: NDArray[np.intp], positive: NDArray[np.bool_], by_image: Floats
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Walk images in an order: (pairs of a positive and a negative before it, positives, negatives), each (b,)."""
    wins, positives, negatives, pairs = np.zeros((4, by_image.shape[1]), by_image.dtype)
    for image, is_positive in zip(order.tolist(), positive.tolist(), strict=True):
        counts = by_image[image]
        if is_positive:
            positives += counts
            wins += np.multiply(counts, negatives, out=pairs)
        else:
            negatives += counts
    return wins.astype(np.float64), positives.astype(np.float64), negatives.astype(np.float64)


def _exact(counts: Floats) -> Floats:
    """The counts, image by image (n, b), in the smallest float type that holds every sum of pairs exactly.

    Positives × negatives is at most a quarter of the squared total; float64 holds it up to some 10^8 images.
    """
    largest = float(counts.sum(axis=1, dtype=np.float64).max(initial=0.0))
    dtype = np.float32 if largest**2 / 4 < _EXACT_IN_FLOAT32 else np.float64
    return np.ascontiguousarray(counts.T, dtype=dtype)


def _ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    result = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    return np.divide(numerator, denominator, out=result, where=denominator > 0)


def _check(labels: Floats, scores: Floats, counts: Floats) -> None:
    if labels.ndim != 2 or labels.shape != scores.shape or counts.ndim != 2 or counts.shape[1] != labels.shape[0]:
        raise ValueError(
            "Expected labels (n, F), scores (n, F) and counts (b, n), "
            f"found {labels.shape}, {scores.shape} and {counts.shape}."
        )
    check_labels_and_scores(labels, scores)


def check_labels_and_scores(labels: Floats, scores: Floats) -> None:
    """Raise ValueError unless every label is 0, 1 or NaN and every score is finite."""
    if not np.all(np.isnan(labels) | (labels == 0) | (labels == 1)):
        raise ValueError("Expected labels of 0, 1 or NaN (unknown), found another value.")
    if not np.all(np.isfinite(scores)):
        raise ValueError("Expected finite scores, found NaN or infinity.")
