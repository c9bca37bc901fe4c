"""What training minimises, and what tells whether it works."""

import numpy as np
import torch
from scipy.special import expit
from sklearn.metrics import roc_auc_score
from torch.nn import functional


def logits_of(outputs: torch.Tensor | tuple[torch.Tensor, ...]) -> torch.Tensor:
    """The logits (n, 14) among what a network returns: alone, or the first of several."""
    return outputs if isinstance(outputs, torch.Tensor) else outputs[0]


def masked_loss(
    logits: torch.Tensor,
    labels: torch.Tensor,
    known: int,
    positive_weight: torch.Tensor | None = None,
    *,
    gamma: float = 0.0,
    smoothing: float = 0.0,
) -> torch.Tensor:
    """Binary cross-entropy summed over the known labels, divided by a given count of known labels.

    With `known` counted over the global batch, the processes' losses sum to the loss of the whole batch.

    Args:
        logits: (n, 14).
        labels: (n, 14) of 1, 0 and NaN (unknown, left out).
        known: the divisor; 0 gives a loss of 0.
        positive_weight: (14,), what a positive label counts.
        gamma: exponent of the focal loss (Lin et al., ICCV 2017): each label's cross-entropy is multiplied by
            (1 − p)^gamma, p being the probability given to the label; 0 leaves it as it is.
        smoothing: ε; labels become ε/2 and 1 − ε/2 in the cross-entropy, not in the factor.
    """
    mask = ~torch.isnan(labels)
    hard = torch.nan_to_num(labels)
    scores = logits.float()
    targets = hard * (1 - smoothing) + smoothing / 2 if smoothing else hard
    losses = functional.binary_cross_entropy_with_logits(scores, targets, reduction="none", pos_weight=positive_weight)
    if gamma:
        # (1 − p) is the sigmoid of minus the logit of the label; as an exponential, its gradient is finite at 0
        losses = losses * torch.exp(gamma * functional.logsigmoid(torch.where(hard > 0, -scores, scores)))
    return (losses * mask).sum() / max(known, 1)


def positive_weights(labels: np.ndarray, cap: float) -> torch.Tensor | None:
    """Return negatives / positives per finding, between 1 and a cap; None where the cap is 1 (no weighting)."""
    if cap == 1:
        return None
    positive, negative = (labels == 1).sum(axis=0), (labels == 0).sum(axis=0)
    return torch.from_numpy(np.clip(negative / np.maximum(positive, 1), 1, cap).astype(np.float32))


def aurocs(labels: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Return the AUROC of each finding.

    Args:
        labels: (n, 14) of 1, 0 and NaN (left out).
        logits: (n, 14), any increasing function of the probability.

    Returns:
        float64 (14,); NaN where the known labels are all alike.
    """
    values = np.full(labels.shape[1], np.nan)
    for k in range(labels.shape[1]):
        known = ~np.isnan(labels[:, k])
        if len(np.unique(labels[known, k])) == 2:
            values[k] = roc_auc_score(labels[known, k], logits[known, k])
    return values


ECE_BINS = 15


def calibration_errors(labels: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Return the expected calibration error of each finding's probability, over 15 equally wide bins.

    Σ over bins of n_b / n × |mean probability − share with the finding|, bins closed on the left.

    Args:
        labels: (n, 14) of 1, 0 and NaN (left out).
        logits: (n, 14).

    Returns:
        float64 (14,); NaN where no label is known.
    """
    values = np.full(labels.shape[1], np.nan)
    for k in range(labels.shape[1]):
        known = ~np.isnan(labels[:, k])
        if known.any():
            probabilities = expit(logits[known, k].astype(np.float64))
            bins = np.minimum((probabilities * ECE_BINS).astype(int), ECE_BINS - 1)
            gaps = np.bincount(bins, probabilities - labels[known, k])
            values[k] = np.abs(gaps).sum() / known.sum()
    return values
