"""What every explanation method is: typed parameters, and maps that come in stages from coarse to fine."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from explainers.passes import Passes

FloatArray = NDArray[np.float32]
IsCancelled = Callable[[], bool]
Resampling = Literal["nearest", "bilinear"]


class Cancelled(Exception):  # noqa: N818  it is no error: somebody asked for it
    """The work was given up because the caller no longer wants it."""


class Parameters(BaseModel):
    """Base of a method's typed parameters; limits, default and words of each stand in its field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True)
class Stage:
    """Maps of one stage, (14, h, w) float32 signed, and the parameters with which exactly these maps come about."""

    maps: FloatArray
    parameters: Parameters


class Explainer(ABC, Generic[P]):
    """One method with its parameters. It holds no state between images and may be used from several threads."""

    def __init__(self, parameters: P) -> None:
        self.parameters = parameters

    @abstractmethod
    def check(self, passes: "Passes") -> None:
        """Refuse parameters that do not fit the model, before any time is spent.

        Raises:
            InputError: what does not fit.
        """

    @abstractmethod
    def stages(self, passes: "Passes", cancelled: IsCancelled) -> Iterator[Stage]:
        """Yield the maps, a coarse form first where the method has one; the last stage has `self.parameters`.

        Args:
            passes: the image and what the models say about it; computes each forward pass once.
            cancelled: asked between forward passes.

        Raises:
            Cancelled: `cancelled` said yes.
        """


def never() -> bool:
    """Nobody cancels."""
    return False


def plain(parameters: Parameters) -> dict[str, Any]:
    """Parameters as JSON values by name."""
    return parameters.model_dump(mode="json")
