"""The network: EfficientViT of timm, with an MXA block beside each attention, and a second head for a teacher."""

from collections.abc import Iterator
from typing import Any, cast

import torch
from timm.models.efficientvit_msra import EfficientVitMsra, NormLinear, ResidualDrop
from torch import nn

from data_cache.errors import InputError
from models.families.mxa_efficientvit import KEY_DIM, MxaArchitecture
from models.mxa.attention import WindowAttention
from models.mxa.block import Look, MxaBlock
from models.training_outputs import TrainingOutputs


class ParallelMixer(ResidualDrop):
    """x + attention(x) + MXA(x): both branches are given the same input, and are dropped together in training."""

    def __init__(self, attention: nn.Module, mxa: MxaBlock, drop: float) -> None:
        super().__init__(attention, drop)
        self.mxa = mxa

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, C, h, w) -> (n, C, h, w)."""
        found = self.m(x) + self.mxa(x)
        if not (self.training and self.drop > 0):
            return cast(torch.Tensor, x + found)
        kept = torch.rand(len(x), 1, 1, 1, device=x.device) >= self.drop
        return cast(torch.Tensor, x + found * kept / (1 - self.drop))


class MxaEfficientVit(nn.Module):
    """Classifies grey images; in eval mode the logits are a linear function of the spatial mean of the features.

    Attributes:
        backbone: timm's network, whose tensors keep timm's names.
        distilled_head: the second head, where there is one.
    """

    def __init__(self, architecture: MxaArchitecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> None:
        super().__init__()
        self.architecture = architecture
        outputs = len(architecture.findings)
        self.backbone: Any = EfficientVitMsra(
            img_size=architecture.input_size,
            in_chans=architecture.channels,
            num_classes=outputs,
            embed_dim=architecture.widths,
            key_dim=(KEY_DIM,) * 3,
            depth=architecture.depths,
            num_heads=architecture.heads,
            window_size=(architecture.window,) * 3,
            kernels=architecture.kernels,
            drop_rate=drop_rate,
        )
        self._replace_mixers(drop_path_rate)
        self.distilled_head = (
            NormLinear(architecture.widths[-1], outputs, drop=drop_rate) if architecture.distilled_head else None
        )

    def _replace_mixers(self, drop_path_rate: float) -> None:
        """Put MXA blocks beside the attentions, and let stochastic depth grow from block to block."""
        blocks = [*self._blocks()]
        for place, block in enumerate(blocks):
            drop = drop_path_rate * place / max(len(blocks) - 1, 1)
            for name in ("dw0", "ffn0", "dw1", "ffn1"):
                getattr(block, name).drop = drop
            attention = WindowAttention(block.mixer.m, self.architecture.kernels)
            with_mxa = self.architecture.block == "mxa"
            block.mixer = (
                ParallelMixer(attention, MxaBlock(attention.dim), drop) if with_mxa else ResidualDrop(attention, drop)
            )

    def _blocks(self) -> Iterator[Any]:
        for stage in self.backbone.stages:
            yield from stage.blocks

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor] | TrainingOutputs:
        """Classify images.

        Args:
            images: (n, 1, s, s) float in [0, 1]; in training n is at least 2, since the heads normalise over it.

        Returns:
            In eval mode (n, outputs) logits and features (n, C, s/64, s/64) before pooling; in training what the
            loss needs, where `distilled` are the logits of the second head, if there is one.

        Raises:
            InputError: one image in training.
        """
        if self.training and len(images) < 2 and isinstance(self.backbone.head.bn, nn.BatchNorm1d):  # of one process
            raise InputError(
                "Expected two or more images at once to train MXA-EfficientViT, whose heads normalise over them, found "
                "one; raise optimizer.batch_size."
            )
        features = self.backbone.forward_features(self._channels(images))
        if not self.training:
            return self.forward_head(features), features
        pooled = features.mean(dim=(2, 3))
        distilled = self.distilled_head(pooled) if self.distilled_head is not None else None
        return TrainingOutputs(self.backbone.head(pooled), distilled=distilled)

    def block_names(self) -> tuple[str, ...]:
        """A name for each MXA block, in the network's order."""
        depths = self.architecture.depths if self.architecture.block == "mxa" else ()
        return tuple(
            f"stage {stage}, block {block}" for stage, depth in enumerate(depths, 1) for block in range(1, depth + 1)
        )

    def _channels(self, images: torch.Tensor) -> torch.Tensor:
        return images.expand(-1, self.architecture.channels, -1, -1)

    def forward_head(self, features: torch.Tensor) -> torch.Tensor:
        """Features (n, C, h, w) -> (n, outputs) logits in use, the mean of both heads where they are averaged."""
        pooled = features.mean(dim=(2, 3))
        logits = self.backbone.head(pooled)
        if self.distilled_head is not None and self.architecture.average_heads:
            logits = (logits + self.distilled_head(pooled)) / 2
        return cast(torch.Tensor, logits)

    def linear(self) -> nn.Module:
        """What `forward_head` does after pooling in eval mode, as one layer: normalisation and mean are folded in."""
        heads = [self.backbone.head]
        if self.distilled_head is not None and self.architecture.average_heads:
            heads.append(self.distilled_head)
        folded = [_folded(head) for head in heads]
        layer = nn.Linear(folded[0][0].shape[1], folded[0][0].shape[0], device=folded[0][0].device)
        with torch.no_grad():
            layer.weight.copy_(torch.stack([weight for weight, _ in folded]).mean(dim=0))
            layer.bias.copy_(torch.stack([bias for _, bias in folded]).mean(dim=0))
        return layer

    def regions(self, images: torch.Tensor) -> list[Look]:
        """Where each block looks, in the network's order.

        Args:
            images: (n, 1, s, s) float in [0, 1].

        Returns:
            One for each block; empty for a network without MXA blocks.
        """
        found: list[Look] = []
        if self.architecture.block == "none":
            return found
        x = self.backbone.patch_embed(self._channels(images))
        for stage in self.backbone.stages:
            x = stage.downsample(x)
            for block in stage.blocks:
                x = block.ffn0(block.dw0(x))
                found.append(block.mixer.mxa.look(x))
                x = block.ffn1(block.dw1(block.mixer(x)))
        return found


def _folded(head: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight and bias of a linear layer that stands for a batch norm in eval mode and the linear layer after it."""
    norm, linear = head.bn, head.linear
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    weight = linear.weight * scale
    bias = linear.bias + linear.weight @ (norm.bias - norm.running_mean * scale)
    return weight.detach(), bias.detach()
