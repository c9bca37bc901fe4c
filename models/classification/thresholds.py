"""The threshold at which a probability is called a finding, chosen on validation images."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from models.classification.metrics import Floats, check_labels_and_scores


def youden_threshold(labels: Floats, scores: Floats) -> float:
    """Choose the threshold with the largest TPR − FPR (Youden, Cancer 1950).

    Args:
        labels: (n,) 1, 0 or NaN (unknown, left out).
        scores: (n,) finite.

    Returns:
        The score of a validation image, to be compared with ≥. Among equals the highest. Infinity, which calls nothing
        positive, when no threshold is better than chance. NaN when there is no positive or no negative image.
    """
    known = ~np.isnan(labels)
    if not (np.any(labels == 1) and np.any(labels == 0)):
        return float("nan")
    false_positive_rate, true_positive_rate, thresholds = roc_curve(labels[known], scores[known])
    return float(thresholds[np.argmax(true_positive_rate - false_positive_rate)])


def youden_thresholds(labels: Floats, scores: Floats) -> NDArray[np.float64]:
    """Choose every finding's threshold: labels and scores (n, F) → float64 (F,).

    Raises:
        ValueError: the shapes differ, or a label or a score is not as `youden_threshold` says.
    """
    if labels.ndim != 2 or labels.shape != scores.shape:
        raise ValueError(f"Expected labels and scores (n, F), found {labels.shape} and {scores.shape}.")
    check_labels_and_scores(labels, scores)
    return np.array([youden_threshold(labels[:, column], scores[:, column]) for column in range(labels.shape[1])])
