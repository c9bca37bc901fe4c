"""Attention before classification: an image's places are weighed at several scales, and pooled by these weights."""

from typing import TYPE_CHECKING, cast

from models.architecture import Architecture
from models.attention_network.architecture import AttentionArchitecture
from models.backends.base import BackendName
from models.capabilities import ATTENTION, FEATURES, LOGITS, MODULE, POOLED_FEATURES, Logits
from models.embedded import embedded_path
from models.entry import ModelEntry, Provenance

if TYPE_CHECKING:
    from torch import nn

    from models.checkpoints import Checkpoint


def build(architecture: Architecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> "nn.Module":
    """Build the network with random weights.

    Raises:
        InputError: timm has no such backbone, or it gives no features at these stages.
    """
    from models.attention_network.network import AttentionNetwork

    return AttentionNetwork(cast(AttentionArchitecture, architecture), drop_rate, drop_path_rate)


def run(checkpoint: "Checkpoint", backend: BackendName) -> Logits:
    """Make a checkpoint ready to run; its shape says whether it attends, and whether findings share a map."""
    from models.attention_network.predictor import run_attention

    return run_attention(checkpoint, backend)


ENTRY = ModelEntry(
    key="attention-network",
    label="Attention network",
    short="Attention",
    words="Weighs the places of the image at several scales before it classifies it; what a place adds to a finding is "
    "its evidence times its weight, and these add up to the logit exactly.",
    paper="Zhang and Wang 2026; squeeze and excitation (Hu et al., CVPR 2018) and CBAM (Woo et al., ECCV 2018) as "
    "baselines in the same code",
    capabilities=(LOGITS, MODULE, FEATURES, POOLED_FEATURES, ATTENTION),
    architecture=AttentionArchitecture,
    assumed=AttentionArchitecture(),
    build=build,
    run=run,
    provenance=Provenance(
        probabilities="that the labels of its training data call the finding present; not calibrated"
    ),
    embedded=embedded_path("attention-network"),
)
