"""What every explanation method is: typed parameters, and maps that come in stages from coarse to fine."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from explainers.types import FloatArray, IsCancelled

if TYPE_CHECKING:
    from explainers.model_run import ModelRun


class Parameters(BaseModel):
    """Base of a method's typed parameters; limits, default and words of each stand in its field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True)
class Stage:
    """Maps of one stage, and the parameters with which exactly these maps come about.

    `maps` is (14, h, w) float32, signed; what is in the maps of findings that the model does not predict does not
    matter. `note` is what a reader must know beyond what the registry says of the method, as a sentence.
    """

    maps: FloatArray
    parameters: Parameters
    note: str = ""


class Explainer(ABC, Generic[P]):
    """One method with its parameters. It holds no state between images and may be used from several threads."""

    def __init__(self, parameters: P) -> None:
        self.parameters = parameters

    def check(self, run: "ModelRun") -> None:
        """Refuse parameters that do not fit the model, before any time is spent.

        Raises:
            InputError: what does not fit.
        """

    def is_known(self, run: "ModelRun") -> bool:
        """Whether the maps follow from what the run knows, without a pass through the network."""
        return False

    @abstractmethod
    def stages(self, run: "ModelRun", cancelled: IsCancelled) -> Iterator[Stage]:
        """Yield the maps, a coarse form first where the method has one; the last stage has `self.parameters`.

        Args:
            run: the image and what one model says about it; computes each forward pass once. The model has the
                capability that the method's entry in the registry asks for.
            cancelled: asked between forward passes.

        Raises:
            Cancelled: `cancelled` said yes.
        """


def plain(parameters: Parameters) -> dict[str, Any]:
    """Parameters as JSON values by name."""
    return parameters.model_dump(mode="json")
