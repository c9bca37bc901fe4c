"""A model that needs no weights."""

import dataclasses

import numpy as np

from models.architecture import Architecture
from models.predictions import ModelInfo

INFO = ModelInfo(
    id="test", kind="cnn", origin="own", weights_sha256="0" * 64, architecture=Architecture(kind="cnn", input_size=32),
    backend="none", precision="float32", note="",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Answer:
    logits: np.ndarray


class Brightness:
    """A model whose logits are the image's mean grey plus the number of the finding."""

    info = INFO
    input_size = 32

    def predict(self, image: np.ndarray) -> Answer:
        assert image.shape == (32, 32)
        return Answer((image.mean() + np.arange(14)).astype(np.float32))
