"""Both networks at widths that cost nothing, with random weights that no part of them ignores."""

from pathlib import Path
from typing import Any

import torch

from models.checkpoints import save_checkpoint
from models.registry import find_model
from tests.models.networks import disturb, settle_norms, shape

WIDTHS = {
    "mednext_xue": {"stem": (4, 4), "widths": (4, 6, 8, 12), "depths": (1, 1, 1, 1)},
    "medunext_xue": {"widths": (4, 4, 6, 8, 8), "depths": (1, 1, 1)},
}


def small_shape(kind: str, input_size: int = 32, **numbers: Any) -> Any:
    """A narrow architecture of one of the two."""
    return shape(kind, channels=1, input_size=input_size, **{**WIDTHS[kind], **numbers})


def small(kind: str, seed: int = 0, **numbers: Any) -> Any:
    """Its network, in eval mode."""
    architecture = small_shape(kind, **numbers)
    module = find_model(kind).build(architecture)
    disturb(module, seed)
    norms = [layer for layer in module.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    side = architecture.input_size
    settle_norms(norms, module, torch.rand(4, 1, side, side, generator=torch.Generator().manual_seed(seed)))
    return module.eval()


def write_small(kind: str, folder: Path, seed: int = 0, **numbers: Any) -> Path:
    """Its checkpoint in a folder."""
    path = folder / f"{kind}-{seed}.safetensors"
    save_checkpoint(path, small(kind, seed, **numbers), small_shape(kind, **numbers))
    return path
