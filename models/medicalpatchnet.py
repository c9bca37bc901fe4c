"""MedicalPatchNet: every patch is classified by itself, and the image's logits are the mean of its patches' logits.

Wienholt et al., "MedicalPatchNet: a patch-based self-explainable AI architecture for chest X-ray classification",
Scientific Reports 2026.
"""

from typing import cast

import torch
from torch import nn

from data_cache.errors import InputError
from models.architecture import EfficientNetArchitecture
from models.backbone import build_backbone


def split_patches(images: torch.Tensor, patch_size: int) -> torch.Tensor:
    """Cut images into square patches, row by row from the upper left.

    Args:
        images: (n, c, h, w), any dtype.
        patch_size: side of a patch in pixels.

    Returns:
        (n · rows · columns, c, patch_size, patch_size): all patches of the first image, then of the second, and so on.

    Raises:
        InputError: the patch size does not divide height and width.
    """
    n, channels, height, width = images.shape
    if height % patch_size or width % patch_size:
        raise InputError(
            f"Expected an image whose height and width are multiples of the patch size {patch_size}, "
            f"found {height}×{width}."
        )
    rows, columns = height // patch_size, width // patch_size
    cells = images.reshape(n, channels, rows, patch_size, columns, patch_size)
    return cells.permute(0, 2, 4, 1, 3, 5).reshape(n * rows * columns, channels, patch_size, patch_size)


class MedicalPatchNet(nn.Module):
    """The patch model: a backbone applied to every patch, and the mean of what it says.

    The paper's model scores a patch without knowing where it lies or what surrounds it, so a patch logit is that
    patch's own, exact share in the image logit.
    """

    def __init__(
        self, architecture: EfficientNetArchitecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.backbone = build_backbone(architecture, drop_rate, drop_path_rate)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Classify images of any size that the patch size divides.

        Args:
            images: (n, 1, h, w) float in [0, 1].

        Returns:
            (n, 14) image logits and (n, patches, 14) patch logits, patches row by row; the first are the mean of
            the second.
        """
        patches = split_patches(images, self.architecture.patch_size)
        patch_logits = self.backbone(patches).unflatten(0, (images.shape[0], -1))
        return patch_logits.mean(dim=1), patch_logits

    def embed(self, patches: torch.Tensor) -> torch.Tensor:
        """Patches (n, 1, p, p) -> (n, C), what the last layer is given."""
        features = self.backbone.forward_features(patches)
        return self.backbone.forward_head(features, pre_logits=True)

    def linear(self) -> nn.Module:
        """The last layer."""
        return cast(nn.Module, self.backbone.get_classifier())
