"""How far a refinement has come, and what finer maps would cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from data_cache.errors import InputError
from explainers.base import Parameters
from explainers.entry import Kind
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.pairs import parse_pair
from explainers.registry import find_method
from models.capabilities import Logits
from ui.session import OpenCase

QUICK_STEPS = (1, 2, 4, 8)  # what a program may ask for in one request
STEPS = (*QUICK_STEPS, 16, 32, 64)  # the finest are one-pixel shifts: the patch size of the weights is the limit


def refined(name: str) -> str | None:
    """The parameter that makes the maps of a method finer, or None."""
    return parse_pair(name).entry.refines


def cost_of(explanation: Explanation, model: Logits | None, steps: int | None = None) -> int:
    """Passes that maps like these take on their model, at so many steps where given."""
    entry = find_method(explanation.method)
    finer = {} if steps is None or entry.refines is None else {entry.refines: steps}
    return entry.cost(entry.parse({**explanation.parameters, **finer}), model)


def _fits(explanation: Explanation, steps: int, run: ModelRun | None) -> bool:
    entry = find_method(explanation.method)
    try:
        wanted = entry.parse({**explanation.parameters, str(entry.refines): steps})
        if run is not None:
            entry.factory(wanted).check(run)
    except InputError:
        return False
    return True


@dataclass
class Progress:
    """One request's progress.

    Args:
        reading: the open case.
        names: the panes on show.
        wanted: parameters of the maps that are being made.
    """

    reading: OpenCase
    names: Sequence[str]
    wanted: Mapping[str, Parameters] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._started = perf_counter()
        self._before = dict(self.reading.reached)
        self._counted = dict(self.reading.counted)
        self._fitting: dict[tuple[str, ...], list[int]] = {}

    def content(self, busy: bool) -> dict[str, Any] | None:
        """Return what the page shows: {wanted: steps, share, words, offered}; None while no map can be made finer."""
        shown = {name: found for name in self.names if (found := self._known(name)) is not None}
        if not shown:
            return None
        first, of = next(iter(shown.items()))
        coming = [name for name in shown if name in self.wanted and self.wanted[name] != _parameters(shown[name])]
        if not busy or not coming:
            height, width = of.maps.shape[1:]
            return self._content(_steps(of.parameters, first), 1.0, f"{width}×{height} cells", shown)
        total, done = self._counts(coming)
        steps = _steps(self.wanted[coming[0]].model_dump(), coming[0])
        return self._content(steps, done / max(1, total), self._words(done, total), shown)

    def _known(self, name: str) -> Explanation | None:
        return self.reading.explanations.get(name) if refined(name) else None

    def _content(self, steps: int, share: float, words: str, shown: Mapping[str, Explanation]) -> dict[str, Any]:
        return {"wanted": steps, "share": share, "words": words, "offered": self._offered(shown)}

    def _counts(self, coming: Sequence[str]) -> tuple[int, int]:
        """All passes of the maps that are coming, and how many of them have been made, also by earlier requests."""
        totals: dict[str, int] = {}
        for pair in map(parse_pair, coming):
            cost = pair.entry.cost(self.wanted[pair.name], self.reading.model(pair.model))
            totals[pair.model] = max(cost, totals.get(pair.model, 0))
        done = sum(min(total, self._before.get(model, 0) + self._made(model)) for model, total in totals.items())
        return sum(totals.values()), done

    def _made(self, model: str) -> int:
        return self.reading.counted[model] - self._counted.get(model, 0)

    def _words(self, done: int, total: int) -> str:
        made = sum(self._made(model) for model in list(self.reading.counted))
        words = f"{done:,} of {total:,}"
        if made <= 0:
            return f"{words} passes"
        left = (perf_counter() - self._started) / made * (total - done)
        return f"{words}, {duration(left)} left"

    def _offered(self, shown: Mapping[str, Explanation]) -> list[dict[str, Any]]:
        """The steps that all maps on show can take: {steps, passes in all, seconds for those that are left}."""
        reading, offered = self.reading, []
        for steps in self._steps_of(shown):
            costs: dict[tuple[str, Kind], int] = {}
            for one in shown.values():
                shared = one.model, find_method(one.method).kind
                costs[shared] = max(costs.get(shared, 0), cost_of(one, reading.model(one.model), steps))
            left = {shared: max(0, cost - reading.reached.get(shared[0], 0)) for shared, cost in costs.items()}
            seconds = sum(count * reading.seconds_of_pass(*shared) for shared, count in left.items())
            offered.append({"steps": steps, "passes": sum(costs.values()), "seconds": seconds})
        return offered

    def _steps_of(self, shown: Mapping[str, Explanation]) -> list[int]:
        """The steps that fit all maps on show; found out once."""
        names, runs = tuple(shown), self.reading.runs
        if names not in self._fitting:
            self._fitting[names] = [
                steps for steps in STEPS if all(_fits(one, steps, runs.get(one.model)) for one in shown.values())
            ]
        return self._fitting[names]


def _parameters(explanation: Explanation) -> Parameters:
    return find_method(explanation.method).parse(explanation.parameters)


def _steps(parameters: Mapping[str, Any], name: str) -> int:
    return int(parameters[str(refined(name))])


def duration(seconds: float) -> str:
    """A number of seconds in words."""
    return f"{max(1, round(seconds))} s" if seconds < 100 else f"{round(seconds / 60)} min"
