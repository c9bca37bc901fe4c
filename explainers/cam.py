"""Common part of the class activation methods of the CNN."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field

from explainers.base import Explainer, FloatArray, IsCancelled, Parameters, Stage

if TYPE_CHECKING:
    from explainers.passes import Passes


class LayerParameters(Parameters):
    """Where in the network a class activation method looks."""

    layer: str = Field(
        default="",
        title="Layer",
        max_length=200,
        description="Name of a module of the network, such as backbone.blocks.4; empty for the last feature block, "
        "whose maps follow from one forward pass.",
    )


@dataclass(frozen=True)
class Evidence:
    """Activations of one layer, and how the logits depend on them.

    Attributes:
        features: (C, h, w) float32.
        gradients: gives the derivatives of the findings' logits by the features, in the order of the findings, in
            one or several batches of float32 (n, C, h, w); (n, C, 1, 1) where they are the same everywhere.
    """

    features: FloatArray
    gradients: Callable[[], Iterator[FloatArray]]


CamP = TypeVar("CamP", bound=LayerParameters)


class CamExplainer(Explainer[CamP]):
    """One map a finding from the activations and gradients of one layer; a subclass holds the formula."""

    @abstractmethod
    def maps(self, evidence: Evidence) -> FloatArray:
        """Signed, unnormalised maps (14, h, w) float32 at the layer's own resolution, before any ReLU."""

    def check(self, passes: "Passes") -> None:
        passes.check_layer(self.parameters.layer)

    def stages(self, passes: "Passes", cancelled: IsCancelled) -> Iterator[Stage]:
        yield Stage(self.maps(passes.evidence(self.parameters.layer, cancelled)), self.parameters)
