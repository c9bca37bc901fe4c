"""Loss and AUROC against pencil and library."""

import numpy as np
import pytest
import torch
from torch import nn
from torchmetrics.functional.classification import binary_calibration_error
from torchvision.ops import sigmoid_focal_loss

from models.training.objective import ECE_BINS, aurocs, calibration_errors, masked_loss, positive_weights

RNG = np.random.default_rng(0)


def test_without_unknown_labels_it_is_torchs_loss() -> None:
    logits, labels = (
        torch.from_numpy(RNG.normal(size=(5, 14))).float(),
        torch.from_numpy(RNG.integers(0, 2, (5, 14))).float(),
    )
    torch.testing.assert_close(masked_loss(logits, labels, 70), nn.BCEWithLogitsLoss()(logits, labels))
    weight = torch.arange(1.0, 15.0)
    torch.testing.assert_close(
        masked_loss(logits, labels, 70, weight), nn.BCEWithLogitsLoss(pos_weight=weight)(logits, labels)
    )


def test_unknown_labels_neither_count_nor_pull() -> None:
    """Labels 1, 0, unknown at logit 0: (ln 2 + ln 2) / 2, and no gradient at the third."""
    logits = torch.zeros(1, 3, requires_grad=True)
    loss = masked_loss(logits, torch.tensor([[1.0, 0.0, float("nan")]]), 2)
    loss.backward()
    assert loss.item() == pytest.approx(np.log(2), abs=1e-6)
    assert logits.grad is not None
    np.testing.assert_allclose(logits.grad.numpy(), [[-0.25, 0.25, 0]], atol=1e-7)


def test_no_known_label_gives_zero() -> None:
    assert masked_loss(torch.zeros(2, 3), torch.full((2, 3), float("nan")), 0).item() == 0


def test_shares_sum_to_the_whole() -> None:
    logits, labels = torch.from_numpy(RNG.normal(size=(6, 14))).float(), torch.ones(6, 14)
    parts = masked_loss(logits[:2], labels[:2], 84) + masked_loss(logits[2:], labels[2:], 84)
    torch.testing.assert_close(parts, masked_loss(logits, labels, 84))


def test_positive_weights() -> None:
    labels = np.array([[1, 0, 1], [0, 0, 1], [0, 0, 0], [0, 1, np.nan]], dtype=np.float32)
    assert positive_weights(labels, 1) is None
    np.testing.assert_allclose(positive_weights(labels, 2.5), [2.5, 2.5, 1])
    np.testing.assert_allclose(positive_weights(labels, 9), [3, 3, 1])


def test_aurocs_by_hand() -> None:
    """Positives at 1 and 3, negatives at 0 and 2: three of four pairs in order. Ties count half; one class is NaN."""
    labels = np.array([[1, 1, 0, np.nan], [1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]], dtype=np.float32)
    logits = np.array([[1, 5, 0, 9], [3, 5, 1, 2], [0, 5, 2, 1], [2, 5, 3, 0]], dtype=np.float32)
    np.testing.assert_allclose(aurocs(labels, logits), [0.75, 0.5, np.nan, 1])


def test_the_focal_loss_is_torchvisions_and_plain_at_exponent_0() -> None:
    logits = torch.from_numpy(RNG.normal(0, 3, size=(5, 14))).float()
    labels = torch.from_numpy(RNG.integers(0, 2, (5, 14))).float()
    for gamma in (0.5, 2.0):
        theirs = sigmoid_focal_loss(logits, labels, alpha=-1, gamma=gamma, reduction="mean")
        torch.testing.assert_close(masked_loss(logits, labels, 70, gamma=gamma), theirs)
    assert masked_loss(logits, labels, 70, gamma=0).item() == masked_loss(logits, labels, 70).item()
    certain = torch.tensor([[60.0, -60.0]], requires_grad=True)  # 1 − p is 0 in float32, and its root has no slope
    masked_loss(certain, torch.tensor([[1.0, 0.0]]), 2, gamma=0.5).backward()
    assert certain.grad is not None
    assert certain.grad.isfinite().all()


def test_smoothed_labels_lie_between() -> None:
    """Labels 1 and 0 at ε = 0.2 are 0.9 and 0.1; at logit z the loss is −t·log σ(z) − (1 − t)·log σ(−z)."""
    z = 1.5
    loss = masked_loss(torch.tensor([[z, z]]), torch.tensor([[1.0, 0.0]]), 2, smoothing=0.2).item()
    yes, no = np.log(1 + np.exp(-z)), np.log(1 + np.exp(z))
    assert loss == pytest.approx((0.9 * yes + 0.1 * no + 0.1 * yes + 0.9 * no) / 2, abs=1e-6)


def test_calibration_errors_are_torchmetrics() -> None:
    labels = RNG.integers(0, 2, (200, 3)).astype(np.float32)
    logits = RNG.normal(0, 2, (200, 3)).astype(np.float32)
    labels[:20, 1], labels[:, 2] = np.nan, np.nan
    ours = calibration_errors(labels, logits)
    for k in range(2):
        known = ~np.isnan(labels[:, k])
        probabilities = torch.from_numpy(logits[known, k]).sigmoid()
        theirs = binary_calibration_error(probabilities, torch.from_numpy(labels[known, k]).int(), n_bins=ECE_BINS)
        assert ours[k] == pytest.approx(theirs.item(), abs=1e-6)
    assert np.isnan(ours[2])
