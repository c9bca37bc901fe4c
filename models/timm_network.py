"""timm's backbones as classifiers of grey images: the normalisation is a part of the network."""

import difflib
from typing import Any, cast

import timm
import torch
from torch import nn

from data_cache.errors import InputError
from models.families.timm_backbones import PREFIX, TimmArchitecture
from models.medicalpatchnet import split_patches


class WholeImageTimm(nn.Module):
    """A backbone on the whole image, giving its last feature maps beside the logits where it has any."""

    def __init__(self, architecture: TimmArchitecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> None:
        super().__init__()
        self.architecture = architecture
        self.backbone = _backbone(architecture, architecture.input_size, drop_rate, drop_path_rate)
        self._rows_last = getattr(self.backbone, "output_fmt", "NCHW") == "NHWC"

    def forward(self, images: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        """Classify images.

        Args:
            images: (n, 1, s, s) float in [0, 1].

        Returns:
            (n, outputs) logits, and features (n, C, h, w) before pooling; logits alone where the network has no
            feature maps, as transformers on tokens.
        """
        features = self.backbone.forward_features(_normalised(images, self.architecture))
        if not isinstance(features, torch.Tensor) or features.ndim != 4:
            return cast(torch.Tensor, self.backbone.forward_head(features))
        features = features.permute(0, 3, 1, 2) if self._rows_last else features
        return self.forward_head(features), features

    def forward_head(self, features: torch.Tensor) -> torch.Tensor:
        """Features (n, C, h, w) -> (n, outputs) logits."""
        return cast(
            torch.Tensor, self.backbone.forward_head(features.permute(0, 2, 3, 1) if self._rows_last else features)
        )

    def linear(self) -> nn.Module:
        """The last layer."""
        return cast(nn.Module, self.backbone.get_classifier())

    def token_grid(self) -> tuple[int, int, int] | None:
        """Tokens before those of the image, rows and columns of these; None for a network that does not say."""
        before = getattr(self.backbone, "num_prefix_tokens", None)
        grid = getattr(getattr(self.backbone, "patch_embed", None), "grid_size", None)
        return None if before is None or grid is None else (int(before), int(grid[0]), int(grid[1]))


class TimmPatches(nn.Module):
    """A backbone on every patch, and the mean of what it says, as MedicalPatchNet."""

    def __init__(self, architecture: TimmArchitecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> None:
        super().__init__()
        self.architecture = architecture
        self.backbone = _OnePatch(architecture, drop_rate, drop_path_rate)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Classify images (n, 1, s, s): (n, outputs) logits and (n, patches, outputs), patches row by row."""
        patches = split_patches(images, cast(int, self.architecture.patch_size))
        patch_logits = self.backbone(patches).unflatten(0, (images.shape[0], -1))
        return patch_logits.mean(dim=1), patch_logits

    def embed(self, patches: torch.Tensor) -> torch.Tensor:
        """Patches (n, 1, p, p) -> (n, C), what the last layer is given."""
        network = self.backbone.backbone
        features = network.forward_features(_normalised(patches, self.architecture))
        return cast(torch.Tensor, network.forward_head(features, pre_logits=True))

    def linear(self) -> nn.Module:
        """The last layer."""
        return cast(nn.Module, self.backbone.backbone.get_classifier())


class _OnePatch(nn.Module):
    """Classifies patches (n, 1, p, p): logits (n, outputs)."""

    def __init__(self, architecture: TimmArchitecture, drop_rate: float, drop_path_rate: float) -> None:
        super().__init__()
        self.architecture = architecture
        self.backbone = _backbone(architecture, cast(int, architecture.patch_size), drop_rate, drop_path_rate)

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.backbone(_normalised(patches, self.architecture)))


def _normalised(images: torch.Tensor, architecture: TimmArchitecture) -> torch.Tensor:
    mean, std = (images.new_tensor(values).reshape(1, -1, 1, 1) for values in (architecture.mean, architecture.std))
    return ((images - mean) / std).expand(-1, architecture.channels, -1, -1)


def _backbone(architecture: TimmArchitecture, side: int, drop_rate: float, drop_path_rate: float) -> Any:
    """Build one of timm's networks with random weights; nothing is downloaded."""
    name = architecture.backbone
    if not timm.is_model(name.partition(".")[0]) or ":" in name:
        near = difflib.get_close_matches(name, timm.list_models(), n=1)
        hint = f"; did you mean {PREFIX}{near[0]}?" if near else "; `timm.list_models()` gives the names."
        raise InputError(f"Expected the name of a backbone of timm, found {name!r}{hint}")
    settings: dict[str, Any] = {
        "in_chans": architecture.channels,
        "num_classes": len(architecture.findings),
        "drop_rate": drop_rate,
    }
    if drop_path_rate:
        settings["drop_path_rate"] = drop_path_rate
    try:
        return _sized(name, side, settings)
    except (TypeError, ValueError, RuntimeError, AssertionError) as error:
        first = (str(error).splitlines() or ["no reason given"])[0]
        raise InputError(
            f"Expected that timm builds {name} for {architecture.channels} channels and {side}×{side} pixels, found "
            f"that it does not ({first}); change the settings."
        ) from error


def _sized(name: str, side: int, settings: dict[str, Any]) -> Any:
    """Build for a size where a network has only one: transformers say so in their configuration."""
    fixed = timm.models.get_pretrained_cfg_value(name, "fixed_input_size")
    size: dict[str, Any] = {"img_size": side} if fixed else {}
    return timm.create_model(name, pretrained=False, **settings, **size)
