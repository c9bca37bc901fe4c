"""Networks with attention ready to be asked: what they weigh places with, beside what any network gives."""

from collections.abc import Callable
from typing import cast

import numpy as np
from torch import nn

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.attention_network.architecture import AttentionArchitecture
from models.backends.base import Backend, BackendName, FloatArray
from models.backends.probes import probe_image
from models.backends.selection import select_backend
from models.capabilities import GraphOutput
from models.checkpoints import Checkpoint
from models.heads import linear_head, pooled_head
from models.predictions import ModelInfo
from models.predictor import PooledPredictor, Predictor, model_info


class _Attending(Predictor):
    """A network whose last output is attention (n, 1 or outputs, h, w); see `capabilities.Attention`."""

    def attention(self, image: FloatArray) -> FloatArray:
        """The sigmoid's values (14, h, w) for one image (s, s); NaN for findings that the model does not predict."""
        maps = self._backend(np.ascontiguousarray(image, np.float32)[None, None])[-1][0]
        places = [column if len(maps) > 1 else 0 for column in self.info.architecture.output_of if column is not None]
        found = np.full((len(FINDINGS), *maps.shape[1:]), np.nan, np.float32)
        found[self.info.architecture.predicted] = maps[places]
        return found


class AttendingPredictor(_Attending):
    """One with a map for each finding."""

    graph_outputs: tuple[GraphOutput, ...] = ("logits", "attention")


class AttendingPooledPredictor(_Attending, PooledPredictor):
    """One with a map for all findings: its logits are a linear function of the mean of the attended features."""

    graph_outputs: tuple[GraphOutput, ...] = ("logits", "features", "attention")

    def around(
        self, module: nn.Module, info: ModelInfo, run: Callable[[nn.Module], Backend]
    ) -> "AttendingPooledPredictor":
        """As above, with the other network's own head."""
        return AttendingPooledPredictor(info, run(module), module, linear_head(module))


def run_attention(checkpoint: Checkpoint, backend: BackendName) -> Predictor:
    """Make a network with attention, or a baseline of one, ready to run.

    Raises:
        InputError: its head is not what the family's is.
    """
    shape = cast(AttentionArchitecture, checkpoint.architecture)
    module = checkpoint.build()
    selection = select_backend(module, probe_image(shape.input_size)[None, None], backend)
    info = model_info(checkpoint, selection)
    if shape.maps == "findings":
        return AttendingPredictor(info, selection.backend, module)
    head = pooled_head(module, selection.outputs[1])
    if head is None:
        raise InputError(f"Expected logits linear in the attended features of {info.id}, found others; get it again.")
    attends = shape.attention in ("cbam", "single", "multi")
    made = AttendingPooledPredictor if attends else PooledPredictor
    return made(info, selection.backend, module, head)
