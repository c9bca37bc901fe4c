"""torchxrayvision's DenseNet-121 and ResNet-50, built with timm.

They take grey images in [0, 1] and scale them as the library does, and give logits rather than the library's
re-normalised probabilities (see `models.families.xrv`).
"""

from collections.abc import Mapping
from typing import cast

import timm
import torch
from timm.models.densenet import DenseNet
from timm.models.resnet import ResNet
from torch import nn

from data_cache.errors import InputError
from models.families.xrv import TARGETS, Backbone

_SCALE = 1024.0  # the library's images go from -1024 to 1024, as Hounsfield units do
_OPERATING_POINTS = "op_threshs"


class XrvNetwork(nn.Module):
    """One of the two networks, with random weights in training mode until others are loaded.

    Logits are a linear function (`linear`) of the spatial mean of the features, which are not negative (ReLU).

    Attributes:
        backbone: timm's network.
    """

    def __init__(self, backbone: Backbone, outputs: int = len(TARGETS), drop_rate: float = 0.0) -> None:
        super().__init__()
        made = timm.create_model(backbone, in_chans=1, num_classes=outputs, drop_rate=drop_rate)
        self.backbone = cast(DenseNet | ResNet, made)

    def linear(self) -> nn.Module:
        """The last layer: (outputs, C) weights and a bias."""
        return cast(nn.Module, self.backbone.get_classifier())

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Classify images.

        Args:
            images: (n, 1, h, w) float32 in [0, 1]. The released weights were trained on squares of `INPUT_SIZE`; the
                library resizes everything else to that, and the network here leaves it to the caller.

        Returns:
            (n, outputs) logits and the features (n, C, h/32, w/32).
        """
        features = self.forward_features(images)
        return self.forward_head(features), features

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        """Return what is pooled: (n, C, h/32, w/32), C 1024 for the DenseNet and 2048 for the ResNet, ≥ 0."""
        return self.backbone.forward_features((2 * images - 1) * _SCALE)

    def forward_head(self, features: torch.Tensor) -> torch.Tensor:
        """Return the logits (n, outputs) of features (n, C, h, w)."""
        return self.backbone.forward_head(features)


def backbone_of(names: Mapping[str, object]) -> Backbone | None:
    """Tell from the names of a state dict of torchxrayvision's, or of `XrvNetwork`'s, which network it is for."""
    bare = {_bare(name) for name in names}
    if {"features.conv0.weight", "features.norm5.weight", "classifier.weight"} <= bare:
        return "densenet121"
    if {"conv1.weight", "layer4.2.conv3.weight", "fc.weight"} <= bare:
        return "resnet50"
    return None


def translate_state_dict(state_dict: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Give the tensors of torchxrayvision's DenseNet or ResNet the names that `XrvNetwork` has for them.

    timm and the library name the layers alike. The library's ResNet holds the network as `model`, and its release the
    network alone; both become `backbone`. Operating points (`op_threshs`) are left out.

    Raises:
        InputError: the names are those of neither network.
    """
    if backbone_of(state_dict) is None:
        some = ", ".join(map(repr, list(state_dict)[:3])) or "nothing"
        raise InputError(f"Expected the tensors of torchxrayvision's DenseNet-121 or ResNet-50, found {some}.")
    return {
        f"backbone.{_bare(name)}": tensor for name, tensor in state_dict.items() if _bare(name) != _OPERATING_POINTS
    }


def _bare(name: str) -> str:
    return name.removeprefix("model.").removeprefix("backbone.")
