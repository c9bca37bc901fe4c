"""Choosing what computes."""

import torch
from torch import nn

from models.backends.base import Backend, BackendName
from models.backends.torch_backend import TorchBackend, best_device


def select_backend(module: nn.Module, name: BackendName = "auto") -> Backend:
    """Make a network ready to run with the backend of this name."""
    return TorchBackend(module, torch.device("cpu") if name == "torch-cpu" else best_device())
