"""What attention is compared with: gates on the last features, which average pooling follows."""

import torch
from torch import nn

REDUCTION = 16  # both papers'


def _bottleneck(channels: int) -> nn.Sequential:
    hidden = max(channels // REDUCTION, 1)
    return nn.Sequential(nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1))


class SqueezeExcite(nn.Module):
    """F · σ(W₂ ReLU(W₁ mean(F))): a gate a channel (Hu et al., "Squeeze-and-excitation networks", CVPR 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = _bottleneck(channels)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features (n, C, h, w) -> the same, gated."""
        return features * self.gate(features.mean(dim=(2, 3), keepdim=True)).sigmoid()


class Cbam(nn.Module):
    """Channel gates, then a spatial one (Woo et al., "CBAM: Convolutional block attention module", ECCV 2018).

    F′ = F · σ(MLP(mean F) + MLP(max F)), F″ = F′ · σ(conv7×7([mean_c F′, max_c F′])). Departure: the paper puts one
    such module into every block; here one stands after the last.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = _bottleneck(channels)
        self.place = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Features (n, C, h, w) -> the same, gated, and the spatial gate (n, 1, h, w) in [0, 1]."""
        mean, most = features.mean(dim=(2, 3), keepdim=True), features.amax(dim=(2, 3), keepdim=True)
        chosen = features * (self.gate(mean) + self.gate(most)).sigmoid()
        both = torch.cat([chosen.mean(dim=1, keepdim=True), chosen.amax(dim=1, keepdim=True)], dim=1)
        place = self.place(both).sigmoid()
        return chosen * place, place
