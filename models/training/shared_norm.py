"""Batch norm over the batches of all processes, so that several processes learn exactly what one would.

PyTorch's SyncBatchNorm does this on accelerators only; `SharedBatchNorm` does it on CPUs too.
"""

from typing import Any

import torch
from timm.layers import BatchNormAct2d, convert_sync_batchnorm
from torch import distributed, nn
from torch.nn import functional


class _SumOverProcesses(torch.autograd.Function):
    """The sum of a tensor over all processes; each process's loss depends on it, so gradients are summed as well."""

    @staticmethod
    def forward(ctx: Any, tensor: torch.Tensor) -> torch.Tensor:
        total = tensor.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
        total = gradients[0].clone()
        distributed.all_reduce(total)
        return total


class SharedBatchNorm(nn.Module):
    """A batch norm, timm's with activation or a plain one, its mean and variance taken over all processes in training.

    Parameters and buffers keep their names, so weights move between both freely. Training needs an initialised process
    group and equally large batches on all processes.
    """

    weight: nn.Parameter
    bias: nn.Parameter
    running_mean: torch.Tensor
    running_var: torch.Tensor
    num_batches_tracked: torch.Tensor

    def __init__(self, norm: BatchNormAct2d | nn.BatchNorm1d | nn.BatchNorm2d) -> None:
        """Take over a batch norm's parameters and buffers."""
        super().__init__()
        if norm.momentum is None:
            raise ValueError("Expected a batch norm with a momentum, found one that averages over all batches.")
        self.eps, self.momentum = norm.eps, norm.momentum
        self.weight, self.bias = norm.weight, norm.bias
        for name, buffer in norm.named_buffers(recurse=False):
            self.register_buffer(name, buffer)
        self.drop: nn.Module = getattr(norm, "drop", nn.Identity())
        self.act: nn.Module = getattr(norm, "act", nn.Identity())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise (n, c, …), then drop and activate as the batch norm taken over did."""
        if not self.training:
            normal = functional.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
            return self.act(self.drop(normal))
        count = x.numel() // x.shape[1] * distributed.get_world_size()
        places = (0, *range(2, x.ndim))
        channels = (-1, *[1] * (x.ndim - 2))
        mean = _SumOverProcesses.apply(x.sum(places)) / count
        centred = x - mean.view(channels)
        variance = _SumOverProcesses.apply(centred.square().sum(places)) / count
        self._track(mean.detach(), variance.detach() * count / max(count - 1, 1))
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return self.act(self.drop(centred * scale.view(channels) + self.bias.view(channels)))

    @torch.no_grad()
    def _track(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)


def share_batch_statistics(network: nn.Module, device: torch.device) -> nn.Module:
    """Replace every batch norm of a network by one whose statistics span all processes."""
    if device.type == "cuda":
        return convert_sync_batchnorm(network)
    for name, child in network.named_children():
        if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):  # timm's BatchNormAct2d is one of them
            network.add_module(name, SharedBatchNorm(child))
        else:
            share_batch_statistics(child, device)
    return network
