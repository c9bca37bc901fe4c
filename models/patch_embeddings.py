"""What a patch model's last layer is given: the embedding of a patch, of which its logits are a linear function.

That they are is measured, not believed: some of timm's backbones average two last layers.
"""

from typing import Protocol, cast, runtime_checkable

import torch
from torch import nn

_TOLERANCE = 1e-5  # relative, of logits in float32


@runtime_checkable
class WithEmbedding(Protocol):
    """A model of patches whose network for one patch ends in a linear layer."""

    backbone: nn.Module

    def embed(self, patches: torch.Tensor) -> torch.Tensor:
        """Patches (n, 1, p, p) -> (n, C), what the last layer is given."""
        ...

    def linear(self) -> nn.Module:
        """The last layer."""
        ...


class PatchesWithEmbedding(nn.Module):
    """The network of one patch with two outputs: logits (n, outputs) and embeddings (n, C), in the one pass.

    Args:
        whole: the patch model, whose parameters it shares.
    """

    def __init__(self, whole: WithEmbedding) -> None:
        super().__init__()
        self.whole = whole

    def forward(self, patches: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Classify patches (n, 1, p, p)."""
        embeddings = self.whole.embed(patches)
        return self.whole.linear()(embeddings), embeddings


def with_embedding(module: nn.Module, probes: torch.Tensor) -> PatchesWithEmbedding | None:
    """Give a patch model's network its embeddings as a second output, if its logits are linear in them.

    Args:
        module: a patch model in eval mode, on the CPU.
        probes: (n, 1, p, p) float32, patches on which the logits are compared with the network's own.

    Returns:
        None where the network has no such layer, or its logits are something else.
    """
    if not isinstance(module, WithEmbedding) or not isinstance(module.linear(), nn.Linear):
        return None
    network = PatchesWithEmbedding(module)
    with torch.inference_mode():
        embeddings = module.embed(probes)
        if embeddings.ndim != 2 or embeddings.shape[1] != cast(nn.Linear, module.linear()).in_features:
            return None
        expected, found = module.backbone(probes), network(probes)[0]
    scale = expected.abs().max().clamp_min(1e-12)
    return network.eval() if bool((found - expected).abs().max() <= _TOLERANCE * scale) else None
