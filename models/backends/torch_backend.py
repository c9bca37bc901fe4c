"""Running a network with PyTorch: CPU, CUDA or MPS."""

import threading

import numpy as np
import torch
from torch import nn

from models.backends.base import FloatArray


class TorchBackend:
    """A network that PyTorch runs on one device.

    Args:
        module: returns one tensor or several, batch first; is moved to the device.
        device: where to run.
        dtype: float32, or bfloat16 for less precision and more speed.
    """

    note = ""

    def __init__(self, module: nn.Module, device: torch.device, dtype: torch.dtype = torch.float32) -> None:
        self._module = module.to(device)
        self._device = device
        self._dtype = dtype
        self._lock = threading.Lock()
        self.name = f"PyTorch {torch.__version__.split('+')[0]} on {device.type.upper()}"
        self.precision = str(dtype).removeprefix("torch.")

    def __call__(self, images: FloatArray) -> tuple[FloatArray, ...]:
        """Run the network on (n, 1, h, w) float32 and return its outputs as float32 arrays, batch first."""
        batch = torch.from_numpy(np.ascontiguousarray(images, np.float32)).to(self._device)
        # One pass at a time: two would only share the cores or the device's memory.
        with (
            self._lock,
            torch.inference_mode(),
            torch.backends.cudnn.flags(enabled=True, allow_tf32=False),
            torch.autocast(self._device.type, self._dtype, enabled=self._dtype != torch.float32),
        ):
            outputs = self._module(batch)
        if isinstance(outputs, torch.Tensor):
            outputs = (outputs,)
        return tuple(output.float().cpu().numpy() for output in outputs)


def best_device() -> torch.device:
    """CUDA where there is one, else MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
