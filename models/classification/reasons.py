"""Why a metric is undefined, in words."""

import numpy as np
from numpy.typing import NDArray

from models.classification.metrics import Floats

NOT_PREDICTED = "not predicted"


def missing_class(labels: Floats) -> str:
    """Say which class labels (n,) of 0, 1 and NaN lack; "" when they hold both."""
    if not np.any(labels == 1):
        return "no positive image" if np.any(labels == 0) else "no image with a known label"
    return "" if np.any(labels == 0) else "no negative image"


def why_undefined(metric: str, labels: Floats, called: NDArray[np.bool_], without_threshold: str) -> str:
    """Say why a metric of one finding is NaN.

    Args:
        metric: one of METRICS, whose value is NaN.
        labels: (n,) 1, 0 or NaN.
        called: (n,) whether each image is called positive.
        without_threshold: why the finding has no threshold; "" when it has one.
    """
    if metric != "auroc" and without_threshold:
        return f"no threshold, validation has {without_threshold}"
    if metric == "precision" and np.any(~np.isnan(labels)):
        return "no image is called positive"
    if metric == "f1" and np.any(~np.isnan(labels)):
        return "no positive image and none called positive"
    return missing_class(labels)
