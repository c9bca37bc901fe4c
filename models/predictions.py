"""What a model says about one image, and which model said it. Plain data."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.architecture import Architecture, ModelKind
from models.checkpoints import Origin

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class ModelInfo:
    """Which model speaks: shown on the page and stored with every result.

    `backend` names what computes ("PyTorch 2.15 on CPU"), `precision` how exactly ("float32"), `note` whose weights
    these are and how to get the official ones.
    """

    id: str
    kind: ModelKind
    origin: Origin
    weights_sha256: str
    architecture: Architecture
    backend: str
    precision: str
    note: str


@dataclass(frozen=True)
class PatchPrediction:
    """`logits` (14,) and `patch_logits` (patches, 14), row by row, float32; the first are the mean of the second."""

    logits: FloatArray
    patch_logits: FloatArray


@dataclass(frozen=True)
class CnnPrediction:
    """`logits` (14,) and `features` (C, h, w) of the last feature block, float32."""

    logits: FloatArray
    features: FloatArray
