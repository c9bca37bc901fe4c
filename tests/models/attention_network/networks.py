"""Narrow networks of the family with random weights."""

from pathlib import Path
from typing import Any

import torch

from models.attention_network.architecture import AttentionArchitecture
from models.attention_network.network import AttentionNetwork
from models.checkpoints import save_checkpoint
from tests.models.networks import disturb, settle_norms

SIDE = 64


def attention_shape(**numbers: Any) -> AttentionArchitecture:
    """An EfficientNetV2 of a tenth of the width, on 64 pixels; any number can be another."""
    narrow = {"backbone": "efficientnetv2_s", "channel_multiplier": 0.1, "depth_multiplier": 0.1, "width": 24}
    return AttentionArchitecture.model_validate({**narrow, "input_size": SIDE, **numbers})


def attention_network(architecture: AttentionArchitecture, seed: int = 0) -> AttentionNetwork:
    """Random weights, none near zero, whose activations keep unit scale; in eval mode."""
    module = AttentionNetwork(architecture)
    disturb(module, seed)
    norms = [layer for layer in module.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    side = architecture.input_size
    settle_norms(norms, module, torch.rand(4, 1, side, side, generator=torch.Generator().manual_seed(seed)))
    return module.eval()


def write_attention(folder: Path, seed: int = 0, **numbers: Any) -> Path:
    """A checkpoint of such a network."""
    architecture = attention_shape(**numbers)
    path = folder / f"attention-network-{seed}.safetensors"
    save_checkpoint(path, attention_network(architecture, seed), architecture)
    return path
