"""Running a network with PyTorch: CPU, CUDA or MPS."""

import threading

import numpy as np
import torch
from torch import nn

from models.backends.base import ACCELERATOR_BATCH_SIZE, CPU_BATCH_SIZE, FloatArray


class TorchBackend:
    """A network that PyTorch runs on one device.

    Args:
        module: in eval mode; returns one tensor or several, batch first; is moved to the device.
        device: where to run.
        dtype: float32, or bfloat16 for less precision and more speed.
    """

    def __init__(self, module: nn.Module, device: torch.device, dtype: torch.dtype = torch.float32) -> None:
        self._module = module.to(device)
        self._device = device
        self._autocast = None if dtype == torch.float32 else dtype
        self._lock = threading.Lock()
        self.name = f"PyTorch {torch.__version__.split('+')[0]} on {device.type.upper()}"
        self.batch_size = CPU_BATCH_SIZE if device.type == "cpu" else ACCELERATOR_BATCH_SIZE
        self.dtype = str(dtype).removeprefix("torch.")

    def __call__(self, images: FloatArray) -> tuple[FloatArray, ...]:
        """Run the network on (n, 1, h, w) float32 and return its outputs as float32 arrays, batch first."""
        batch = torch.from_numpy(np.ascontiguousarray(images, np.float32)).to(self._device)
        with (
            self._lock,  # one pass at a time: two would only share the cores or the device's memory
            torch.inference_mode(),
            # CUDA's default for convolutions is TF32, which keeps ten bits: logits would be wrong in the third digit
            torch.backends.cudnn.flags(enabled=True, allow_tf32=False),
            torch.autocast(self._device.type, self._autocast, enabled=self._autocast is not None),
        ):
            outputs = self._module(batch)
        if isinstance(outputs, torch.Tensor):
            outputs = (outputs,)
        return tuple(output.float().cpu().numpy() for output in outputs)


def accelerator() -> torch.device | None:
    """CUDA where there is one, else MPS, else nothing."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps") if torch.backends.mps.is_available() else None
