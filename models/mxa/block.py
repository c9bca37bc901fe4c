"""The MXA block: a region of interest, cut out differentiably, under a channel gate and a spatial gate.

After Ibrahim and Rand, "Medical X-ray Attention". Where the published code and its equations leave no gradient
(box coordinates cut to whole numbers) or no region (boxes without an extent), this departs from it: the region is
sampled bilinearly, so that the box learns, and is at least one cell wide and high. The channel gate looks at mean and
maximum, as the paper says, where the code looks at the mean alone.
"""

from typing import NamedTuple, cast

import torch
from torch import nn
from torch.nn import functional

REDUCTION = 16
_KERNEL = 7  # of the spatial gate
_FIRST_BOX = (-2.2, -2.2, 2.2, 2.2)  # before the sigmoid: 0.1, 0.1, 0.9, 0.9, so that a region begins with an extent


class Look(NamedTuple):
    """What a block sees: `box` (n, 4) as x0, y0, x1, y1 in shares of the map's width and height, ordered, within 0 and
    1; `gate` (n, 1, h, w) within 0 and 1 over the box; `seen` (n, C, h, w), the gated content of the box."""

    box: torch.Tensor
    gate: torch.Tensor
    seen: torch.Tensor


class RegionOfInterest(nn.Module):
    """Predicts one box for each map: the mean over all places of what each place says."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels // 2, 3, padding=1, bias=False)
        self.second = nn.Conv2d(channels // 2, 4, 1)
        with torch.no_grad():
            cast(nn.Parameter, self.second.bias).copy_(torch.tensor(_FIRST_BOX))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps (n, C, h, w) -> boxes (n, 4) float32, see `ordered_box`."""
        corners = torch.sigmoid(self.second(functional.relu(self.first(x))).float()).mean(dim=(2, 3))
        return ordered_box(corners, x.shape[-2], x.shape[-1])


def ordered_box(corners: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Make a box of two corners: at least one cell of an h × w map wide and high, and within it.

    Args:
        corners: (n, 4), two x and y each (x, y, x, y) within 0 and 1, in any order.
        height, width: of the map.

    Returns:
        (n, 4) x0, y0, x1, y1 in shares of width and height.
    """
    one, other = corners[:, :2], corners[:, 2:]
    smallest = corners.new_tensor([1 / width, 1 / height])
    half = torch.maximum((one - other).abs(), smallest) / 2
    centre = torch.minimum(torch.maximum((one + other) / 2, half), 1 - half)
    return torch.cat([centre - half, centre + half], dim=1)


def crop(x: torch.Tensor, box: torch.Tensor) -> torch.Tensor:
    """Cut a box out of each map and stretch it over the map, bilinearly; the border's values go on beyond the border.

    Equal to `affine_grid` and `grid_sample` without aligned corners; the grid is written out, since OpenVINO converts
    no `affine_grid`. In float32, whatever the type of the maps.

    Args:
        x: (n, C, h, w).
        box: (n, 4) x0, y0, x1, y1 in shares of width and height.

    Returns:
        (n, C, h, w) of the type of `x`.
    """
    height, width = x.shape[-2:]
    across = box[:, 0:1] + (box[:, 2:3] - box[:, 0:1]) * _centres(width, box)
    down = box[:, 1:2] + (box[:, 3:4] - box[:, 1:2]) * _centres(height, box)
    places = torch.stack([across[:, None, :].expand(-1, height, -1), down[:, :, None].expand(-1, -1, width)], dim=-1)
    found = functional.grid_sample(
        x.float(), 2 * places - 1, mode="bilinear", padding_mode="border", align_corners=False
    )
    return found.to(x.dtype)


def _centres(count: int, like: torch.Tensor) -> torch.Tensor:
    """The middles of so many cells within 0 and 1: (1, count)."""
    return (torch.arange(count, device=like.device, dtype=like.dtype)[None] + 0.5) / count


class ChannelGate(nn.Module):
    """σ(f(mean) + f(maximum)) for each channel, f being two linear layers without bias, shared by both."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(channels // REDUCTION, 1)
        self.first = nn.Linear(channels, hidden, bias=False)
        self.second = nn.Linear(hidden, channels, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps (n, C, h, w) -> gates (n, C, 1, 1) within 0 and 1."""
        sums = self._follow(x.mean(dim=(2, 3))) + self._follow(x.amax(dim=(2, 3)))
        return torch.sigmoid(sums)[:, :, None, None]

    def _follow(self, pooled: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.second(functional.relu(self.first(pooled))))


class SpatialGate(nn.Module):
    """σ of a 7×7 convolution of the maximum and the mean over the channels, for each place."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 1, _KERNEL, padding=_KERNEL // 2, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps (n, C, h, w) -> gates (n, 1, h, w) within 0 and 1."""
        over_channels = torch.cat([x.amax(dim=1, keepdim=True), x.mean(dim=1, keepdim=True)], dim=1)
        return torch.sigmoid(self.convolution(over_channels))


class MxaBlock(nn.Module):
    """The block: maps (n, C, h, w) -> the gated content of their region of interest, of the same shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.region = RegionOfInterest(channels)
        self.channels = ChannelGate(channels)
        self.places = SpatialGate()

    def look(self, x: torch.Tensor) -> Look:
        """Do the same and show where it looks."""
        box = self.region(x)
        seen = crop(x, box)
        seen = seen * self.channels(seen)
        gate = self.places(seen)
        return Look(box, gate, seen * gate)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return self.look(x).seen
