"""The metrics of one set of images by scikit-learn, one call a value, and data with ties to try them on."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, precision_recall_fscore_support, roc_auc_score


def sklearn_metrics(labels: NDArray, scores: NDArray, threshold: float) -> NDArray[np.float64]:
    """AUROC, accuracy, sensitivity, specificity, precision, F1 of one finding; NaN where undefined."""
    known = ~np.isnan(labels)
    truth, values = labels[known].astype(int), scores[known]
    auroc = roc_auc_score(truth, values) if len(set(truth)) == 2 else np.nan
    if np.isnan(threshold) or not len(truth):
        return np.array([auroc] + 5 * [np.nan])
    called = (values >= threshold).astype(int)
    precision, recall, f1, _ = precision_recall_fscore_support(truth, called, labels=[0, 1], zero_division=np.nan)
    return np.array([auroc, accuracy_score(truth, called), recall[1], recall[0], precision[1], f1[1]])


def sklearn_table(labels: NDArray, scores: NDArray, thresholds: NDArray) -> NDArray[np.float64]:
    """All findings: (6, F)."""
    columns = [sklearn_metrics(labels[:, k], scores[:, k], thresholds[k]) for k in range(labels.shape[1])]
    return np.stack(columns, axis=1)


def example(n: int, seed: int, n_findings: int = 14) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Labels of several prevalences, a tenth of them unknown, and probabilities on a grid of 0.05: with many ties."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((n, n_findings)) < np.linspace(0.08, 0.6, n_findings)).astype(float)
    logits = rng.normal(size=labels.shape) + labels
    labels[rng.random(labels.shape) < 0.1] = np.nan
    return labels, np.round(1 / (1 + np.exp(-logits)) * 20) / 20
