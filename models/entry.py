"""What the program knows about a model before it is loaded.

Nothing here needs PyTorch, so that the page opens at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from models.architecture import Architecture
from models.backends.base import BackendName
from models.capabilities import Capability, Logits
from models.official import OfficialFile

if TYPE_CHECKING:
    import torch
    from torch import nn

    from models.checkpoints import Checkpoint

    Tensors = Mapping[str, torch.Tensor]


Supervision = Literal["labels", "masks"]


class Colour(NamedTuple):
    """A model's colour on a light and on a dark page, as #rrggbb; either has contrast 4.5 there."""

    light: str
    dark: str


class Build(Protocol):
    """Builds a network of an architecture with random weights, in training mode."""

    def __call__(self, architecture: Architecture, drop_rate: float = 0.0, drop_path_rate: float = 0.0) -> "nn.Module":
        """`drop_rate` and `drop_path_rate` are dropout and stochastic depth, in training only."""
        ...


def unchanged(tensors: "Tensors") -> "Tensors":
    """Take a state dict's names as they are."""
    return tensors


@dataclass(frozen=True)
class Provenance:
    """Whose weights these are, under which licence, on what they were trained, and what the probabilities are of.

    Each in words, as a sentence goes on after "by", "licence:", "trained on" and "the probability"; empty where nobody
    said it.
    """

    owner: str = ""
    licence: str = ""
    trained_on: str = ""
    probabilities: str = ""


@dataclass(frozen=True)
class ModelEntry:
    """One model of the registry.

    Attributes:
        key: name in commands, files and messages.
        label: name on the page; `short` where there is little room.
        colour: on the page and in prints; None takes the next of `registry.SPARE_COLOURS`.
        words: what it does, in plain words, one or more sentences.
        paper: where it is from, with the year.
        capabilities: what it can give; for a model from outside what it may be able to, until it is loaded.
        architecture: the type of its shape; `assumed` is what a file is taken for that does not say its shape, None
            where a file must say it.
        build: makes its network.
        run: makes a checkpoint ready to run; what comes back has the capabilities.
        translate: gives a foreign state dict the names of its network, where it was saved under others.
        outputs: its authors' names of the network's outputs in order, where a file may say them too, to be compared.
        section: its name in prediction.json; the key unless another program knows an older one.
        official: the file that its authors published, if any; `provenance` says whose it is.
        embedded: demonstration weights that come with the program, if any.
        supervision: what the network is shown in training: "labels" of images, or "masks" too.
    """

    key: str
    label: str
    short: str
    words: str
    paper: str
    capabilities: tuple[Capability, ...]
    architecture: type[Architecture]
    build: Build
    run: "Callable[[Checkpoint, BackendName], Logits]"
    assumed: Architecture | None = None
    colour: Colour | None = None
    translate: "Callable[[Tensors], Tensors]" = field(default=unchanged)
    outputs: tuple[str, ...] = ()
    section: str = ""
    official: OfficialFile | None = None
    provenance: Provenance = Provenance()
    embedded: Path | None = None
    supervision: Supervision = "labels"

    @property
    def in_predictions(self) -> str:
        """Its name in prediction.json."""
        return self.section or self.key

    @property
    def weights_by_default(self) -> bool:
        """Whether weights can be found without being named."""
        return self.official is not None or self.embedded is not None
