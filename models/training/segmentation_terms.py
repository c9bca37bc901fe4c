"""What the loss says of the logits of pixels, where radiologists' masks are known."""

from typing import NamedTuple

import torch
from torch.nn import functional


class Masks(NamedTuple):
    """Masks of one process's share of a batch.

    Attributes:
        pixels: uint8 (n, 14, s, s), 1 inside; 0 where unknown.
        known: bool (n, 14), whether anybody has marked the finding in the image, or said that there is nothing.
        known_in_all: how many pairs of image and finding are known in the global batch.
        filled_in_all: how many of these are of masks that are not empty, before the images were cut.
    """

    pixels: torch.Tensor
    known: torch.Tensor
    known_in_all: int
    filled_in_all: int

    def to(self, device: torch.device) -> "Masks":
        """The same on another device."""
        return self._replace(pixels=self.pixels.to(device), known=self.known.to(device))


def pixel_cross_entropy(
    pixel_logits: torch.Tensor, masks: Masks, positive_weight: torch.Tensor | None = None
) -> torch.Tensor:
    """Binary cross-entropy, a mean over pixels and then over the known pairs of image and finding.

    Args:
        pixel_logits: (n, 14, h, w); masks of another size are averaged over its pixels.
        masks: what is known; 0 where nothing is.
        positive_weight: (14,), what a pixel inside counts.
    """
    targets = _targets(pixel_logits, masks)
    weight = positive_weight[:, None, None] if positive_weight is not None else None
    losses = functional.binary_cross_entropy_with_logits(
        pixel_logits.float(), targets, reduction="none", pos_weight=weight
    )
    return (losses.mean(dim=(2, 3)) * masks.known).sum() / max(masks.known_in_all, 1)


def dice_loss(pixel_logits: torch.Tensor, masks: Masks) -> torch.Tensor:
    """1 − soft Dice, 2 Σ p·t / (Σ p + Σ t) (Milletari et al., 3DV 2016, without squares), a mean over filled masks.

    Dice of an empty mask says nothing, so empty ones are left to the cross-entropy; a mask that the image's crop has
    left out counts as 0.
    """
    targets = _targets(pixel_logits, masks)
    probabilities = pixel_logits.float().sigmoid()
    inside = targets.sum(dim=(2, 3))
    overlap = (probabilities * targets).sum(dim=(2, 3))
    dice = 2 * overlap / (probabilities.sum(dim=(2, 3)) + inside).clamp_min(1e-6)
    return ((1 - dice) * (masks.known & (inside > 0))).sum() / max(masks.filled_in_all, 1)


def _targets(pixel_logits: torch.Tensor, masks: Masks) -> torch.Tensor:
    targets = masks.pixels.float()
    size = pixel_logits.shape[-2:]
    return targets if targets.shape[-2:] == size else functional.adaptive_avg_pool2d(targets, (size[0], size[1]))
