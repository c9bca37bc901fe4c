"""Graphs that compute in whole numbers of eight bits: weights by channel, activations by ranges that images give.

Static quantisation in the form that ONNX Runtime reads anywhere (QDQ): each convolution and matrix product has its
inputs and its output rounded to 256 steps of the range that was seen; what lies between them stays float32.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.exporting.quiet import quiet

if TYPE_CHECKING:
    import onnx

FloatArray = NDArray[np.float32]

_FIRST = 8  # layers that stay float32 where whole numbers alone do not do
_LAYERS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_PIXELS = 1 << 20  # of images or patches at once: all activations of a batch are in memory


@dataclass(frozen=True)
class Quantized:
    """A graph in int8, and the weights of those layers that stay float32, by name."""

    graph: "onnx.ModelProto"
    float_layers: tuple[str, ...]


def quantized(model: "onnx.ModelProto", inputs: FloatArray) -> Iterator[Quantized]:
    """The same graph in int8, for whoever takes the first that is near enough: whole, then without what rounds
    worst.

    That is the first layers, whose rounding all later ones pass on, and the last one. They hold few of the
    weights of a large network; of one with few layers little would be left, so that there is only the first graph.

    Args:
        model: a float32 graph with one input.
        inputs: images or patches (n, s, s) that activations are like, float32 in [0, 1].
    """
    import onnx

    layers = [node for node in model.graph.node if node.op_type in _LAYERS]
    with TemporaryDirectory() as folder:
        given = Path(folder) / "network.onnx"
        onnx.save(model, given)  # a graph in memory would be changed
        worst = [*layers[:_FIRST], layers[-1]] if len(layers) > 2 * _FIRST else []
        for kept in ([], worst) if worst else ([],):
            made = _rounded(given, _Batches(model.graph.input[0].name, inputs), [node.name for node in kept])
            yield Quantized(made, tuple(node.input[1] for node in kept))


def _rounded(given: Path, batches: "_Batches", kept: list[str]) -> "onnx.ModelProto":
    """The graph of a file in int8, but for nodes; ranges of activations stay in a file beside it for the next time."""
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    with quiet():
        quantize_static(
            given,
            given.with_name("quantized.onnx"),
            batches,
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_LAYERS),
            nodes_to_exclude=kept,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            calibration_cache_path=given.with_name("ranges.json"),
        )
    made = onnx.load(given.with_name("quantized.onnx"))
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
