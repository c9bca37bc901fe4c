"""Graphs that compute in whole numbers of eight bits: weights by channel, activations by ranges that images give.

Static quantisation in the form that ONNX Runtime reads anywhere (QDQ): each convolution and matrix product has its
inputs and its output rounded to 256 steps of the range that was seen; what lies between them stays float32.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.exporting.quiet import quiet

if TYPE_CHECKING:
    import onnx

FloatArray = NDArray[np.float32]

_LAYERS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_PIXELS = 1 << 20  # of images or patches at once: all activations of a batch are in memory


def quantized(model: "onnx.ModelProto", inputs: FloatArray) -> "onnx.ModelProto":
    """The same graph in int8.

    Args:
        model: a float32 graph with one input.
        inputs: images or patches (n, s, s) that activations are like, float32 in [0, 1].
    """
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    reader = _Batches(model.graph.input[0].name, inputs)
    with TemporaryDirectory() as folder, quiet():
        given, path = Path(folder) / "network.onnx", Path(folder) / "quantized.onnx"
        onnx.save(model, given)  # a graph in memory would be changed
        quantize_static(
            given,
            path,
            reader,
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_LAYERS),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        made = onnx.load(path)
    made.producer_name, made.producer_version = "", ""
    del made.metadata_props[:], made.graph.value_info[:]
    return made


class _Batches:
    """Images as ONNX Runtime asks for them while it calibrates."""

    def __init__(self, name: str, inputs: FloatArray) -> None:
        step = max(1, _PIXELS // inputs[0].size)
        self._rest = iter([{name: inputs[start : start + step, None]} for start in range(0, len(inputs), step)])

    def get_next(self) -> Mapping[str, FloatArray] | None:
        """The next batch by the graph's input."""
        return next(self._rest, None)
