"""MedUNeXt (Xue et al., PLOS ONE 2026): segments each finding; trained on masks, which no other family has seen."""

from typing import TYPE_CHECKING, cast

from models.architecture import Architecture
from models.backends.base import BackendName
from models.capabilities import LOGITS, MODULE, SEGMENTS, Logits
from models.embedded import embedded_path
from models.entry import ModelEntry, Provenance
from models.families.mednext import PAPER, PROBABILITIES
from models.mednext.architecture import MedUnextArchitecture

if TYPE_CHECKING:
    from torch import nn

    from models.checkpoints import Checkpoint


def build(architecture: Architecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> "nn.Module":
    """Build the network with random weights."""
    from models.mednext.unet import MedUnext

    return MedUnext(cast(MedUnextArchitecture, architecture), drop_rate, drop_path_rate)


def run(checkpoint: "Checkpoint", backend: BackendName) -> Logits:
    """Make a checkpoint ready to run."""
    from models.segment_predictor import run_segments

    return run_segments(checkpoint, backend)


ENTRY = ModelEntry(
    key="medunext_xue",
    label="MedUNeXt (Xue)",
    short="MedUNeXt",
    words="Trained on masks, it says of each pixel whether it shows the finding; the image's logit is the mean of its "
    "highest pixels'. What a network that was shown the masks can do, not a rival of those that were not.",
    paper=f"{PAPER}; the nearest network to what the paper says of it, and the image's logits are ours",
    capabilities=(LOGITS, MODULE, SEGMENTS),
    architecture=MedUnextArchitecture,
    assumed=MedUnextArchitecture(kind="medunext_xue"),
    build=build,
    run=run,
    provenance=Provenance(probabilities=PROBABILITIES),
    supervision="masks",
    embedded=embedded_path("medunext_xue"),
)
