"""Common part of the class activation methods."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field

from data_cache.findings import FINDINGS
from explainers.base import Explainer, Parameters, Stage
from explainers.types import Evidence, FloatArray, IsCancelled
from models.capabilities import Logits

if TYPE_CHECKING:
    from explainers.model_run import ModelRun


class LayerParameters(Parameters):
    """Where in the network a class activation method looks."""

    layer: str = Field(
        default="",
        title="Layer",
        max_length=200,
        description="Name of a module of the network, such as backbone.blocks.4; empty for the last feature block, "
        "whose maps follow from one forward pass where the head after it is linear.",
    )


def gradient_cost(parameters: LayerParameters, _model: Logits | None = None) -> int:
    """Passes of a method that uses gradients: of a named layer one forward, and one backward a finding."""
    return 1 + len(FINDINGS) if parameters.layer else 1


def forward_cost(_parameters: LayerParameters, _model: Logits | None = None) -> int:
    """Passes of a method that uses activations alone."""
    return 1


CamP = TypeVar("CamP", bound=LayerParameters)


class CamExplainer(Explainer[CamP]):
    """One map a finding from the activations and gradients of one layer; a subclass holds the formula."""

    @abstractmethod
    def maps(self, evidence: Evidence) -> FloatArray:
        """Signed, unnormalised maps (14, h, w) float32 at the layer's own resolution, before any ReLU."""

    def check(self, run: "ModelRun") -> None:
        run.check_layer(self.parameters.layer)

    def stages(self, run: "ModelRun", cancelled: IsCancelled) -> Iterator[Stage]:
        evidence = run.evidence(self.parameters.layer, cancelled)
        yield Stage(self.maps(evidence), self.parameters, evidence.note)
