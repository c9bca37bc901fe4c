"""Running a network on a GPU that Hugging Face's ZeroGPU lends for seconds, through its package `spaces`.

`spaces` wants three things: it is imported before CUDA is touched; networks are put on "cuda" while the app starts
(they are kept aside until a GPU is there); and what computes on it is a decorated function that says how long it takes.
It runs in a forked process, whose arguments and results are pickled. So a *pass* is what is decorated here: arrays in,
arrays out, nothing remembered. Gradients (of the few methods that need them) are computed by the network's other copy,
which stays on the CPU.
"""

import copy
import importlib
import math
import os
from types import ModuleType
from typing import Any

import torch
from torch import nn

from models.backends.base import ACCELERATOR_BATCH_SIZE, FloatArray
from models.backends.torch_backend import TorchBackend

_START, _PIXELS_A_SECOND, _LONGEST = 5, 100 * 512 * 512, 60  # seconds; a slow guess: what is left over is given back


class ZeroGpuBackend:
    """A copy of a network that computes where a GPU is lent.

    Args:
        network: in eval mode, on the CPU, where it stays.
        spaces: the package.
        device: "cuda", which the package lets the main process name without a GPU.
    """

    def __init__(self, network: nn.Module, spaces: Any, device: str = "cuda") -> None:
        backend = TorchBackend(copy.deepcopy(network), torch.device(device))

        def run(images: FloatArray) -> tuple[FloatArray, ...]:
            return backend(images)

        self._run = spaces.GPU(duration=seconds)(run)
        self.name = f"{backend.name}, lent by ZeroGPU"
        self.dtype = backend.dtype
        self.batch_size = ACCELERATOR_BATCH_SIZE

    def __call__(self, images: FloatArray) -> tuple[FloatArray, ...]:
        """Run the network on (n, 1, h, w) float32 and return its outputs as float32 arrays, batch first."""
        found: tuple[FloatArray, ...] = self._run(images)
        return found


def seconds(images: FloatArray) -> int:
    """How long a pass over images (n, 1, h, w) may take, as it is declared: a short one waits less, and costs less."""
    return min(_LONGEST, _START + math.ceil(images.size / _PIXELS_A_SECOND))


def lent_gpus() -> ModuleType | None:
    """The package `spaces` on hardware that lends GPUs; None anywhere else, or where it is not installed."""
    if os.environ.get("SPACES_ZERO_GPU", "").lower() not in ("1", "t", "true"):
        return None
    try:
        return importlib.import_module("spaces")
    except ImportError:
        return None


def announce() -> None:
    """Tell the hardware that all networks are there; `spaces` does it where Gradio's own `launch` serves a page."""
    if lent_gpus() is not None:
        importlib.import_module("spaces.zero").startup()
