"""What the server remembers for one visitor, and only as long as the visit lasts."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING
from weakref import WeakMethod

import numpy as np
from numpy.typing import NDArray

from data_cache.case import Case
from data_cache.images import Radiograph
from explainers.explanation import Explanation
from explainers.passes import Passes
from ui.case_view import CaseView
from ui.engine import Models

if TYPE_CHECKING:
    from models.predictions import ModelInfo

_KEPT = 4  # cases whose forward passes are kept, so that going back and forth costs nothing


@dataclass(eq=False)
class Reading:
    """One case that a visitor has opened, with everything that the models have said about it so far.

    `radiograph` is kept until the models have seen it; `models` says which have. `passes` is for one
    thread at a time: `lock` guards it.
    `patch_logits`, float32 (14, g, g), are those of the plain grid; `counted` is the number of patch passes made,
    `pace` the seconds that one of them took lately.
    """

    view: CaseView
    key: str
    radiograph: Radiograph | None
    passes: Passes | None = None
    explanations: dict[str, Explanation] = field(default_factory=dict)
    patch_logits: NDArray[np.float32] | None = None
    models: "tuple[ModelInfo, ...]" = ()
    counted: int = 0
    pace: float = 0.0
    lock: Lock = field(default_factory=Lock)

    @classmethod
    def of(cls, case: Case, key: str) -> "Reading":
        """Read a case.

        Raises:
            InputError: its image cannot be read or its masks do not fit.
        """
        radiograph = case.read()
        return cls(CaseView.of(case, radiograph), key, radiograph)

    def prepare(self, models: Models) -> Passes:
        """Return the passes of this case through both models."""
        if self.passes is None and self.radiograph is not None:
            self.passes = Passes.of(self.radiograph, models.patchnet, models.cnn, self._counter())
            self.models = tuple(model.info for model in models)
            self.radiograph = None
        if self.passes is None:
            raise ValueError("A reading without radiograph and passes cannot exist.")
        return self.passes

    def _counter(self) -> Callable[[str], None]:
        """What counts passes without keeping this case in memory when nothing else does."""
        counting = WeakMethod(self._count)

        def count(kind: str) -> None:
            if (alive := counting()) is not None:
                alive(kind)

        return count

    def _count(self, kind: str) -> None:
        self.counted += kind == "medicalpatchnet"


class Session:
    """One visitor: the cases opened lately, and which of the visitor's requests is the newest.

    `last_used` is when the visitor last asked for something (time.monotonic).
    """

    def __init__(self) -> None:
        self.current: Reading | None = None
        self._readings: OrderedDict[str, Reading] = OrderedDict()
        self.turn = 0
        self.last_used = monotonic()

    def __deepcopy__(self, memo: object) -> "Session":
        """Gradio copies the page's initial state for each visitor: everybody starts empty."""
        return Session()

    def begin(self) -> tuple[int, Callable[[], bool]]:
        """Start a request, which ends all earlier ones; returns its number, and what says whether it is over itself."""
        self.turn += 1
        turn = self.turn
        self.last_used = monotonic()
        return turn, lambda: turn != self.turn

    def reading(self, key: str, case: Case) -> Reading:
        """Return what is known about a case, reading it if it was not opened lately; it becomes the current one.

        Raises:
            InputError: its image cannot be read or its masks do not fit.
        """
        if key not in self._readings:
            self._readings[key] = Reading.of(case, key)
        self._readings.move_to_end(key)
        while len(self._readings) > _KEPT:
            self._readings.popitem(last=False)
        self.current = self._readings[key]
        return self.current

    def forget(self) -> None:
        """Let go of all cases and of everything that the models have said about them."""
        self.begin()
        self.current = None
        self._readings.clear()
