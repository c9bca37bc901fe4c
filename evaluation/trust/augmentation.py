"""Test-time augmentation: how far the probabilities move under changes that mean nothing.

Every view is the image slightly shifted, with slightly other contrast and brightness, in this order. It is never
flipped: the heart lies on the left. The spread of the probabilities over the views is a cheap measure of the model's
uncertainty (Wang et al., Neurocomputing 2019), not an interval that covers the truth with a known rate.
"""

from dataclasses import dataclass

import numpy as np

from data_cache.errors import InputError
from evaluation.trust.base import FloatArray, Model, Values, probability


@dataclass(frozen=True)
class Views:
    """Which views are drawn, each amount uniformly.

    Attributes:
        count: how many, at least 2.
        shift: largest shift down and to the right or up and to the left, as a share of the side.
        contrast: the factor lies in [1 − contrast, 1 + contrast].
        brightness: what is added lies in [−brightness, brightness].
        seed: of the draws; the same views for every image of a size.
    """

    count: int = 16
    shift: float = 0.03
    contrast: float = 0.10
    brightness: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        if self.count < 2 or not (0 <= self.shift < 0.5 and 0 <= self.contrast < 1 and 0 <= self.brightness < 1):
            raise InputError(
                f"Expected at least 2 views, a shift below 0.5 and contrast and brightness below 1, found {self}."
            )


@dataclass(frozen=True, eq=False)
class Spread:
    """Probabilities over the views, float64.

    Attributes:
        plain: (F,) of the image as it is.
        views: (count, F) of each view.
        mean, deviation: (F,) over the views; the standard deviation with count − 1 below.
    """

    plain: Values
    views: Values
    mean: Values
    deviation: Values


def change_contrast(image: FloatArray, factor: float) -> FloatArray:
    """Stretch grey values about the image's mean and clip to [0, 1], as torchvision's `adjust_contrast`.

    Args:
        image: (h, w) float32 in [0, 1].
        factor: 1 changes nothing, 0 gives the mean everywhere.
    """
    mean = image.mean(dtype=np.float64)
    return np.clip(mean + factor * (image.astype(np.float64) - mean), 0, 1).astype(np.float32)


def change_brightness(image: FloatArray, amount: float) -> FloatArray:
    """Add an amount to every pixel and clip to [0, 1]."""
    return np.clip(image + np.float32(amount), 0, 1).astype(np.float32)


def shift(image: FloatArray, down: int, right: int) -> FloatArray:
    """Move an image (h, w) by whole pixels; what comes in from outside repeats the border."""
    height, width = image.shape
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return image[rows[:, None], columns]


def draw_views(image: FloatArray, views: Views) -> FloatArray:
    """Draw the views of an image (s, s) float32 in [0, 1]: (count, s, s) float32 in [0, 1]."""
    generator = np.random.default_rng(views.seed)
    most = round(views.shift * image.shape[0])
    moves = generator.integers(-most, most + 1, size=(views.count, 2))
    factors = generator.uniform(1 - views.contrast, 1 + views.contrast, views.count)
    amounts = generator.uniform(-views.brightness, views.brightness, views.count)
    return np.stack(
        [
            change_brightness(change_contrast(shift(image, int(down), int(right)), factor), amount)
            for (down, right), factor, amount in zip(moves, factors, amounts, strict=True)
        ]
    )


def augmentation_spread(model: Model, image: FloatArray, views: Views | None = None) -> Spread:
    """Ask a model about an image and its views, in batches.

    Args:
        model: answers for many images at once.
        image: (s, s) float32 in [0, 1], as the model takes it.
        views: which; 16 small ones by default.

    Raises:
        InputError: the image does not fit the model.
    """
    stack = np.concatenate([image[None], draw_views(image, views or Views())])
    probabilities = probability(model.logits(stack))
    moved = probabilities[1:]
    return Spread(probabilities[0], moved, moved.mean(axis=0), moved.std(axis=0, ddof=1))
