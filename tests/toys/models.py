"""A model that predicts five findings, in an order of its own, through an attention map."""

from pathlib import Path
from typing import cast

import numpy as np
import torch
from pydantic import Field
from torch import nn

from data_cache.findings import FINDINGS
from models.architecture import Architecture
from models.backends.base import BackendName, FloatArray
from models.backends.probes import probe_image
from models.backends.selection import select_backend
from models.capabilities import ATTENTION, LOGITS, MODULE
from models.checkpoints import Checkpoint, save_checkpoint
from models.entry import ModelEntry, Provenance
from models.predictor import Predictor, model_info

PREDICTED = ("Pleural Effusion", "Edema", "Cardiomegaly", "Support Devices", "Atelectasis")
NOT_PREDICTED = tuple(finding for finding in FINDINGS if finding not in PREDICTED)


class FiveArchitecture(Architecture):
    """An image of `input_size` and `channels` filters."""

    kind: str = "toy-five"
    input_size: int = Field(default=64, ge=16, le=1024)
    findings: tuple[str, ...] = PREDICTED
    channels: int = Field(default=8, ge=1, le=64)


class FiveNetwork(nn.Module):
    """One convolution, one gate for all findings, and a linear layer on what passes it."""

    def __init__(self, architecture: FiveArchitecture) -> None:
        super().__init__()
        width = architecture.channels
        self.stem = nn.Sequential(nn.Conv2d(1, width, 8, stride=8), nn.BatchNorm2d(width), nn.ReLU())
        self.gate = nn.Conv2d(width, 1, 1)
        self.classifier = nn.Linear(width, len(architecture.findings))

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Images (n, 1, s, s) -> (n, 5) logits and (n, 1, s/8, s/8) attention in [0, 1]."""
        features = self.stem(images)
        attention = torch.sigmoid(self.gate(features))
        return self.classifier((features * attention).mean(dim=(2, 3))), attention


class FivePredictor(Predictor):
    """The network ready to be asked, with its attention."""

    def attention(self, image: FloatArray) -> FloatArray:
        """The gate, sharper from finding to finding, (14, h, w)."""
        gate = self._backend(np.ascontiguousarray(image)[None, None])[1][0]
        return gate ** np.arange(1, len(FINDINGS) + 1, dtype=np.float32)[:, None, None]


def build(architecture: Architecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> nn.Module:
    """Build the network with random weights."""
    return FiveNetwork(cast(FiveArchitecture, architecture))


def run(checkpoint: Checkpoint, backend: BackendName) -> FivePredictor:
    """Make a checkpoint ready to run."""
    module = checkpoint.build()
    selection = select_backend(module, probe_image(checkpoint.architecture.input_size)[None, None], backend)
    return FivePredictor(model_info(checkpoint, selection), selection.backend, module)


FIVE = ModelEntry(
    key="toy-five",
    label="Five findings",
    short="Five",
    words="Predicts five findings through one gate.",
    paper="none",
    capabilities=(LOGITS, MODULE, ATTENTION),
    architecture=FiveArchitecture,
    build=build,
    run=run,
    provenance=Provenance(owner="these tests", probabilities="of nothing"),
)


def write_five(folder: Path, seed: int = 0, input_size: int = 64) -> Path:
    """A checkpoint with random weights whose logits differ between images by about a unit; returns the file."""
    architecture = FiveArchitecture(input_size=input_size)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = FiveNetwork(architecture)
        nn.init.normal_(module.stem[0].weight, std=0.3)
        nn.init.normal_(module.classifier.weight, std=3)
    path = folder / f"toy-five-{seed}.safetensors"
    save_checkpoint(path, module.eval(), architecture)
    return path
