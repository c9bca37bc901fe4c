"""What every backend offers."""

from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

BackendName = Literal["auto", "torch", "torch-cpu", "torch-bf16", "openvino", "openvino-bf16"]

FloatArray = NDArray[np.float32]


class Backend(Protocol):
    """A network, ready to run. May be called from several threads."""

    name: str
    precision: str
    note: str

    def __call__(self, images: FloatArray) -> tuple[FloatArray, ...]:
        """Run the network on (n, 1, h, w) float32 and return its outputs as float32 arrays, batch first."""
        ...
