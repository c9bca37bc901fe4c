"""Augmentation against torchvision and pencil."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as tvf

from models.training.augment import Variation, draw_variation, resize, vary, vary_masks
from models.training.config import AugmentationConfig

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (48, 48), dtype=np.uint8)
SMOOTH = np.rint(127 + 90 * np.sin(np.arange(48) / 5)[:, None] * np.cos(np.arange(48) / 7)).astype(np.uint8)


def test_a_crop_is_torchvisions_resized_crop() -> None:
    for box in ((3, 5, 40, 30), (0, 0, 48, 48), (10, 2, 9, 12)):
        ours = vary(IMAGE[None], [Variation(*box, degrees=0, brightness=1)], 32)
        theirs = tvf.resized_crop(torch.from_numpy(IMAGE)[None].float() / 255, *box, [32, 32], antialias=True)
        assert ours.shape == (1, 1, 32, 32)
        assert ours.dtype == torch.float32
        torch.testing.assert_close(ours[0], theirs, rtol=0, atol=1e-6)


def test_a_rotation_is_torchvisions() -> None:
    for degrees in (-5.0, 2.5, 90.0):
        ours = vary(SMOOTH[None], [Variation(0, 0, 48, 48, degrees, 1)], 48)
        theirs = tvf.rotate(
            torch.from_numpy(SMOOTH)[None].float() / 255, degrees, interpolation=v2.InterpolationMode.BILINEAR
        )
        torch.testing.assert_close(ours[0], theirs, rtol=0, atol=2e-5)  # two float32 grids of 48 steps


def test_brightness_multiplies_and_is_cut_at_white() -> None:
    ours = vary(IMAGE[None], [Variation(0, 0, 48, 48, 0, 1.25)], 48)
    np.testing.assert_allclose(ours[0, 0].numpy(), np.minimum(IMAGE / 255 * 1.25, 1), rtol=0, atol=1e-6)


def test_images_of_a_batch_are_varied_separately() -> None:
    stack = RNG.integers(0, 256, (5, 48, 48), dtype=np.uint8)
    config = AugmentationConfig(crop_scale=(0.5, 1), rotation_degrees=5, brightness=0.3)
    rng = np.random.default_rng(1)
    variations = [draw_variation(config, 48, rng) for _ in stack]
    together = vary(stack, variations, 24)
    for i, variation in enumerate(variations):
        torch.testing.assert_close(vary(stack[i : i + 1], [variation], 24)[0], together[i], rtol=0, atol=1e-6)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), low=st.floats(0.05, 1), side=st.integers(8, 300))
def test_crops_lie_inside_and_keep_their_range(seed: int, low: float, side: int) -> None:
    config = AugmentationConfig(crop_scale=(low, 1), rotation_degrees=5, brightness=0.3)
    drawn = draw_variation(config, side, np.random.default_rng(seed))
    assert drawn.top >= 0
    assert drawn.left >= 0
    assert drawn.top + drawn.height <= side
    assert drawn.left + drawn.width <= side
    # Sides are rounded to whole pixels, so the share may leave its range by one pixel a side.
    assert (drawn.height + 1) * (drawn.width + 1) >= low * side * side
    assert abs(drawn.degrees) <= 5
    assert 0.7 <= drawn.brightness <= 1.3


def test_crop_areas_are_uniform() -> None:
    """Means of 4,000 draws against the uniform law's, within 4 standard errors (area 0.9 to 1 nearly always fits only
    for aspects near 1, so the range stays below)."""
    config = AugmentationConfig(crop_scale=(0.3, 0.6), rotation_degrees=4, brightness=0.2)
    rng = np.random.default_rng(2)
    drawn = [draw_variation(config, 1000, rng) for _ in range(4000)]
    for values, low, high in (
        ([d.height * d.width / 1e6 for d in drawn], 0.3, 0.6),
        ([d.degrees for d in drawn], -4, 4),
        ([d.brightness for d in drawn], 0.8, 1.2),
    ):
        assert abs(np.mean(values) - (low + high) / 2) < 4 * (high - low) / np.sqrt(12 * 4000)


def test_resize_is_antialiased() -> None:
    checkers = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    small = resize(checkers, 16)
    assert small.shape == (1, 1, 16, 16)
    torch.testing.assert_close(small[..., 1:-1, 1:-1], torch.full((1, 1, 14, 14), 0.5), rtol=0, atol=1e-6)


def test_masks_are_varied_as_their_image_is() -> None:
    """A mask drawn into an image as white is found again where the varied image is at least half white."""
    masks = np.stack([IMAGE > 200, SMOOTH > 127, np.zeros_like(IMAGE)]).astype(np.uint8)
    for side in (48, 31):
        variation = Variation(3, 6, 40, 38, degrees=4.0, brightness=1.3)
        ours = vary_masks(masks, variation, side)
        white = Variation(3, 6, 40, 38, degrees=4.0, brightness=1)
        theirs = vary(255 * masks, [white] * 3, side)[:, 0]
        clear = (theirs - 0.5).abs() > 1e-4
        assert ours.dtype == torch.uint8
        assert torch.equal(ours[clear].bool(), theirs[clear] >= 0.5)
        assert ours[2].max() == 0
        assert clear.float().mean() > 0.99
    whole = Variation(0, 0, 48, 48, degrees=0, brightness=1)
    np.testing.assert_array_equal(vary_masks(masks, whole, 48).numpy(), masks)
