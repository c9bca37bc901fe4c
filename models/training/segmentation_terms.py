"""What the loss says of the logits of pixels, where radiologists' masks are known."""

from typing import NamedTuple

import torch
from torch.nn import functional


class Masks(NamedTuple):
    """Masks of one process's share of a batch.

    Attributes:
        filled: uint8 (k, s, s), the masks that are not empty, 1 inside.
        places: int64 (k, 2), the image and the finding of each.
        known: bool (n, 14), whether anybody has marked the finding in the image, or said that there is nothing.
        known_in_all: how many pairs of image and finding are known in the global batch.
        filled_in_all: how many of these are of masks that are not empty, before the images were cut.
    """

    filled: torch.Tensor
    places: torch.Tensor
    known: torch.Tensor
    known_in_all: int
    filled_in_all: int

    def to(self, device: torch.device) -> "Masks":
        """The same on another device."""
        here = {name: getattr(self, name).to(device) for name in ("filled", "places", "known")}
        return self._replace(**here)

    def shares(self, size: torch.Size) -> torch.Tensor:
        """How much of each pixel of a (h, w) grid over the image each filled mask covers, float32 (k, h, w)."""
        shares = self.filled.float()
        return shares if shares.shape[1:] == size else functional.adaptive_avg_pool2d(shares, (size[0], size[1]))


def pixel_cross_entropy(
    pixel_logits: torch.Tensor, masks: Masks, positive_weight: torch.Tensor | None = None
) -> torch.Tensor:
    """Binary cross-entropy, a mean over pixels and then over the known pairs of image and finding.

    Args:
        pixel_logits: (n, 14, h, w) float; masks of another size are averaged over its pixels.
        masks: what is known; 0 where nothing is.
        positive_weight: (14,), what a pixel inside counts.
    """
    targets = torch.zeros_like(pixel_logits, dtype=torch.float32)
    targets[masks.places[:, 0], masks.places[:, 1]] = masks.shares(pixel_logits.shape[2:])
    weight = positive_weight.expand_as(masks.known)[masks.known] if positive_weight is not None else None
    losses = functional.binary_cross_entropy_with_logits(
        pixel_logits[masks.known].float(),
        targets[masks.known],
        reduction="none",
        pos_weight=weight[:, None, None] if weight is not None else None,
    )
    return losses.mean(dim=(1, 2)).sum() / max(masks.known_in_all, 1)


def dice_loss(pixel_logits: torch.Tensor, masks: Masks) -> torch.Tensor:
    """1 − soft Dice, 2 Σ p·t / (Σ p + Σ t) (Milletari et al., 3DV 2016, without squares), a mean over filled masks.

    Dice of an empty mask says nothing, so empty ones are left to the cross-entropy; a mask that the image's crop has
    left out counts as 0.
    """
    probabilities = pixel_logits[masks.places[:, 0], masks.places[:, 1]].float().sigmoid()
    targets = masks.shares(pixel_logits.shape[2:])
    inside = targets.sum(dim=(1, 2))
    overlap = (probabilities * targets).sum(dim=(1, 2))
    dice = 2 * overlap / (probabilities.sum(dim=(1, 2)) + inside).clamp_min(1e-6)
    return ((1 - dice) * (inside > 0)).sum() / max(masks.filled_in_all, 1)
