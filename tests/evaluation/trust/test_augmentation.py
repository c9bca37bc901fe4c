"""Views against torchvision, and the spread against models whose answer is known."""

import numpy as np
import pytest
import torch
from torchvision.transforms.functional import adjust_contrast

from data_cache.errors import InputError
from evaluation.trust.augmentation import (
    Views,
    augmentation_spread,
    change_brightness,
    change_contrast,
    draw_views,
    shift,
)

IMAGE = np.random.default_rng(0).random((40, 40)).astype(np.float32)


class Mean:
    """A model whose logits are the mean grey, and that of the right half less that of the left."""

    input_size = 40

    def __init__(self) -> None:
        self.asked: list[int] = []

    def logits(self, images: np.ndarray) -> np.ndarray:
        self.asked.append(len(images))
        sides = images[:, :, 20:].mean(axis=(1, 2)) - images[:, :, :20].mean(axis=(1, 2))
        return np.stack([images.mean(axis=(1, 2)), 10 * sides], axis=1).astype(np.float32)


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 1.5])
def test_contrast_is_that_of_torchvision(factor: float) -> None:
    theirs = adjust_contrast(torch.from_numpy(IMAGE)[None], factor)[0].numpy()
    np.testing.assert_allclose(change_contrast(IMAGE, factor), theirs, atol=1e-6)


def test_brightness_is_added_and_clipped() -> None:
    np.testing.assert_allclose(
        change_brightness(np.array([[0.0, 0.5, 0.99]], np.float32), 0.02), [[0.02, 0.52, 1.0]], atol=1e-7
    )


def test_a_shift_moves_whole_pixels_and_repeats_the_border() -> None:
    moved = shift(IMAGE, 3, -2)
    np.testing.assert_array_equal(moved[3:, :-2], IMAGE[:-3, 2:])
    np.testing.assert_array_equal(moved[:3, :-2], np.repeat(IMAGE[:1, 2:], 3, axis=0))
    np.testing.assert_array_equal(shift(IMAGE, 0, 0), IMAGE)


def test_views_are_drawn_from_the_seed_within_their_limits_and_never_flipped() -> None:
    views = Views(count=30, shift=0.05, contrast=0.1, brightness=0.05, seed=4)
    drawn = draw_views(IMAGE, views)
    assert drawn.shape == (30, 40, 40) and drawn.dtype == np.float32 and drawn.min() >= 0 and drawn.max() <= 1
    np.testing.assert_array_equal(drawn, draw_views(IMAGE, views))
    assert not np.array_equal(drawn, draw_views(IMAGE, Views(count=30, shift=0.05, seed=5)))
    ramp = np.tile(np.linspace(0.3, 0.7, 40, dtype=np.float32), (40, 1))
    assert np.all(draw_views(ramp, views)[:, :, -1].mean(axis=1) > draw_views(ramp, views)[:, :, 0].mean(axis=1))


def test_only_shifts_leave_the_set_of_values_alone() -> None:
    drawn = draw_views(IMAGE, Views(count=8, shift=0.1, contrast=0, brightness=0))
    for view in drawn:
        matches = [np.abs(shift(IMAGE, down, right) - view).max() for down in range(-4, 5) for right in range(-4, 5)]
        assert min(matches) < 1e-6


def test_the_spread_is_the_deviation_of_the_views_probabilities_asked_in_one_batch() -> None:
    model = Mean()
    found = augmentation_spread(model, IMAGE, Views(count=12))
    assert model.asked == [13]
    one_by_one = np.concatenate([Mean().logits(view[None]) for view in draw_views(IMAGE, Views(count=12))])
    probabilities = 1 / (1 + np.exp(-one_by_one.astype(float)))
    np.testing.assert_allclose(found.views, probabilities, atol=1e-6)
    np.testing.assert_allclose(found.mean, probabilities.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found.deviation, np.std(probabilities, axis=0, ddof=1), atol=1e-6)
    np.testing.assert_allclose(found.plain, 1 / (1 + np.exp(-Mean().logits(IMAGE[None])[0].astype(float))), atol=1e-6)


def test_views_that_change_nothing_have_no_spread() -> None:
    found = augmentation_spread(Mean(), IMAGE, Views(count=3, shift=0, contrast=0, brightness=0))
    np.testing.assert_allclose(found.deviation, 0, atol=1e-7)


def test_the_image_is_left_as_it_was() -> None:
    before = IMAGE.copy()
    augmentation_spread(Mean(), IMAGE)
    np.testing.assert_array_equal(IMAGE, before)


@pytest.mark.parametrize("wrong", [{"count": 1}, {"shift": 0.5}, {"contrast": 1.0}, {"brightness": -0.1}])
def test_views_that_make_no_sense_are_refused(wrong: dict) -> None:
    with pytest.raises(InputError, match="Expected"):
        Views(**wrong)
