"""Running a graph with ONNX Runtime on the CPU, as a device does."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.medicalpatchnet import split_patches

if TYPE_CHECKING:
    import onnx

FloatArray = NDArray[np.float32]
_STEP = 16  # images or patches at once, to bound the memory


class GraphRunner:
    """A graph that is ready to run.

    Args:
        model: the graph.
    """

    def __init__(self, model: "onnx.ModelProto") -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Else products of bytes are added in 16 bits, and cut there, on processors with AVX2 and without VNNI.
        options.add_session_config_entry("session.x64quantprecision", "1")
        options.intra_op_num_threads = torch.get_num_threads()
        self._session: Any = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self.names = tuple(output.name for output in self._session.get_outputs())

    def __call__(self, inputs: FloatArray) -> dict[str, FloatArray]:
        """Run images or patches (n, s, s); outputs by name, batch first."""
        parts = [
            self._session.run(None, {self._input: np.ascontiguousarray(inputs[start : start + _STEP, None])})
            for start in range(0, len(inputs), _STEP)
        ]
        return {name: np.concatenate(arrays) for name, arrays in zip(self.names, zip(*parts, strict=True), strict=True)}


def as_inputs(images: FloatArray, patch_size: int | None) -> FloatArray:
    """Images (n, s, s) as a graph takes them: themselves, or all patches (n · k, p, p), image by image."""
    if patch_size is None:
        return images
    return split_patches(torch.from_numpy(images)[:, None], patch_size)[:, 0].numpy()


def image_logits(outputs: dict[str, FloatArray], patches: int | None) -> FloatArray:
    """Logits (n, 14) of images: the graph's, or the means over so many patches each."""
    if patches is None:
        return outputs["logits"]
    each = torch.from_numpy(outputs["patch_logits"]).unflatten(0, (-1, patches))
    return each.mean(dim=1).numpy()
