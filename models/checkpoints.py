"""Weights on disk: reading official, embedded and own checkpoints, and writing our own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import save_file
from torch import nn

from models.architecture import Architecture, ModelKind

Origin = Literal["official", "demo", "own"]


@dataclass(frozen=True)
class Checkpoint:
    """Weights that fit their architecture exactly.

    `state_dict` holds the backbone's tensors under timm's names, floating point ones as float32. `weights_sha256` is
    the hash of the file they came from. `note` says in words whose weights these are and how to get the official ones.
    """

    architecture: Architecture
    state_dict: Mapping[str, torch.Tensor]
    model_id: str
    weights_sha256: str
    origin: Origin
    note: str

    def build(self) -> nn.Module:
        """Build the network with these weights, on the CPU, in eval mode, float32."""
        raise NotImplementedError


def load_checkpoint(spec: str | Path, kind: ModelKind) -> Checkpoint:
    """Load weights of one kind of model.

    Args:
        spec: "official" (from the Hugging Face cache), "demo" (embedded), "auto" (the first of these that is there),
            or the path of a `.safetensors` or `.pt` file. The network is never touched.
        kind: what the weights are for.

    Raises:
        InputError: the weights are not there, cannot be read safely, or do not fit.
    """
    raise NotImplementedError


def save_checkpoint(
    path: Path,
    module: nn.Module,
    architecture: Architecture,
    metadata: Mapping[str, str] | None = None,
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write a network's backbone as safetensors with its architecture, atomically.

    Args:
        path: file to write, ending in `.safetensors`.
        module: a network with a `backbone`, as the registry builds it.
        architecture: stored as JSON under the metadata key "architecture".
        metadata: further strings to store.
        dtype: type of the stored floating point tensors; float16 halves the file and is made float32 on loading.
    """
    tensors = {
        name: (tensor.to(dtype) if tensor.is_floating_point() else tensor).detach().cpu().contiguous()
        for name, tensor in module.get_submodule("backbone").state_dict().items()
    }
    temporary = path.with_name(path.name + ".tmp")
    save_file(tensors, temporary, {**(metadata or {}), "architecture": json.dumps(architecture.model_dump())})
    temporary.replace(path)
