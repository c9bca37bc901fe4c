"""Attended pooling: the mean of the features weighed by attention, so that the logits decompose by place.

z = Σ A·F / ΣA. What is averaged are F·A/mean(A), so with A ≡ 1 this is average pooling bit by bit, and class activation
maps of these products add up to the logit exactly.
"""

import torch
from torch.nn import functional

_LEAST = torch.finfo(torch.float32).tiny  # a sigmoid of float32 may be 0 everywhere; then nothing is attended


def relative_weights(attention: torch.Tensor, side: tuple[int, int]) -> torch.Tensor:
    """Attention over its own mean, at the size of the features.

    A finer map is averaged over each of the features' cells, which is the same as repeating each cell's features for
    the finer map.

    Args:
        attention: (n, maps, h, w) in [0, 1].
        side: rows and columns of the features.

    Returns:
        float32 (n, maps, rows, columns), from 0 up, with mean 1; 0 where the attention is 0 everywhere.
    """
    coarse = attention.float()
    if coarse.shape[-2:] != side:
        coarse = functional.adaptive_avg_pool2d(coarse, side)
    return coarse / coarse.mean(dim=(2, 3), keepdim=True).clamp_min(_LEAST)


def attended(features: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
    """F·A/mean(A) of features (n, C, h, w) and shared attention (n, 1, ·, ·): (n, C, h, w), whose mean is z."""
    return features * relative_weights(attention, (features.shape[-2], features.shape[-1])).to(features.dtype)


def attended_evidence(
    features: torch.Tensor, attention: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
) -> torch.Tensor:
    """What each place says of each finding, times how much it is attended to: its mean is the logit, without a rest.

    Args:
        features: (n, C, h, w).
        attention: (n, 1 or outputs, ·, ·) in [0, 1].
        weight, bias: (outputs, C) and (outputs,) of the last layer.

    Returns:
        (n, outputs, h, w): A_k/mean(A_k) · (w_k · F) + b_k, in logits.
    """
    evidence = functional.conv2d(features, weight[:, :, None, None])
    weights = relative_weights(attention, (features.shape[-2], features.shape[-1]))
    return evidence * weights.to(evidence.dtype) + bias[:, None, None]
