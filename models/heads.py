"""Whether a network's logits are a linear function of its pooled features: measured, not believed.

Where they are, class activation maps follow from one pass in closed form. ConvNeXt, for one, normalises after pooling;
its closed form would give maps that look right and are wrong.
"""

from typing import NamedTuple, Protocol, cast, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

_TOLERANCE = 1e-4  # relative, of gradients in float32
_DIRECTIONS = 4  # random sums of the outputs whose gradients are compared
_SEED = 7  # any fixed number


class Head(NamedTuple):
    """The linear function: `weight` (outputs, C) and `bias` (outputs,), float32."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


@runtime_checkable
class WithHead(Protocol):
    """A network in two parts: features, and a head that pools and classifies them."""

    def forward_head(self, features: torch.Tensor) -> torch.Tensor:
        """Features (n, C, h, w) -> logits (n, outputs)."""
        ...

    def linear(self) -> nn.Module:
        """The last layer."""
        ...


def pooled_head(module: nn.Module, features: NDArray[np.float32]) -> Head | None:
    """Find the linear function from mean features to logits, if the network's head is one.

    The closed form's logits, and its gradient weight / (h·w), are compared with those of autograd through the head, at
    the features of a probe image and at noise of their size.

    Args:
        module: in eval mode; a `WithHead`.
        features: (1, C, h, w) of a probe image.

    Returns:
        None where they differ, or where the head has no linear layer of C inputs.
    """
    network = cast(WithHead, module)
    layer = network.linear()
    if not isinstance(layer, nn.Linear) or layer.in_features != features.shape[1]:
        return None
    head = linear_head(module)
    generator = torch.Generator().manual_seed(_SEED)
    at_probe = torch.from_numpy(np.array(features, np.float32))
    noise = torch.randn(at_probe.shape, generator=generator) * (at_probe.std() + 1)
    agrees = all(_agrees(network, head, at, layer.weight.device, generator) for at in (at_probe, noise))
    return head if agrees else None


def linear_head(module: nn.Module) -> Head:
    """Read the weights of the last layer, which must be linear."""
    layer = cast(nn.Linear, cast(WithHead, module).linear())
    weight = layer.weight.detach().cpu().float()
    bias = layer.bias.detach().cpu().float() if layer.bias is not None else torch.zeros(len(weight))
    return Head(weight.numpy().copy(), bias.numpy().copy())


def _agrees(
    network: WithHead, head: Head, features: torch.Tensor, device: torch.device, generator: torch.Generator
) -> bool:
    weight, bias = torch.from_numpy(head.weight), torch.from_numpy(head.bias)
    leaf = features.to(device).requires_grad_()
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        logits = network.forward_head(leaf)
        if not _close(logits[0].detach().cpu(), features[0].mean(dim=(1, 2)) @ weight.T + bias):
            return False
        for _ in range(_DIRECTIONS):
            direction = torch.randn(len(weight), generator=generator)
            (gradient,) = torch.autograd.grad(logits[0] @ direction.to(device), leaf, retain_graph=True)
            closed = (direction @ weight)[:, None, None] / features[0, 0].numel()
            if not _close(gradient[0].cpu(), closed.expand_as(gradient[0])):
                return False
    return True


def _close(found: torch.Tensor, expected: torch.Tensor) -> bool:
    return bool((found - expected).abs().max() <= _TOLERANCE * expected.abs().max().clamp_min(1e-12))
