"""MedUNeXt: MedNeXt's blocks at the bottom of a U-Net; says of each pixel whether it shows a finding."""

from collections.abc import Iterable
from itertools import pairwise

import torch
from timm.layers import BatchNormAct2d
from torch import nn

from models.mednext.architecture import MedUnextArchitecture
from models.mednext.blocks import Convolution, MedBlocks, checked, convolution
from models.mednext.strengths import block_strengths
from models.training_outputs import TrainingOutputs

TOP_SHARE = 256  # the logit of an image is the mean of the highest 1/256 of its pixels'


class MedUnext(nn.Module):
    """The network nearest to MedUNeXt of Xue et al., PLOS ONE 2026, which the paper does not fully describe.

    Its 39,883,199 parameters with 9 outputs are 0.08 % above the published number. The image is halved by max pooling;
    two levels of convolutions and a third, a level of one block, a bottom of three, and back up with deconvolutions and
    skip connections to the image's own size.

    Ours: the logit of an image is the mean of the highest 1/256 of its pixels' logits, finding by finding, since the
    paper segments and does not classify. So findings without masks are learned from image-level labels.
    """

    gives_pixels = True  # in evaluation mode too, after the logits

    def __init__(self, architecture: MedUnextArchitecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> None:
        super().__init__()
        self.architecture = architecture
        self._side = architecture.input_size
        gain, widths, (down, bottom, up) = architecture.laffn_gain, architecture.widths, architecture.depths
        *convolved, deep, lowest = widths
        self.halve = nn.MaxPool2d(2)
        inputs = (architecture.channels, *convolved)
        self.encoders = nn.ModuleList(_double(i, o) for i, o in zip(inputs, convolved, strict=False))
        self.downs = nn.ModuleList(convolution(width, width, stride=2) for width in (*convolved, deep))
        side = architecture.input_size // 16
        self.encoder = nn.Sequential(_mix(convolved[-1], deep), MedBlocks(down, deep, side, gain, drop_path_rate))
        self.bottom = nn.Sequential(_mix(deep, lowest), MedBlocks(bottom, lowest, side // 2, gain, drop_path_rate))
        self.decoder = nn.Sequential(_mix(2 * deep, deep), MedBlocks(up, deep, side, gain, drop_path_rate))
        upwards = widths[::-1]
        self.ups = nn.ModuleList(_up(i, o) for i, o in pairwise(upwards))
        self.decoders = nn.ModuleList(_double(2 * width, width) for width in reversed(convolved))
        self.enlarge = _up(widths[0], widths[0]) if architecture.pixel == 1 else nn.Identity()
        self.drop = nn.Dropout(drop_rate)
        self.head = Convolution(widths[0], len(architecture.findings), 1)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor] | TrainingOutputs:
        """Segment and classify images.

        Args:
            images: (n, 1, s, s) float in [0, 1], s being the input size.

        Returns:
            (n, outputs) logits and (n, outputs, s, s) logits of the pixels, or (n, outputs, s/2, s/2); in training mode
            as `TrainingOutputs`.

        Raises:
            InputError: the images have another size.
        """
        pixel_logits = self.pixel_logits(images)
        logits = pooled(pixel_logits)
        return TrainingOutputs(logits, pixel_logits=pixel_logits) if self.training else (logits, pixel_logits)

    def block_strengths(self, batches: Iterable[torch.Tensor]) -> tuple[float, ...]:
        """The mean |A| of each block's SEM, see `strengths.block_strengths`."""
        return block_strengths(self, batches)

    def pixel_logits(self, images: torch.Tensor) -> torch.Tensor:
        """Images (n, 1, s, s) in [0, 1] -> (n, outputs, h, w) logits: whether a finding is at a pixel.

        Raises:
            InputError: the images have another size.
        """
        shape = self.architecture
        x, skips = self.halve(checked(images, self._side, shape.channels, shape.kind)), []
        for encoder, down in zip((*self.encoders, self.encoder), self.downs, strict=True):
            skips.append(encoder(x))
            x = down(skips[-1])
        x = self.bottom(x)
        for up, decoder in zip(self.ups, (self.decoder, *self.decoders), strict=True):
            x = decoder(torch.cat((up(x), skips.pop()), dim=1))
        return self.head(self.drop(self.enlarge(x)))


def pooled(pixel_logits: torch.Tensor) -> torch.Tensor:
    """Logits (n, outputs, h, w) of pixels -> (n, outputs) of images: the mean of the highest 1/256, at least one."""
    flat = pixel_logits.flatten(2)
    return flat.topk(max(1, flat.shape[-1] // TOP_SHARE), dim=-1, sorted=False).values.mean(dim=-1)


def _double(inputs: int, outputs: int) -> nn.Sequential:
    """Two 3×3 convolutions, each with batch norm and ReLU."""
    layers: list[nn.Module] = []
    for entering in (inputs, outputs):
        layers += [Convolution(entering, outputs, 3, 1, 1, bias=False), BatchNormAct2d(outputs, act_layer=nn.ReLU)]
    return nn.Sequential(*layers)


def _mix(inputs: int, outputs: int) -> nn.Conv2d:
    return Convolution(inputs, outputs, 1, bias=False)


def _up(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inputs, outputs, 2, stride=2)
