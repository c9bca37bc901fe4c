"""What every backend offers."""

from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

# torch: float32 on the best device PyTorch finds; torch-cpu: the reference, exactly what the official code computes.
BackendName = Literal["auto", "torch", "torch-cpu", "torch-bf16", "openvino", "openvino-bf16"]
BACKEND_NAMES: tuple[BackendName, ...] = get_args(BackendName)

FloatArray = NDArray[np.float32]


# 64 patches are what the official code takes at once; on a CPU more are no faster.
CPU_BATCH_SIZE = 64
ACCELERATOR_BATCH_SIZE = 1024


class Backend(Protocol):
    """A network that is ready to run; may be called from several threads.

    `name` says what computes and where, `dtype` in which precision ("float32" or "bfloat16"); `batch_size` is how many
    patches at once bound the memory of a pass without making it slower.
    """

    name: str
    dtype: str
    batch_size: int

    def __call__(self, images: FloatArray) -> tuple[FloatArray, ...]:
        """Run the network on (n, 1, h, w) float32 and return its outputs as float32 arrays, batch first."""
        ...


class UnavailableError(RuntimeError):
    """This machine or this network cannot use the backend; the message says why, as the end of a sentence."""
