"""The block of MedNeXt and MedUNeXt: LAFFN, SEM and SDFFN, each on a layer norm and added to its input.

Xue et al., PLOS ONE 2026. Inside the block channels come last, (n, h, w, C), as layer norms and linear layers take
them. No layer has a bias. A block of C channels on h × w places has 13·C² + 39·C + h² + w² parameters.
"""

import functools

import torch
from timm.layers import BatchNormAct2d, DropPath
from torch import nn
from torch.nn import functional

from data_cache.errors import InputError
from models.mednext.architecture import LaffnGain


class Laffn(nn.Module):
    """Linear attention feed-forward network: (softmax over channels(x·W1) ⊙ softmax over places(x·W2))·W3.

    Departure: each softmax shares 1 out among C channels or N places, so their product is about 1 / (N·C), and the
    layer as written adds nothing to its input. Here each is multiplied by its number (gain "nc"), which makes the
    product about 1; "literal" leaves them.
    """

    def __init__(self, width: int, gain: LaffnGain) -> None:
        super().__init__()
        self.over_channels = nn.Linear(width, width, bias=False)
        self.over_places = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self._neutral = gain == "nc"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, h, w, C) -> the same shape."""
        _, rows, columns, width = x.shape
        channels = self.over_channels(x).softmax(dim=-1)
        places = self.over_places(x).flatten(1, 2).softmax(dim=1).unflatten(1, (rows, columns))
        if self._neutral:
            places = places * (width * rows * columns)
        return self.out(channels * places)


class Sem(nn.Module):
    """Spatial enhancement: ((A)⊙ x·W2)·W3, where A is a 1×1 convolution of three views of U = x·W1.

    The views are strips of 5 (1×5, then 5×1, a filter a channel), strips of 7, and a linear map of whole rows and one
    of whole columns, the same for all channels, brought from 2·C to C channels. The latter fix the size h × w.
    """

    def __init__(self, width: int, side: int) -> None:
        super().__init__()
        self.into = nn.Linear(width, width, bias=False)
        self.strips5 = nn.Sequential(_strip(width, (1, 5)), _strip(width, (5, 1)))
        self.strips7 = nn.Sequential(_strip(width, (1, 7)), _strip(width, (7, 1)))
        self.rows = nn.Linear(side, side, bias=False)
        self.columns = nn.Linear(side, side, bias=False)
        self.whole = nn.Linear(2 * width, width, bias=False)
        self.attention = nn.Linear(3 * width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, h, w, C) -> the same shape; h and w are the side that it was built for."""
        return self.out(self.weights(x) * self.value(x))

    def weights(self, x: torch.Tensor) -> torch.Tensor:
        """A, (n, h, w, C): of either sign, and not bounded."""
        inner = self.into(x)
        first = inner.permute(0, 3, 1, 2)
        rows = _along(self.rows, inner.flatten(0, 1)).view_as(inner)
        columns = _along(self.columns, inner.flatten(2)).view_as(inner)
        strips = (strip(first).permute(0, 2, 3, 1) for strip in (self.strips5, self.strips7))
        return _of_all(self.attention, *strips, _of_all(self.whole, rows, columns))


class Sdffn(nn.Module):
    """Spatially detailed feed-forward network: linear, a 3×3 filter a channel, GELU, linear."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.into = nn.Linear(width, width, bias=False)
        self.filter = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, h, w, C) -> the same shape."""
        filtered = self.filter(self.into(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.out(functional.gelu(filtered))


class MedBlock(nn.Module):
    """x += LAFFN(LN x); x += SEM(LN x); x += SDFFN(LN x)."""

    def __init__(self, width: int, side: int, gain: LaffnGain, drop_path: float = 0.0) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.laffn, self.sem, self.sdffn = Laffn(width, gain), Sem(width, side), Sdffn(width)
        self.drop = DropPath(drop_path)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, h, w, C) -> the same shape."""
        for norm, layer in zip(self.norms, (self.laffn, self.sem, self.sdffn), strict=True):
            x = x + self.drop(layer(norm(x)))
        return x


class MedBlocks(nn.Sequential):
    """Several blocks one after the other, on maps with channels first, as convolutions take them."""

    def __init__(self, count: int, width: int, side: int, gain: LaffnGain, drop_path: float = 0.0) -> None:
        super().__init__(*(MedBlock(width, side, gain, drop_path) for _ in range(count)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, C, h, w) -> the same shape."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Pooling(nn.MaxPool2d):
    """A max pooling that is computed with channels last in training, for the blocks that follow."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, C, h, w) -> (n, C, …)."""
        return super().forward(x.contiguous(memory_format=torch.channels_last) if self.training else x)


class Convolution(nn.Conv2d):
    """A convolution that is computed with channels last in training, which takes PyTorch half of the time on a CPU.

    It takes and gives maps with channels first, as batch norms must have them: with channels last PyTorch 2.15 adds
    their sums up one by one in float32, and is off by up to 9e-4 on the maps of a stem.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, C, h, w) -> (n, outputs, …)."""
        if not self.training or x.shape[1] == 1:
            return super().forward(x)
        return super().forward(x.contiguous(memory_format=torch.channels_last)).contiguous()


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """A 3×3 convolution without bias, and a batch norm."""
    return nn.Sequential(
        Convolution(inputs, outputs, 3, stride, 1, bias=False), BatchNormAct2d(outputs, apply_act=False)
    )


def checked(images: torch.Tensor, side: int, channels: int, kind: str) -> torch.Tensor:
    """Images (n, 1, s, s) in [0, 1] as (n, channels, s, s) in [−1, 1].

    Raises:
        InputError: they have another size than the network was built for.
    """
    if images.shape[-2:] != (side, side):
        found = "×".join(str(int(length)) for length in images.shape[-2:])
        raise InputError(
            f"Expected images of {side}×{side} pixels, since the row and column weights of this {kind} hold for that "
            f"size alone, found {found}; resize them, or train one for that size."
        )
    return (2 * images - 1).expand(-1, channels, -1, -1)


def _along(layer: nn.Linear, maps: torch.Tensor) -> torch.Tensor:
    """A linear layer along the second of three axes, (n, side, m) -> the same shape."""
    count = maps.shape[0]  # of `len` an exported graph would make a fixed number
    return torch.bmm(layer.weight.expand(count, -1, -1), maps)


def _of_all(layer: nn.Linear, *parts: torch.Tensor) -> torch.Tensor:
    """A linear layer of parts (…, C) taken one behind the other, without putting them there."""
    weights = layer.weight.split([part.shape[-1] for part in parts], dim=1)
    return functools.reduce(torch.add, map(functional.linear, parts, weights))


def _strip(width: int, kernel: tuple[int, int]) -> nn.Conv2d:
    padding = (kernel[0] // 2, kernel[1] // 2)
    return nn.Conv2d(width, width, kernel, padding=padding, groups=width, bias=False)
