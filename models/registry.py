"""The kinds of models the program knows. A new kind is one file with one network and one entry here."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from models.architecture import Architecture, ModelKind
from models.cnn import BaselineCnn
from models.medicalpatchnet import MedicalPatchNet

MEDICALPATCHNET_PAPER = (
    "Wienholt et al., MedicalPatchNet: a patch-based self-explainable AI architecture for chest X-ray classification, "
    "Scientific Reports 2026"
)


@dataclass(frozen=True)
class ModelEntry:
    """What the page and the command line say about one kind of model, and how its network is built.

    `build` takes an `Architecture` of this kind and returns the network with random weights; the network keeps its
    trained part in an attribute `backbone`, whose state dict is what a checkpoint stores.
    """

    kind: ModelKind
    label: str
    words: str
    paper: str
    build: Callable[[Architecture], nn.Module]


_ENTRIES = (
    ModelEntry(
        kind="medicalpatchnet",
        label="MedicalPatchNet",
        words="Classifies each patch by itself; the image's logits are exactly the mean of the patch logits.",
        paper=MEDICALPATCHNET_PAPER,
        build=MedicalPatchNet,
    ),
    ModelEntry(
        kind="cnn",
        label="Baseline CNN (EfficientNetV2-S)",
        words="Classifies the whole image at once; class activation maps show which features it used, after the fact.",
        paper=f"{MEDICALPATCHNET_PAPER} (its baseline); Tan and Le, EfficientNetV2, ICML 2021",
        build=BaselineCnn,
    ),
)

MODELS: dict[ModelKind, ModelEntry] = {entry.kind: entry for entry in _ENTRIES}
