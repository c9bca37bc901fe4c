"""MedNeXt (Xue et al., PLOS ONE 2026): blocks of linear attention, and a head with exact maps of evidence."""

from typing import TYPE_CHECKING, cast

from models.architecture import Architecture
from models.backends.base import BackendName
from models.capabilities import FEATURES, LOGITS, MODULE, POOLED_FEATURES, Logits
from models.embedded import embedded_path
from models.entry import ModelEntry, Provenance
from models.mednext.architecture import MedNextArchitecture

if TYPE_CHECKING:
    from torch import nn

    from models.checkpoints import Checkpoint

PAPER = "Xue et al. (MedNeXt and MedUNeXt), PLOS ONE 2026"
PROBABILITIES = "that the network's own labels call the finding present; not calibrated"


def build(architecture: Architecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> "nn.Module":
    """Build the network with random weights."""
    from models.mednext.network import MedNext

    return MedNext(cast(MedNextArchitecture, architecture), drop_rate, drop_path_rate)


def run(checkpoint: "Checkpoint", backend: BackendName) -> Logits:
    """Make a checkpoint ready to run."""
    from models.predictor import run_whole_image

    return run_whole_image(checkpoint, backend)


ENTRY = ModelEntry(
    key="mednext_xue",
    label="MedNeXt (Xue)",
    short="MedNeXt",
    words="Classifies the whole image at once; each finding's map of evidence has exactly its logit as mean, but for "
    "a constant. No relation to the MedNeXt for volumes.",
    paper=f"{PAPER}; LAFFN is multiplied by N·C here, without which it does nothing",
    capabilities=(LOGITS, MODULE, FEATURES, POOLED_FEATURES),
    architecture=MedNextArchitecture,
    assumed=MedNextArchitecture(kind="mednext_xue"),
    build=build,
    run=run,
    provenance=Provenance(probabilities=PROBABILITIES),
    embedded=embedded_path("mednext_xue"),
)
