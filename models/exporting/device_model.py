"""What stands in `model.json` beside a graph: all that a device has to know to ask it, and to trust its answers."""

import base64
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from data_cache.store import write_bytes
from models.capabilities import GraphOutput
from models.checkpoints import Origin

Precision = Literal["float32", "float16", "int8"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

GRAPH, DESCRIPTION = "model.onnx", "model.json"

PREPROCESSING = (
    "Grey in [0, 1], the largest centred square, resized to the side bilinearly with antialiasing; no mean or standard "
    "deviation is taken off. Patches are cut row by row from the upper left."
)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GraphFile(_Part):
    """The graph's file: name beside this description, sha256 and size."""

    name: str
    sha256: str
    bytes: int


class Input(_Part):
    """What the graph takes: float32 (n, 1, s, s) `images` or (n, 1, p, p) `patches`, n being free.

    `side` is of the whole image; where it is cut into patches, `patches_per_side`² of them are one image, and the
    image's logits are the mean of theirs.
    """

    name: Literal["images", "patches"]
    side: int
    patches_per_side: int | None


class Output(_Part):
    """One output of the graph, float32, in the graph's order; its shape without the free first dimension."""

    name: GraphOutput
    shape: list[int]


class Classifier(_Part):
    """The linear function from the mean of the features to the logits: base64 of little-endian float32.

    `weight` is (14, C) row by row, `bias` (14,); rows of findings that are not predicted are 0.
    """

    weight: str
    bias: str

    @classmethod
    def of(cls, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> "Classifier":
        """Write both down."""
        return cls(weight=_text(weight), bias=_text(bias))


class Parity(_Part):
    """How far the graph is from PyTorch: the largest difference of a logit over so many images.

    `finding` is the one that differs most, `limit` what a graph of this precision may differ by. `others` are the
    largest differences of the other outputs, each as a share of its largest value: patch logits, of one patch.
    """

    images: int
    logit: float
    finding: str
    limit: float
    others: dict[str, float]


class Check(_Part):
    """What a device computes before it trusts itself: logits of an image that it can draw, see `check_image`.

    They are the graph's own, by ONNX Runtime on a CPU; null where a finding is not predicted.
    """

    image: Literal["two-lungs"]
    logits: list[float | None]


class Ownership(_Part):
    """Whose weights these are, in words; empty where nobody said it. See `models.entry.Provenance`."""

    owner: str
    licence: str
    trained_on: str
    probabilities: str


class DeviceModel(_Part):
    """One exported model.

    Attributes:
        key, label, short, words: what the registry calls it.
        id, origin, note, head: which weights these are, as `models.predictions.ModelInfo` says it.
        weights_sha256: of the file that the weights came from.
        precision: how they are stored; computed is in float32, with int8 in whole numbers.
        float_layers: weights of the layers that an int8 graph leaves in float32, by name; empty where there are none.
        findings: CheXpert's 14 in CheXpert's order; `predicted` says which of them the model predicts. In the outputs
            the others are NaN.
        capabilities: keys of `models.capabilities` that hold on the device.
        classifier: of models whose logits are linear in the mean of their features.
    """

    format: Literal[1] = 1
    key: str
    label: str
    short: str
    words: str
    id: str
    origin: Origin
    note: str
    head: str
    weights_sha256: str
    precision: Precision
    float_layers: list[str] = []
    graph: GraphFile
    input: Input
    outputs: list[Output]
    findings: list[str] = Field(min_length=14, max_length=14)
    predicted: list[bool] = Field(min_length=14, max_length=14)
    capabilities: list[str]
    classifier: Classifier | None
    parity: Parity
    check: Check
    preprocessing: str
    provenance: Ownership


def write_description(folder: Path, model: DeviceModel) -> None:
    """Write `model.json`; last, since whoever finds it takes the graph beside it for whole."""
    write_bytes(folder / DESCRIPTION, (model.model_dump_json(indent=1) + "\n").encode())


def _text(values: NDArray[np.float32]) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()
