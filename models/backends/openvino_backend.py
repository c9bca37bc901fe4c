"""Running a network with OpenVINO on the CPU, about twice as fast as PyTorch there."""

import threading
from importlib.metadata import version
from typing import Literal

import numpy as np
import openvino as ov
from openvino import properties
from torch import nn

from models.backends.base import CPU_BATCH_SIZE, FloatArray, UnavailableError
from models.backends.openvino_graph import UnknownLayerError, graph

_TYPES = {"float32": ov.Type.f32, "bfloat16": ov.Type.bf16}


class OpenvinoBackend:
    """A network that OpenVINO runs on the CPU.

    Args:
        network: the backbone, or the baseline CNN; in eval mode on the CPU. Its weights are copied.
        dtype: "float32", or "bfloat16" for less precision and more speed where the processor has it.

    Raises:
        UnavailableError: OpenVINO cannot run this network on this machine.
    """

    def __init__(self, network: nn.Module, dtype: Literal["float32", "bfloat16"] = "float32") -> None:
        core = ov.Core()
        if dtype == "bfloat16" and "BF16" not in core.get_property("CPU", properties.device.capabilities):
            raise UnavailableError("this processor has no bfloat16")
        configuration = {
            # said always: where the processor has bfloat16, OpenVINO takes it unless told not to
            properties.hint.inference_precision: _TYPES[dtype],
            properties.hint.performance_mode: properties.hint.PerformanceMode.LATENCY,
        }
        try:
            compiled = core.compile_model(graph(network), "CPU", configuration)
        except (RuntimeError, UnknownLayerError) as error:
            raise UnavailableError(f"OpenVINO cannot compile this network ({error})") from error
        self._request = compiled.create_infer_request()
        self._lock = threading.Lock()
        self.name = f"OpenVINO {version('openvino')} on CPU"
        self.batch_size = CPU_BATCH_SIZE
        self.dtype: str = dtype

    def __call__(self, images: FloatArray) -> tuple[FloatArray, ...]:
        """Run the network on (n, 1, h, w) float32 and return its outputs as float32 arrays, batch first."""
        batch = np.ascontiguousarray(images, np.float32)
        with self._lock:  # one request, one pass at a time: it already uses every core
            outputs = self._request.infer([batch], share_inputs=True)
        return tuple(outputs.to_tuple())
