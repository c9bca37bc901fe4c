"""What a model says about one image, and which model said it. Plain data."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.architecture import Architecture
from models.checkpoints import Origin
from models.entry import Provenance
from models.taught import TaughtBy

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class ModelInfo:
    """Which model speaks: shown on the page and stored with every result.

    `id` names model and weights, `key` the model in the registry; `backend` names what computes ("PyTorch 2.15 on
    CPU"), `dtype` in which numbers ("float32"), `precision` the same and how exactly, in words, `note` whose weights
    these are and how to get the official ones, `provenance` the same by parts; `head` says what class activation maps
    follow from, where there are any, `taught_by` which model taught it, if one did.
    """

    id: str
    key: str
    origin: Origin
    weights_sha256: str
    architecture: Architecture
    backend: str
    precision: str
    note: str
    provenance: Provenance = field(default=Provenance())
    head: str = ""
    taught_by: TaughtBy | None = None
    dtype: str = "float32"


@dataclass(frozen=True)
class Prediction:
    """`logits` (14,) float32, NaN for findings that the model does not predict."""

    logits: FloatArray


@dataclass(frozen=True)
class PatchPrediction(Prediction):
    """Also `patch_logits` (patches, 14), row by row, float32, whose mean the logits are."""

    patch_logits: FloatArray


@dataclass(frozen=True)
class EmbeddedPrediction(PatchPrediction):
    """Also `embeddings` (patches, C) float32: what the last layer is given of each patch."""

    embeddings: FloatArray


@dataclass(frozen=True)
class FeaturePrediction(Prediction):
    """Also `features` (C, h, w) float32, which are pooled before they are classified."""

    features: FloatArray


@dataclass(frozen=True)
class Region:
    """Where one block of a network looks in an image (s, s), and how it weighs the places there.

    Attributes:
        block: its name, such as "stage 2, block 1".
        box: (x0, y0, x1, y1) in pixels of the image, x0 < x1 and y0 < y1, within 0 and s.
        gate: (h, w) float32 in [0, 1], rows and columns of equal size that fill the box, the first at its top left.
    """

    block: str
    box: tuple[float, float, float, float]
    gate: FloatArray


@dataclass(frozen=True)
class SegmentPrediction(Prediction):
    """Also `segments` (14, h, w) float32: the probability that each pixel shows the finding; NaN if not predicted."""

    segments: FloatArray


@dataclass(frozen=True)
class TokenLayout:
    """Where the tokens of a transformer come from, and which of them it classifies.

    Attributes:
        rows, columns: of the grid over the image; its tokens lie row by row.
        before: tokens before these, such as a class token and registers.
        read: the tokens that the logits depend on after the last attention, ascending: the class token, or all of the
            grid where the network averages.
        blocks: how many attentions there are.
        heads: of each attention.
    """

    rows: int
    columns: int
    before: int
    read: tuple[int, ...]
    blocks: int
    heads: int

    @property
    def count(self) -> int:
        """All tokens."""
        return self.before + self.rows * self.columns

    @property
    def matrices_bytes(self) -> int:
        """What all blocks' attention of one image takes, in float32."""
        return 4 * self.blocks * self.heads * self.count**2
