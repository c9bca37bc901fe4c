"""Small networks for tests, and the official code's way of building the large one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import nn
from torch.overrides import TorchFunctionMode

from models.architecture import Architecture
from models.checkpoints import save_checkpoint
from models.registry import DEFAULT_MODELS, find_model

KINDS: tuple[str, ...] = DEFAULT_MODELS


def shape(kind: str, **numbers: Any) -> Any:
    """The architecture of a model of the registry."""
    return find_model(kind).architecture.model_validate({"kind": kind, **numbers})


def narrow(kind: str, input_size: int = 128) -> Any:
    """A quarter of the width and depth; the patch model has patches of 32 pixels."""
    patch_size = 32 if kind == "medicalpatchnet" else input_size
    return shape(kind, channel_multiplier=0.25, depth_multiplier=0.25, input_size=input_size, patch_size=patch_size)


def network(architecture: Architecture, seed: int = 0) -> Any:
    """Random weights whose activations keep unit scale, as trained ones do, and logits of a few units."""
    torch.manual_seed(seed)
    module = find_model(architecture.kind).build(architecture)
    settle(module)
    return module


def settle(module: nn.Module) -> None:
    """Set every batch norm to the statistics of noise and leave the module in eval mode."""
    norms = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]
    settle_norms(norms, module, torch.rand(4, 1, 128, 128))
    with torch.no_grad():
        for layer in module.modules():
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=4 / layer.in_features**0.5)
    module.eval()


def settle_norms(norms: Sequence[nn.BatchNorm1d | nn.BatchNorm2d], module: nn.Module, images: torch.Tensor) -> None:
    """Set batch norms to the statistics of some images."""
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        module.train()(images)
    for norm in norms:
        norm.momentum = 0.1


def write_network(folder: Path, kind: str, seed: int = 0, dtype: torch.dtype = torch.float32) -> Path:
    """A checkpoint of our own with a narrow network."""
    architecture = narrow(kind)
    path = folder / f"{kind}-{seed}.safetensors"
    save_checkpoint(path, network(architecture, seed), architecture, {"trained on": "nothing"}, dtype)
    return path


def official_backbone(seed: int = 0) -> nn.Module:
    """The network as the official code builds it: torchvision's, with one input channel and 14 outputs."""
    torch.manual_seed(seed)
    backbone = torchvision.models.efficientnet_v2_s(weights=None)
    backbone.features[0][0] = nn.Conv2d(1, 24, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), bias=False)
    backbone.classifier[1] = nn.Linear(in_features=1280, out_features=14, bias=True)
    return backbone


class RandomStartLeftOut(TorchFunctionMode):
    """While it lasts, no random number is drawn into a tensor: for networks whose every weight is written afterwards.

    To draw them takes longer than all else that tests do with a network.
    """

    def __torch_function__(self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        drawn = (torch.Tensor.uniform_, torch.Tensor.normal_, torch.Tensor.erfinv_)
        return args[0] if function in drawn else function(*args, **(kwargs or {}))


def timm_network(name: str, seed: int = 0, **settings: Any) -> Any:
    """One of timm's backbones with random weights, none of them near zero, in eval mode."""
    architecture = shape(f"timm:{name}", **settings)
    with RandomStartLeftOut():
        module = find_model(architecture.kind).build(architecture)
    disturb(module, seed)
    norms = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d)]
    if norms:  # statistics of noise, so that the numbers stay of the size that trained networks have
        side = architecture.input_size
        settle_norms(norms, module, torch.rand(4, 1, side, side, generator=torch.Generator().manual_seed(seed)))
    return module.eval()


def disturb(module: nn.Module, seed: int) -> None:
    """Random scales, shifts and statistics, so that no part of a network does nothing, and logits of a few units."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if name.endswith((".bias", "running_mean")):
                tensor.copy_(0.2 * torch.randn(tensor.shape, generator=generator))
            elif tensor.is_floating_point() and tensor.ndim <= 1:
                tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
            elif tensor.is_floating_point():
                inputs = max(tensor[0].numel(), 1)
                tensor.copy_(torch.randn(tensor.shape, generator=generator) / inputs**0.5)


def write_timm(folder: Path, name: str, seed: int = 0, **settings: Any) -> Path:
    """Such a network with its settings in the file's metadata."""
    network = timm_network(name, seed, **settings)
    path = folder / f"{name}-{seed}.safetensors"
    save_checkpoint(path, network, shape(f"timm:{name}", **settings))
    return path
