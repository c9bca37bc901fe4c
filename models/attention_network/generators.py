"""Where attention comes from: a map in [0, 1] out of each stage's features, and their weighted sum."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional


class Generator(nn.Sequential):
    """A_s = σ(1×1 convolution of F_s): features (n, C, h, w) -> attention (n, maps, h, w) in [0, 1].

    With a bottleneck, a 1×1 convolution to fewer channels, batch norm and ReLU come before.
    """

    def __init__(self, channels: int, maps: int, bottleneck: int | None = None) -> None:
        before: list[nn.Module] = []
        if bottleneck is not None:
            before = [nn.Conv2d(channels, bottleneck, 1, bias=False), nn.BatchNorm2d(bottleneck), nn.ReLU()]
        super().__init__(*before, nn.Conv2d(bottleneck or channels, maps, 1), nn.Sigmoid())


class FusedAttention(nn.Module):
    """A = Σ α_s · up(A_s), α = softmax of one learned number a scale; up is bilinear, to the finest of the maps.

    α adds up to 1 and bilinear interpolation stays between its samples, so A lies in [0, 1]. It is not stretched to
    its own minimum and maximum here: at the start of training, where a map is almost constant, that would make noise
    of it, and the pooling does not see it (see `pooling`). Whoever draws a map stretches it.

    Args:
        channels: of each stage's features.
        maps: 1 for all findings together, or one for each.
        bottleneck: of the generators.
    """

    def __init__(self, channels: Sequence[int], maps: int, bottleneck: int | None = None) -> None:
        super().__init__()
        self.generators = nn.ModuleList(Generator(count, maps, bottleneck) for count in channels)
        self.scales = nn.Parameter(torch.zeros(len(channels))) if len(channels) > 1 else None

    @property
    def weights(self) -> torch.Tensor:
        """α (scales,), which add up to 1."""
        if self.scales is None:
            return torch.ones(1)
        return self.scales.softmax(dim=0)

    def forward(self, stages: Sequence[torch.Tensor]) -> torch.Tensor:
        """Features (n, C_s, h_s, w_s) of each stage, the finest first -> attention (n, maps, h_0, w_0) in [0, 1]."""
        maps = [generator(features) for generator, features in zip(self.generators, stages, strict=True)]
        if self.scales is None:
            return maps[0]
        side = maps[0].shape[-2:]
        return fuse([maps[0], *(enlarged(one, side) for one in maps[1:])], self.weights)


def fuse(maps: Sequence[torch.Tensor], weights: torch.Tensor) -> torch.Tensor:
    """Σ weights[s] · maps[s] of maps (n, k, h, w) of one size."""
    return (torch.stack(list(maps)) * weights.to(maps[0].dtype)[:, None, None, None, None]).sum(dim=0)


def enlarged(maps: torch.Tensor, side: Sequence[int]) -> torch.Tensor:
    """Maps (n, k, h, w) at another size (rows, columns), bilinear, with the border repeated."""
    if maps.shape[-2:] == tuple(side):
        return maps
    return functional.interpolate(maps, size=tuple(side), mode="bilinear", align_corners=False)
