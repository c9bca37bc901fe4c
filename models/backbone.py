"""The backbone both models share: EfficientNetV2-S on one grey channel, with CheXpert's 14 outputs."""

from typing import cast

import timm
from timm.models.efficientnet import EfficientNet

from models.architecture import EfficientNetArchitecture

# torchvision's efficientnet_v2_s, on which the official weights were trained, uses this epsilon in every batch norm.
# timm's default is 1e-5, and with it the logits of the official weights are wrong by whole units.
BATCH_NORM_EPSILON = 1e-3


def build_backbone(
    architecture: EfficientNetArchitecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0
) -> EfficientNet:
    """Build the backbone with random weights, in training mode.

    The network equals torchvision's `efficientnet_v2_s` with one input channel and 14 outputs
    (Tan and Le, "EfficientNetV2", ICML 2021). It maps (n, 1, h, w) float32 in [0, 1] to (n, 14) logits.

    Args:
        architecture: gives the backbone's width and depth.
        drop_rate: dropout before the classifier, in training only (torchvision's model uses 0.2).
        drop_path_rate: stochastic depth of the deepest block, in training only (torchvision's model uses 0.2).
    """
    model = timm.create_model(
        architecture.backbone,
        in_chans=1,
        num_classes=len(architecture.findings),
        bn_eps=BATCH_NORM_EPSILON,
        channel_multiplier=architecture.channel_multiplier,
        depth_multiplier=architecture.depth_multiplier,
        drop_rate=drop_rate,
        drop_path_rate=drop_path_rate,
    )
    return cast(EfficientNet, model)
