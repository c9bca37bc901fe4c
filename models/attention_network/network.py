"""The network: a backbone of timm, attention, attended pooling, one linear layer; or a baseline in the same code."""

import difflib
from collections.abc import Sequence
from typing import Any, cast

import timm
import torch
from torch import nn
from torch.nn import functional

from data_cache.errors import InputError
from models.attention_network.architecture import AttentionArchitecture
from models.attention_network.baselines import Cbam, SqueezeExcite
from models.attention_network.generators import FusedAttention
from models.attention_network.pooling import attended, attended_evidence
from models.backbone import BATCH_NORM_EPSILON
from models.training_outputs import TrainingOutputs


class AttentionNetwork(nn.Module):
    """Zhang and Wang's attention framework and its baselines, by `architecture.attention`.

    With one map for all findings the logits are a linear function (`linear`) of the mean of the features F·A/mean(A),
    so class activation maps of these are the attended evidence, and add up to the logit exactly.
    """

    def __init__(
        self, architecture: AttentionArchitecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.drop_rate = drop_rate
        self.backbone = _backbone(architecture, drop_path_rate)
        channels = list(self.backbone.feature_info.channels())
        self.top = _top(channels[-1], architecture.width)
        last = architecture.width or channels[-1]
        self.weighing = _weighing(architecture, channels, last)
        self.classifier = nn.Linear(last, len(architecture.findings))

    def forward(self, images: torch.Tensor) -> TrainingOutputs | tuple[torch.Tensor, ...]:
        """Classify images.

        Args:
            images: (n, 1, s, s) float in [0, 1].

        Returns:
            In training, logits and, where there is one, attention (n, 1 or outputs, h, w). Else (n, outputs) logits,
            then the features (n, C, h, w) whose mean is classified unless each finding has its own map, then attention
            where there is one.
        """
        features, attention = self._weighed((images - self.architecture.mean) / self.architecture.std)
        if self.architecture.maps == "findings":
            logits = self._by_finding(features, cast(torch.Tensor, attention))
            outputs: tuple[torch.Tensor, ...] = (logits,)
        else:
            logits = self.forward_head(features)
            outputs = (logits, features)
        if self.training:
            return TrainingOutputs(logits, attention=attention)
        return outputs if attention is None else (*outputs, attention)

    def forward_head(self, features: torch.Tensor) -> torch.Tensor:
        """Features (n, C, h, w), attended to already -> (n, outputs) logits: average pooling and one linear layer."""
        pooled = functional.dropout(features.mean(dim=(2, 3)), self.drop_rate, self.training)
        return cast(torch.Tensor, self.classifier(pooled))

    def linear(self) -> nn.Module:
        """The last layer."""
        return self.classifier

    def _weighed(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The features to be classified, weighed unless each finding does so by itself, and the attention."""
        stages: Sequence[torch.Tensor] = self.backbone(images)
        features = self.top(stages[-1])
        if isinstance(self.weighing, Cbam):
            return cast(tuple[torch.Tensor, torch.Tensor], self.weighing(features))
        if not isinstance(self.weighing, FusedAttention):
            return self.weighing(features), None
        attention = self.weighing(stages if self.architecture.attention == "multi" else stages[-1:])
        shared = self.architecture.maps == "shared"
        return (attended(features, attention) if shared else features), attention

    def _by_finding(self, features: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
        """Logits (n, outputs), each finding's features pooled by its own map."""
        kept = functional.dropout2d(features, self.drop_rate, self.training)
        head = self.classifier
        return attended_evidence(kept, attention, head.weight, head.bias).mean(dim=(2, 3))


def _weighing(architecture: AttentionArchitecture, channels: Sequence[int], last: int) -> nn.Module:
    way = architecture.attention
    if way == "none":
        return nn.Identity()
    if way == "se":
        return SqueezeExcite(last)
    if way == "cbam":
        return Cbam(last)
    chosen = channels if way == "multi" else channels[-1:]
    return FusedAttention(chosen, architecture.map_count, architecture.bottleneck)


def _top(channels: int, width: int | None) -> nn.Module:
    """The convolution that EfficientNets have after their last stage; timm's stages end before it."""
    if width is None:
        return nn.Identity()
    norm = nn.BatchNorm2d(width, eps=BATCH_NORM_EPSILON)
    return nn.Sequential(nn.Conv2d(channels, width, 1, bias=False), norm, nn.SiLU())


def _backbone(architecture: AttentionArchitecture, drop_path_rate: float) -> Any:
    """Build one of timm's networks with random weights, as one that gives features; nothing is downloaded."""
    name = architecture.backbone
    if not timm.is_model(name.partition(".")[0]):
        near = difflib.get_close_matches(name, timm.list_models(), n=1)
        hint = f"; did you mean {near[0]}?" if near else "; `timm.list_models()` gives the names."
        raise InputError(f"Expected the name of a backbone of timm, found {name!r}{hint}")
    settings: dict[str, Any] = {
        "channel_multiplier": architecture.channel_multiplier,
        "depth_multiplier": architecture.depth_multiplier,
        "output_stride": architecture.output_stride,
        "drop_path_rate": drop_path_rate or None,
    }
    given = {key: value for key, value in settings.items() if value is not None}
    try:
        return timm.create_model(
            name, pretrained=False, features_only=True, in_chans=1, out_indices=architecture.stages, **given
        )
    except (AssertionError, IndexError, RuntimeError, TypeError, ValueError) as error:
        first = (str(error).splitlines() or ["no reason given"])[0]
        if isinstance(error, IndexError):  # timm's own words name a list that nobody sees
            first = "it has fewer stages"
        raise InputError(
            f"Expected that timm's {name} gives features at the stages {architecture.stages} with these settings, "
            f"found that it does not ({first}); change the settings."
        ) from error
