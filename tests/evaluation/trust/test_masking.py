"""Perturbed images: the patch model's short way against running every image as a whole."""

import numpy as np
import pytest

from evaluation.trust.masking import baseline_image, masked_logits, plain_masked_logits
from models.predictor import load_predictor
from tests.evaluation.trust.toys import Patches
from tests.explainers.conftest import save_small


def _masks(count: int, side: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    masks = rng.random((count, side, side)) < rng.random((count, 1, 1))
    masks[0], masks[1] = False, True
    masks[2] = np.kron(rng.random((side // 16, side // 16)) < 0.5, np.ones((16, 16))) > 0
    return masks


def test_running_changed_patches_alone_is_running_whole_images() -> None:
    model, image = Patches(), np.random.default_rng(0).random((64, 64)).astype(np.float32)
    masks = _masks(9, 64)
    fills = np.random.default_rng(2).random((9, 64, 64)).astype(np.float32)
    for fill in (baseline_image(image), fills):
        found = masked_logits(model, image, fill, masks)
        np.testing.assert_allclose(found, model.logits(np.where(masks, fill, image)), rtol=0, atol=1e-6)


def test_the_real_patch_network_gives_the_same_both_ways(tmp_path) -> None:
    model = load_predictor(save_small("medicalpatchnet", tmp_path), "medicalpatchnet", "torch-cpu")
    image = np.random.default_rng(0).random((128, 128)).astype(np.float32)
    fill, masks = baseline_image(image, "mean"), _masks(6, 128)
    short, plain = masked_logits(model, image, fill, masks), plain_masked_logits(model, image, fill, masks)
    # random networks give large logits, and batches of other sizes may add up in another order
    np.testing.assert_allclose(short, plain, rtol=1e-5, atol=1e-5 * np.abs(plain).max())


def test_whole_patches_cost_two_passes() -> None:
    model, image = Patches(), np.random.default_rng(0).random((64, 64)).astype(np.float32)
    order = np.random.default_rng(3).permutation(16)
    gone = [np.isin(np.arange(16), order[:k]).reshape(4, 4) for k in range(17)]
    masks = np.stack([one.repeat(16, axis=0).repeat(16, axis=1) for one in gone])
    masked_logits(model, image, baseline_image(image), masks)
    assert model.patches == 2 * 16


def test_baselines() -> None:
    image = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    assert (baseline_image(image, "black") == 0).all()
    np.testing.assert_allclose(baseline_image(image, "mean"), image.mean(), rtol=1e-6)
    assert baseline_image(image, "blur").std() < 0.1 * image.std()
    with pytest.raises(ValueError, match="blur, mean or black"):
        baseline_image(image, "white")  # type: ignore[arg-type]


def test_shapes_that_do_not_fit_are_refused() -> None:
    image = np.zeros((64, 64), np.float32)
    with pytest.raises(ValueError, match="masks"):
        masked_logits(Patches(), image, image, np.zeros((2, 32, 32), bool))
    assert masked_logits(Patches(), image, image, np.zeros((0, 64, 64), bool)).shape == (0, 14)
