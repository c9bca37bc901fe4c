"""MedicalPatchNet (Wienholt et al., Scientific Reports 2026): every patch by itself, and their mean."""

from typing import TYPE_CHECKING, cast

from models.architecture import Architecture, EfficientNetArchitecture
from models.backends.base import BackendName
from models.capabilities import LOGITS, MODULE, PATCH_EMBEDDINGS, PATCH_LOGITS, Logits
from models.embedded import embedded_path
from models.entry import Colour, ModelEntry, Provenance
from models.official import OfficialFile

if TYPE_CHECKING:
    from torch import nn

    from models.checkpoints import Checkpoint
    from models.entry import Tensors

REPOSITORY = "patrick-w/MedicalPatchNet"
PAPER = (
    "Wienholt et al., MedicalPatchNet: a patch-based self-explainable AI architecture for chest X-ray classification, "
    "Scientific Reports 2026"
)
PROVENANCE = Provenance(
    owner="Wienholt et al. (patrick-w/MedicalPatchNet on the Hugging Face Hub)",
    licence="MIT",
    trained_on="CheXpert, with labels by visualCheXbert",
    probabilities="that visualCheXbert reads the finding in the report; not calibrated",
)


def build(architecture: Architecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> "nn.Module":
    """Build the network with random weights."""
    from models.medicalpatchnet import MedicalPatchNet

    return MedicalPatchNet(cast(EfficientNetArchitecture, architecture), drop_rate, drop_path_rate)


def run(checkpoint: "Checkpoint", backend: BackendName) -> Logits:
    """Make a checkpoint ready to run."""
    from models.patch_predictor import run_patches

    return run_patches(checkpoint, backend)


def from_torchvision(tensors: "Tensors") -> "Tensors":
    """Give the official files' tensors, which speak torchvision's names, timm's."""
    from models.key_translation import efficientnet_names

    return efficientnet_names(tensors)


ENTRY = ModelEntry(
    key="medicalpatchnet",
    label="MedicalPatchNet",
    short="PatchNet",
    colour=Colour("#0b7f92", "#38b2c6"),
    words="Classifies each patch by itself; the image's logits are exactly the mean of the patch logits.",
    paper=PAPER,
    capabilities=(LOGITS, PATCH_LOGITS, PATCH_EMBEDDINGS, MODULE),
    architecture=EfficientNetArchitecture,
    assumed=EfficientNetArchitecture(kind="medicalpatchnet"),
    build=build,
    run=run,
    translate=from_torchvision,
    section="patchnet",
    official=OfficialFile(
        REPOSITORY,
        "MedicalPatchNet_weights.pt",
        "9ebb70e5a7934c5e1b10410941f07937b4f06d6c611087b255af40e03862afb2",
    ),
    provenance=PROVENANCE,
    embedded=embedded_path("medicalpatchnet"),
)
