"""A network of the family small enough for tests: 64 pixels, maps of 4, 2 and 1 cells, 16 channels and more."""

import hashlib
from pathlib import Path
from typing import Any

import torch

from models.checkpoints import save_checkpoint
from models.families.mxa_efficientvit import ENTRY, MxaArchitecture
from models.mxa.network import MxaEfficientVit
from models.taught import TaughtBy, note_of
from tests.models.networks import disturb, settle_norms

SIZES: dict[str, Any] = {
    "variant": "own",
    "widths": [16, 16, 24],
    "depths": [1, 1, 2],
    "heads": [2, 2, 2],
    "kernels": [3, 3],
    "window": 2,
    "input_size": 64,
}


def small_shape(**changes: Any) -> MxaArchitecture:
    """Its architecture, some of it changed."""
    return MxaArchitecture.model_validate({"kind": ENTRY.key, **SIZES, **changes})


def small_network(seed: int = 0, **changes: Any) -> MxaEfficientVit:
    """With random weights, none of them near zero, and statistics of noise, in eval mode."""
    shape = small_shape(**changes)
    torch.manual_seed(seed)
    network = MxaEfficientVit(shape)
    disturb(network, seed)
    norms = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d)]
    side = shape.input_size
    settle_norms(norms, network, torch.rand(4, 1, side, side, generator=torch.Generator().manual_seed(seed)))
    return network.eval()


def write_student(folder: Path) -> Path:
    """A checkpoint that says that the CNN whose weights lie in the folder taught it."""
    network = small_network(distilled_head=True)
    teacher = hashlib.sha256((folder / "cnn.safetensors").read_bytes()).hexdigest()
    path = folder / "student.safetensors"
    save_checkpoint(path, network, network.architecture, {"teacher": note_of(TaughtBy("cnn", teacher))})
    return path


def write_small(folder: Path, seed: int = 0, **changes: Any) -> Path:
    """A checkpoint with it."""
    network = small_network(seed, **changes)
    path = folder / f"mxa-{seed}.safetensors"
    save_checkpoint(path, network, network.architecture)
    return path
