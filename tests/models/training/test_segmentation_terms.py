"""The terms of pixels against library and pencil."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from models.training.segmentation_terms import Masks, dice_loss, pixel_cross_entropy

RNG = np.random.default_rng(0)
LOGITS = torch.from_numpy(RNG.normal(size=(2, 14, 4, 4))).float()
PIXELS = torch.from_numpy(RNG.integers(0, 2, (2, 14, 4, 4))).to(torch.uint8)
KNOWN = torch.zeros(2, 14, dtype=torch.bool)
KNOWN[0, 3], KNOWN[1, 3], KNOWN[1, 8] = True, True, True
PIXELS[1, 3] = 0  # known to be empty
FILLED = torch.tensor([(0, 3), (1, 8)])
MASKS = Masks(torch.stack([PIXELS[0, 3], PIXELS[1, 8]]), FILLED, KNOWN, 3, 2)
PAIRS = [(0, 3), (1, 3), (1, 8)]


def test_cross_entropy_is_torchs_over_the_known_masks() -> None:
    chosen = torch.stack([LOGITS[pair] for pair in PAIRS])
    targets = torch.stack([PIXELS[pair] for pair in PAIRS]).float()
    expected = functional.binary_cross_entropy_with_logits(chosen, targets)
    torch.testing.assert_close(pixel_cross_entropy(LOGITS, MASKS), expected)
    weight = torch.arange(1.0, 15.0)
    each = torch.stack([weight[3], weight[3], weight[8]])[:, None, None]
    weighted = functional.binary_cross_entropy_with_logits(chosen, targets, pos_weight=each)
    torch.testing.assert_close(pixel_cross_entropy(LOGITS, MASKS, weight), weighted)


def test_dice_by_pencil_over_the_masks_that_are_not_empty() -> None:
    scores = []
    for pair in ((0, 3), (1, 8)):
        p, t = 1 / (1 + np.exp(-LOGITS[pair].numpy().astype(float))), PIXELS[pair].numpy().astype(float)
        scores.append(1 - 2 * (p * t).sum() / (p.sum() + t.sum()))
    assert dice_loss(LOGITS, MASKS).item() == pytest.approx(np.mean(scores), abs=1e-6)
    perfect = torch.where(PIXELS > 0, 40.0, -40.0)
    assert dice_loss(perfect, MASKS).item() == pytest.approx(0, abs=1e-6)


def test_a_batch_without_masks_gives_zero_and_pulls_at_nothing() -> None:
    logits = LOGITS.clone().requires_grad_()
    nothing = Masks(MASKS.filled[:0], FILLED[:0], torch.zeros_like(KNOWN), 0, 0)
    loss = pixel_cross_entropy(logits, nothing) + dice_loss(logits, nothing)
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert logits.grad.abs().max() == 0


def test_only_known_masks_pull() -> None:
    logits = LOGITS.clone().requires_grad_()
    (pixel_cross_entropy(logits, MASKS) + dice_loss(logits, MASKS)).backward()
    assert logits.grad is not None
    pulled = logits.grad.abs().amax(dim=(2, 3)) > 0
    assert torch.equal(pulled, KNOWN)


def test_logits_of_half_the_size_see_the_shares_of_their_pixels() -> None:
    coarse = LOGITS[:, :, ::2, ::2]
    expected = functional.binary_cross_entropy_with_logits(
        torch.stack([coarse[pair] for pair in PAIRS]),
        torch.stack([PIXELS[pair] for pair in PAIRS]).float().unfold(1, 2, 2).unfold(2, 2, 2).mean(dim=(3, 4)),
    )
    torch.testing.assert_close(pixel_cross_entropy(coarse, MASKS), expected)


def test_shares_of_a_batch_sum_to_the_whole() -> None:
    places = [torch.tensor([[0, finding]]) for finding in (3, 8)]
    parts = [MASKS._replace(filled=MASKS.filled[[i]], places=places[i], known=KNOWN[[i]]) for i in range(2)]
    for term in (pixel_cross_entropy, dice_loss):
        total = sum(term(LOGITS[[i]], part) for i, part in enumerate(parts))
        torch.testing.assert_close(total, term(LOGITS, MASKS))
