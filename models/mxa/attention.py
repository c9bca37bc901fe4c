"""EfficientViT's attention in windows, as timm has it, without its cache and with maps smaller than a window.

timm keeps the attention's biases from one pass in eval mode to the next: a pass without gradients then leaves them
without gradients in the next one, a second backward pass fails, and weights loaded in eval mode do not count. Nothing
is kept here. A map smaller than the window is attended to as it is, where timm fills it up with zeros, so that a
network may be trained on smaller images than it is made for.
"""

from typing import Self, cast

import torch
from timm.models.efficientvit_msra import CascadedGroupAttention, LocalWindowAttention


class GroupAttention(CascadedGroupAttention):
    """Cascaded group attention (Liu et al., EfficientViT, CVPR 2023) over a map of at most its window's size."""

    attention_bias_idxs: torch.Tensor

    def train(self, mode: bool = True) -> Self:
        """As every module's."""
        super().train(mode)
        return self

    def biases(self, height: int, width: int) -> torch.Tensor:
        """What is added to the attention between all places of a map: (heads, h·w, h·w)."""
        side = self.resolution
        offsets = self.attention_bias_idxs.view(side, side, side, side)[:height, :width, :height, :width]
        return self.attention_biases[:, offsets.reshape(height * width, height * width)]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Attend: (n, C, h, w) -> (n, C, h, w), h and w at most `resolution`; each head hears the one before."""
        count, _, height, width = x.shape
        biases = self.biases(height, width)
        parts = x.chunk(self.num_heads, dim=1)
        found: list[torch.Tensor] = []
        for head, (project, stir) in enumerate(zip(self.qkvs, self.dws, strict=True)):
            heard = project(parts[head] + found[-1] if found else parts[head])
            query, key, value = heard.split([self.key_dim, self.key_dim, self.val_dim], dim=1)
            scores = (stir(query).flatten(2) * self.scale).transpose(-2, -1) @ key.flatten(2)
            weights = (scores + biases[head]).softmax(dim=-1)
            found.append((value.flatten(2) @ weights.transpose(-2, -1)).view(count, self.val_dim, height, width))
        return cast(torch.Tensor, self.proj(torch.cat(found, 1)))


class WindowAttention(LocalWindowAttention):
    """The same in windows that do not overlap."""

    def __init__(self, like: LocalWindowAttention, kernels: tuple[int, ...]) -> None:
        """Take the place of timm's; `kernels` are those of its depthwise convolutions, one a head or more."""
        made = like.attn
        super().__init__(
            like.dim,
            made.key_dim,
            like.num_heads,
            attn_ratio=made.attn_ratio,
            resolution=like.resolution,
            window_resolution=like.window_resolution,
            kernels=kernels,
        )
        self.attn = GroupAttention(like.dim, made.key_dim, like.num_heads, made.attn_ratio, made.resolution, kernels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Attend: (n, C, h, w) -> (n, C, h, w); a map that the window does not divide is filled up with zeros."""
        side = self.attn.resolution
        if x.shape[-2] <= side and x.shape[-1] <= side:
            return cast(torch.Tensor, self.attn(x))
        return cast(torch.Tensor, super().forward(x))
