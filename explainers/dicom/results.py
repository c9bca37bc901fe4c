"""What is to be written about one image: plain data, in the pixel matrix of the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explainers.dicom.source import Source

WARNING = "Research use only. Not for diagnosis."
PROGRAM = "MedicalPatchNet Explorer"


@dataclass(frozen=True)
class Number:
    """A measurement: what it is called, and its value (finite, without a unit)."""

    name: str
    value: float


@dataclass(frozen=True, eq=False)
class Marked:
    """What one map marks of one finding.

    Attributes:
        finding: CheXpert's name.
        mask: bool (rows, columns) of the source; not empty.
        strength: float32 (rows, columns) in [0, 1], the share of the map's own range, 0 outside what the model saw;
            for FRACTIONAL segmentations alone, None where none are wanted.
        numbers: scores of the marked region.
    """

    finding: str
    mask: NDArray[np.bool_]
    strength: NDArray[np.float32] | None = None
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True, eq=False)
class Layer:
    """One map, a method on a model, with all that it marks.

    Attributes:
        name: METHOD or METHOD@MODEL.
        label: what it is called.
        model: the key of the model, one of `Results.models`.
        parameters: of the method.
        cut: where it is cut, in words.
        marked: its regions.
    """

    name: str
    label: str
    model: str
    parameters: Mapping[str, Any]
    cut: str
    marked: tuple[Marked, ...]


@dataclass(frozen=True)
class Spoken:
    """One model and what it said.

    Attributes:
        label, weights: what it is called, and the fingerprint of its weights.
        state: whether this image can be read by it, in a few words.
        reasons: why, a sentence each.
        probabilities: by finding, of those that are to be written; none where the model cannot read this image.
        withheld: the sentence that says why none of its maps is written; empty where they are.
    """

    label: str
    weights: str
    state: str
    reasons: tuple[str, ...] = ()
    probabilities: Mapping[str, float] = field(default_factory=dict)
    withheld: str = ""

    @property
    def sentences(self) -> str:
        """The state, why, and whether maps are left out."""
        return " ".join((f"{self.state}.", *self.reasons, self.withheld)).strip()


def said_of(models: Mapping[str, Spoken]) -> list[str]:
    """What must be said beside every number: the warning, and the state of each model."""
    return [WARNING, *(f"{one.label} (weights {one.weights[:8]}): {one.sentences}" for one in models.values())]


def without_segmentation(models: Mapping[str, Spoken], layers: Sequence[Layer], finding: str = "") -> list[str]:
    """Why there is no segmentation of a model's maps, or of a map, in sentences; nothing where all have one.

    Args:
        models: those that spoke; of those that are withheld the reasons are told once for all of which they are true.
        layers: the maps that were cut.
        finding: the one that all of them are of, where it is one.
    """
    why: dict[str, list[str]] = {}
    for one in models.values():
        if one.withheld:
            why.setdefault(" ".join((f"{one.state.lower()}.", *one.reasons)), []).append(one.label)
    of = f" of {finding}" if finding else ""
    blank = [layer.label for layer in layers if not layer.marked]
    if blank:
        why[f"nothing{of} is marked."] = blank
    return [f"No segmentation of {'; '.join(labels)}: {reason}" for reason, labels in why.items()]


@dataclass(frozen=True, eq=False)
class Results:
    """All that is written about one image.

    Attributes:
        source: the image.
        models: the models that spoke, by key.
        layers: their maps.
        picture: uint8 (h, w, 3), RGB, of the maps.
        shows: what is drawn there, in a sentence without a full stop.
        remarks: further sentences for whoever reads the report.
    """

    source: Source
    models: Mapping[str, Spoken]
    layers: tuple[Layer, ...]
    picture: NDArray[np.uint8]
    shows: str
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for layer in self.layers:
            for one in layer.marked:
                if one.mask.shape != self.source.size:
                    raise ValueError(f"Expected regions of {self.source.size} pixels, found {one.mask.shape}.")
        if self.picture.dtype != np.uint8 or self.picture.ndim != 3 or self.picture.shape[2] != 3:
            raise ValueError(f"Expected a picture (h, w, 3) of bytes, found {self.picture.shape}.")
