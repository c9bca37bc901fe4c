"""The baseline: the same backbone on the whole image, giving its last feature block beside the logits."""

from typing import cast

import torch
from torch import nn

from models.architecture import EfficientNetArchitecture
from models.backbone import build_backbone


class BaselineCnn(nn.Module):
    """EfficientNetV2-S on the whole image, the baseline of the MedicalPatchNet paper.

    The logits are a linear function of the spatial mean of the features, so class activation maps of the last
    feature block follow from one pass (`features`, and `backbone.classifier`) in closed form.
    """

    def __init__(
        self, architecture: EfficientNetArchitecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.backbone = build_backbone(architecture, drop_rate, drop_path_rate)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Classify images.

        Args:
            images: (n, 1, h, w) float in [0, 1].

        Returns:
            (n, 14) logits and (n, C, h/32, w/32) features: the output of the last block (convolution, batch norm,
            SiLU), before average pooling; C is 1280 at full width.
        """
        features = self.backbone.forward_features(images)
        return self.forward_head(features), features

    def forward_head(self, features: torch.Tensor) -> torch.Tensor:
        """Features (n, C, h, w) -> (n, 14) logits: average pooling, dropout in training, one linear layer."""
        return self.backbone.forward_head(features)

    def linear(self) -> nn.Module:
        """The last layer."""
        return cast(nn.Module, self.backbone.classifier)
