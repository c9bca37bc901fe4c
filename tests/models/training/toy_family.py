"""A family of one tiny network that gives everything a loss can ask for, and counts what it is asked."""

import torch
from torch import nn

from models.architecture import Architecture
from models.capabilities import LOGITS, MODULE
from models.entry import ModelEntry
from models.training_outputs import TrainingOutputs

FINDINGS_COUNT = 14


class ToyArchitecture(Architecture):
    """`gives`: which further outputs the network has."""

    gives: tuple[str, ...] = ("distilled", "attention", "pixel_logits")


class Toy(nn.Module):
    """One convolution, attended pooling, two linear heads and a classifier of pixels."""

    gives_pixels = True

    def __init__(self, architecture: ToyArchitecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.body = nn.Conv2d(1, 8, 5, stride=4, padding=2)
        self.norm = nn.BatchNorm2d(8)
        self.gate = nn.Conv2d(8, 1, 1)
        self.head, self.second = nn.Linear(8, FINDINGS_COUNT), nn.Linear(8, FINDINGS_COUNT)
        self.pixels = nn.Conv2d(8, FINDINGS_COUNT, 1)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor] | TrainingOutputs:
        features = torch.relu(self.norm(self.body(images)))
        attention = torch.sigmoid(self.gate(features))
        pooled = (features * attention).mean(dim=(2, 3))
        if not self.training:
            return self.head(pooled), self.pixels(features)
        given = {"distilled": self.second(pooled), "attention": attention, "pixel_logits": self.pixels(features)}
        return TrainingOutputs(self.head(pooled), **{k: v for k, v in given.items() if k in self.architecture.gives})


def _unused(*_: object) -> None:
    raise AssertionError


TOY = ModelEntry(
    key="toy",
    label="Toy",
    short="Toy",
    words="A toy.",
    paper="none",
    capabilities=(LOGITS, MODULE),
    architecture=ToyArchitecture,
    build=lambda architecture, drop_rate=0.0, drop_path_rate=0.0: Toy(architecture),  # type: ignore[arg-type]
    run=_unused,  # type: ignore[arg-type]
)
