"""What the server remembers for one visitor, and only as long as the visit lasts."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakMethod

import numpy as np
from numpy.typing import NDArray

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.images import Radiograph
from data_cache.orientation import AS_IT_IS, Orientation
from explainers.base import Parameters
from explainers.entry import Kind
from explainers.explanation import Explanation
from explainers.model_run import ModelRun, model_runs
from models.capabilities import PATCH_EMBEDDINGS, PATCH_LOGITS, REGIONS, Logits, Regions
from ui.case_view import CaseView
from ui.catalogue import is_phantom
from ui.engine import Models
from ui.floors import Prior
from ui.gaze.viewed import ViewedGaze
from ui.profiles import Profiles
from ui.regions import region_content

if TYPE_CHECKING:
    from evaluation.assessment import Assessment, Film
    from evaluation.trust.profile import Profile
    from explainers.dicom.source import Source
    from models.predictions import EmbeddedPrediction, ModelInfo

_KEPT = 4  # cases whose forward passes are kept, so that going back and forth costs nothing


@dataclass(eq=False)
class OpenCase:
    """One case that a visitor has opened, with everything that the models have said about it so far.

    `radiograph` is kept until the models have seen it; `models` says which have. `runs`, by the model's key, are for
    one thread at a time: `lock` guards them. `explanations` have the names of `explainers.pairs`. `floors` are those
    that the visitor has asked for, by name; `gaze` is that of datasets and then that of the visitor's files. `offered`
    are parameters of maps that take many passes and are not there, or not whole, by name; `spent` counts the passes
    that were made for each with its parameters, and `making` says for which they are made now. `logits`, float32
    (14,), `patch_logits`, float32 (14, g, g) of the plain grid, and the same patches' `embeddings`, float32 (g², C),
    are by the model's key, as are `regions`, as the page is told of them. `assessments`, by the same key, say whether
    that can be read; they follow from `film` once the models are there, as do the `profiles` of their weights.
    `orientation` is how the image was laid before anything looked at it. By the same key, `counted` is the number of
    passes made, and `reached` the passes that the finest map so far consists of. `source` is what results that go back
    into a DICOM upload's study must repeat of it, or why there is none; None where the host does not allow that, and
    of everything else. `pace` is the seconds that a pass took lately, by the model's key and the kind of method:
    gradients go through PyTorch, and take longer than what a faster backend computes.
    """

    view: CaseView
    key: str
    radiograph: Radiograph | None
    film: "Film"
    orientation: Orientation = AS_IT_IS
    assessments: "dict[str, Assessment]" = field(default_factory=dict)
    profiles: "Mapping[str, Profile | None]" = field(default_factory=dict)
    source: "Source | InputError | None" = None
    runs: dict[str, ModelRun] = field(default_factory=dict)
    explanations: dict[str, Explanation] = field(default_factory=dict)
    floors: dict[str, Prior] = field(default_factory=dict)
    gaze: list[ViewedGaze] = field(default_factory=list)
    offered: dict[str, Parameters] = field(default_factory=dict)
    spent: Counter[tuple[str, Parameters]] = field(default_factory=Counter)
    making: tuple[str, Parameters] | None = None
    logits: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    patch_logits: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    embeddings: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    regions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    models: "tuple[ModelInfo, ...]" = ()
    counted: Counter[str] = field(default_factory=Counter)
    pace: dict[tuple[str, Kind], float] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    _preparing: Lock = field(default_factory=Lock)

    @classmethod
    def of(cls, case: Case, key: str, orientation: Orientation = AS_IT_IS) -> "OpenCase":
        """Read a case.

        Args:
            case: which.
            key: what the page calls it as it lies in its file; laid otherwise, it is another case with another key.
            orientation: how it is laid before anything looks at it.

        Raises:
            InputError: its image cannot be read or its masks do not fit.
        """
        from evaluation.assessment import film_of  # takes its time to import

        radiograph = orientation.radiograph(case.read())
        laid = orientation.case(case, radiograph)
        again = None if case.image_path is None else lambda: orientation.radiograph(case.read())
        film = film_of(radiograph, is_phantom(laid))
        return cls(CaseView.of(laid, radiograph, again), laid_key(key, orientation), radiograph, film, orientation)

    def prepare(self, models: Models) -> dict[str, ModelRun]:
        """Return the runs of this case through all models; nothing has been computed yet at first."""
        with self._preparing:
            if self.radiograph is not None:
                self.runs = model_runs(self.radiograph, models, self._counter())
                self.models = tuple(model.info for model in models.values())
                self.radiograph = None
        if not self.runs:
            raise ValueError("A reading without radiograph and runs cannot exist.")
        return self.runs

    def assess(self, models: Models, profiles: Profiles) -> None:
        """Say of each model whether what it says about this image can be read."""
        from evaluation.assessment import assess

        self.profiles = profiles.of
        for key, model in models.items():
            self.assessments[key] = assess(self.film, model.info.origin, profiles.reference(key))

    def model(self, key: str) -> Logits | None:
        """A model by its key; None before this case was prepared for it."""
        return self.runs[key].model if key in self.runs else None

    def seconds_of_pass(self, key: str, kind: Kind) -> float:
        """How long a pass of a model takes for a kind of method; 0 where nobody knows.

        Altered images go the way of the first look, so that its pass says it until one of theirs does.
        """
        known = self.pace.get((key, kind))
        if known is None and kind == "perturbation":
            known = self.pace.get((key, "pass"))
        return known or 0.0

    def hear(self, key: str) -> None:
        """Keep what a model's first pass said; makes that pass where nothing has been asked of the model yet."""
        if key in self.logits:
            return
        run = self.runs[key]
        if PATCH_LOGITS.of(run.model):
            patches = run.patch_prediction.patch_logits
            side = round(len(patches) ** 0.5)
            self.patch_logits[key] = np.ascontiguousarray(patches.T.reshape(-1, side, side))
        if PATCH_EMBEDDINGS.of(run.model):
            self.embeddings[key] = cast("EmbeddedPrediction", run.prediction).embeddings
        if REGIONS.of(run.model):
            regions = cast(Regions, run.model).regions(run.image)
            self.regions[key] = region_content(regions, run.model.input_size, self.view.geometry)
        self.logits[key] = run.logits

    def add(self, explanation: Explanation) -> None:
        """Keep an explanation, in place of what there was of the same method and model."""
        self.explanations[explanation.name] = explanation
        if explanation.final:
            self.offered.pop(explanation.name, None)
        self.logits.setdefault(explanation.model, explanation.logits)

    def again(self) -> "OpenCase":
        """The same case for another visitor, with all that is known so far and was prepared; arrays are shared."""
        other = OpenCase(
            self.view,
            self.key,
            None,
            self.film,
            self.orientation,
            {**self.assessments},
            self.profiles,
            models=self.models,
        )
        other.runs = {key: run.again(other._counter()) for key, run in self.runs.items()}
        other.pace.update(self.pace)
        other.learn(self, self.explanations)
        return other

    def learn(self, other: "OpenCase", explanations: Mapping[str, Explanation]) -> None:
        """Take over what is known of the same case elsewhere, and of its explanations these.

        Explanations that are there already stay.
        """
        for key, run in other.runs.items():
            if key not in self.logits and key in other.logits:
                self.runs[key] = run.again(self._counter())
                self.counted[key] = other.counted[key]
        self.logits = {**other.logits, **self.logits}
        self.patch_logits = {**other.patch_logits, **self.patch_logits}
        self.embeddings = {**other.embeddings, **self.embeddings}
        self.regions = {**other.regions, **self.regions}
        self.explanations = {**explanations, **self.explanations}
        self.reached = {**other.reached, **self.reached}

    def _counter(self) -> Callable[[str], None]:
        """What counts passes without keeping this case in memory when nothing else does."""
        counting = WeakMethod(self._count)

        def count(key: str) -> None:
            if (alive := counting()) is not None:
                alive(key)

        return count

    def _count(self, key: str) -> None:
        self.counted[key] += 1
        if self.making is not None:
            self.spent[self.making] += 1


def laid_key(key: str, orientation: Orientation) -> str:
    """What the page calls a case that is laid otherwise."""
    return f"{key} {orientation.code}" if orientation else key


class Session:
    """One visitor: the cases opened lately, and which of the visitor's requests is the newest.

    `last_used` is when the visitor last asked for something (time.monotonic); `comparison` is the number of the newest
    comparison of ways, which goes on whatever else is asked.
    """

    def __init__(self) -> None:
        self.current: OpenCase | None = None
        self._readings: OrderedDict[str, OpenCase] = OrderedDict()
        self.turn = 0
        self.comparison = 0
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

    def find(self, key: str) -> OpenCase | None:
        """Return what is known about a case that was opened lately."""
        return self._readings.get(key)

    def show(self, reading: OpenCase) -> None:
        """Make a case the current one; those opened longest ago are let go."""
        self._readings[reading.key] = self.current = reading
        self._readings.move_to_end(reading.key)
        while len(self._readings) > _KEPT:
            self._readings.popitem(last=False)

    def drop(self, reading: OpenCase) -> None:
        """Let go of a case."""
        self._readings.pop(reading.key, None)
        if self.current is reading:
            self.current = None

    def forget(self) -> None:
        """Let go of all cases and of everything that the models have said about them."""
        self.begin()
        self.current = None
        self._readings.clear()
