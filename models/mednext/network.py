"""MedNeXt: a stem of convolutions, four stages of blocks, and a head whose map's mean is the logit."""

from collections.abc import Iterable
from typing import cast

import torch
from timm.layers import BatchNormAct2d
from torch import nn

from models.mednext.architecture import MedNextArchitecture
from models.mednext.blocks import Convolution, MedBlocks, Pooling, checked, convolution
from models.mednext.strengths import block_strengths


class MedNext(nn.Module):
    """MedNeXt of Xue et al., PLOS ONE 2026, as far as the paper says it.

    The head is a layer norm over channels, a linear layer and the mean over places. Linear layer and mean change
    places without changing the result, so a finding's map of evidence, weight · LN(x) place by place, has the mean
    logit − bias, exactly. Strip kernels, where biases are, and the stem's middle widths are not in the paper.
    """

    def __init__(self, architecture: MedNextArchitecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> None:
        super().__init__()
        self.architecture = architecture
        self._side = architecture.input_size  # a stage of training changes the architecture's, which then is refused
        widths, side = architecture.widths, architecture.input_size // 4
        self.stem = _stem(architecture.channels, (*architecture.stem, widths[0]))
        stages: list[nn.Module] = []
        for place, (width, depth) in enumerate(zip(widths, architecture.depths, strict=True)):
            down = convolution(widths[place - 1], width, stride=2) if place else nn.Identity()
            rate = drop_path_rate * place / (len(widths) - 1)  # deeper stages are dropped more often
            blocks = MedBlocks(depth, width, side >> place, architecture.laffn_gain, rate)
            stages.append(nn.Sequential(down, blocks))
        self.stages = nn.Sequential(*stages)
        self.norm = nn.LayerNorm(widths[-1])
        self.drop = nn.Dropout(drop_rate)
        self.classifier = nn.Linear(widths[-1], len(architecture.findings))

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Classify images.

        Args:
            images: (n, 1, s, s) float in [0, 1], s being the input size.

        Returns:
            (n, outputs) logits and features (n, C, s/32, s/32), the layer norm's output.

        Raises:
            InputError: the images have another size.
        """
        shape = self.architecture
        maps = self.stages(self.stem(checked(images, self._side, shape.channels, shape.kind)))
        features = self.norm(maps.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return self.forward_head(features), features

    def forward_head(self, features: torch.Tensor) -> torch.Tensor:
        """Features (n, C, h, w) -> (n, outputs) logits: their mean over places, dropout in training, linear layer."""
        return cast(torch.Tensor, self.classifier(self.drop(features.mean(dim=(2, 3)))))

    def block_strengths(self, batches: Iterable[torch.Tensor]) -> tuple[float, ...]:
        """The mean |A| of each block's SEM, see `strengths.block_strengths`."""
        return block_strengths(self, batches)

    def linear(self) -> nn.Module:
        """The last layer."""
        return self.classifier


def _stem(channels: int, widths: tuple[int, ...]) -> nn.Sequential:
    """Three times convolution, ReLU, batch norm, the first with stride 2, and a max pooling: a fourth of the side."""
    layers: list[nn.Module] = []
    for place, (inputs, outputs) in enumerate(zip((channels, *widths), widths, strict=False)):
        stride = 1 if place else 2
        convolved = Convolution(inputs, outputs, 3, stride, 1, bias=False)
        layers += [convolved, nn.ReLU(), BatchNormAct2d(outputs, apply_act=False)]
    return nn.Sequential(*layers, Pooling(3, 2, 1))
