"""The baseline of the MedicalPatchNet paper: the same network on the whole image."""

from typing import TYPE_CHECKING, cast

from models.architecture import Architecture, EfficientNetArchitecture, WholeImageEfficientNet
from models.backends.base import BackendName
from models.capabilities import FEATURES, LOGITS, MODULE, POOLED_FEATURES, Logits
from models.embedded import embedded_path
from models.entry import Colour, ModelEntry
from models.families.medicalpatchnet import PAPER, PROVENANCE, REPOSITORY, from_torchvision
from models.official import OfficialFile

if TYPE_CHECKING:
    from torch import nn

    from models.checkpoints import Checkpoint


def build(architecture: Architecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> "nn.Module":
    """Build the network with random weights."""
    from models.cnn import BaselineCnn

    return BaselineCnn(cast(EfficientNetArchitecture, architecture), drop_rate, drop_path_rate)


def run(checkpoint: "Checkpoint", backend: BackendName) -> Logits:
    """Make a checkpoint ready to run."""
    from models.predictor import run_whole_image

    return run_whole_image(checkpoint, backend)


ENTRY = ModelEntry(
    key="cnn",
    label="Baseline CNN (EfficientNetV2-S)",
    short="CNN",
    colour=Colour("#a26000", "#dd9a34"),
    words="Classifies the whole image at once; class activation maps show which features it used, after the fact.",
    paper=f"{PAPER} (its baseline); Tan and Le, EfficientNetV2, ICML 2021",
    capabilities=(LOGITS, MODULE, FEATURES, POOLED_FEATURES),
    architecture=WholeImageEfficientNet,
    assumed=WholeImageEfficientNet(kind="cnn"),
    build=build,
    run=run,
    translate=from_torchvision,
    official=OfficialFile(
        REPOSITORY,
        "EfficientNetV2S_weights.pt",
        "91b820dec0f42e33f148cc8c307804e65832013bcada9466d43b5f64d31f8c70",
        former_names=("EfficientNetB0_weights.pt",),  # in older scripts; the network is EfficientNetV2-S all the same
    ),
    provenance=PROVENANCE,
    embedded=embedded_path("cnn"),
)
