"""Where a run's results go, and what of them is there already."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.pairs import parse_pair

if TYPE_CHECKING:
    from data_cache.case import Case


@dataclass(frozen=True, eq=False)
class Missing:
    """What is still to be computed of a case.

    Attributes:
        image: the fingerprint of its image.
        maps: names of methods and models.
        predictions: keys of models.
        kept: sections of predictions that are there and still hold, where they have to be written again.
    """

    image: str
    maps: tuple[str, ...]
    predictions: tuple[str, ...]
    kept: Mapping[str, Any]

    @property
    def models(self) -> set[str]:
        """Keys of the models whose predictions the missing results follow from."""
        return {*self.predictions, *(parse_pair(name).model for name in self.maps)}

    def __bool__(self) -> bool:
        return bool(self.maps or self.predictions)


class Layout(Protocol):
    """A folder of results. All may raise OSError, where nothing can be written."""

    def missing(self, case: "Case") -> Missing:
        """What is to be computed of a case.

        Raises:
            InputError: its image cannot be read.
        """
        ...

    def keep(self, case: "Case", missing: Missing, explanation: Explanation) -> None:
        """Take one method's final maps."""
        ...

    def finish(
        self,
        case: "Case",
        missing: Missing,
        runs: Mapping[str, ModelRun],
        seconds: float,
        remarks: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Take the predictions, and what is to be said about each model; nothing more comes of this case."""
        ...

    def refuse(self, case: "Case", reason: str) -> None:
        """Take note that a case cannot be explained; what was kept of it counts for nothing."""
        ...

    def settle(self) -> None:
        """A batch is done: results may be written down."""
        ...

    def close(self) -> None:
        """All cases are done: everything is written down."""
        ...
