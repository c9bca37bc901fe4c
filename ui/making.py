"""Making the maps that are missing, what takes long last, and noting how long a pass takes, by kind of method."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from explainers.base import Parameters
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.pairs import parse_pair
from explainers.registry import find_method
from explainers.run import explain
from ui.missing import able, is_dear
from ui.session import OpenCase

Runs = Mapping[str, ModelRun]
IsOver = Callable[[], bool]


def made(reading: OpenCase, runs: Runs, missing: Mapping[str, Parameters], over: IsOver) -> Iterator[Explanation | str]:
    """Make maps; yields explanations, and the keys of models that have spoken besides.

    Args:
        reading: the open case; keeps what models say, and how long a pass of each took.
        runs: the models' runs of it.
        missing: parameters of the maps, by name.
        over: says whether nobody wants them any more.
    """
    names = able(tuple(missing), {key: run.model for key, run in runs.items()})
    dear = [name for name in names if is_dear(name, missing[name], reading)]
    own = [name for name in dear if parse_pair(name).entry.own_passes]
    quick = [name for name in names if name not in dear]
    yield from _paced(reading, explain(runs, quick, missing, reading.view.case_id, over))
    for key in runs:
        if key not in reading.logits and not over():
            reading.hear(key)
            _time_look(reading, key)
            yield key
    shared = [name for name in dear if name not in own]
    yield from explain(runs, shared, missing, reading.view.case_id, over)
    for name in own:
        yield from _of_own_passes(reading, runs, (name, missing[name]), over)


def _paced(reading: OpenCase, explanations: Iterator[Explanation]) -> Iterator[Explanation]:
    """Pass on what takes a few passes; the first of a model and a kind says how long one takes."""
    before = Counter(reading.counted)
    for explanation in explanations:
        model, kind = explanation.model, find_method(explanation.method).kind
        passes = reading.counted[model] - before[model]
        if passes == 1:
            _time_look(reading, model)
        elif passes > 1:
            reading.pace[model, kind] = explanation.seconds / passes
        before = Counter(reading.counted)
        reading.hear(model)
        yield explanation


def _time_look(reading: OpenCase, key: str) -> None:
    """The first look alone is the pace of a model: a method's first map also loads what it computes with."""
    looked = reading.runs[key].looked
    if looked is not None:
        reading.pace[key, "pass"] = looked


def _of_own_passes(
    reading: OpenCase, runs: Runs, wanted: tuple[str, Parameters], over: IsOver
) -> Iterator[Explanation]:
    """A map of many passes of its own, coarse first; each stage says anew how long a pass takes."""
    name, parameters = reading.making = wanted
    before, kind = reading.spent[wanted], parse_pair(name).entry.kind
    try:
        for explanation in explain(runs, [name], {name: parameters}, reading.view.case_id, over):
            passes = reading.spent[wanted] - before
            if passes > 0:
                reading.pace[explanation.model, kind] = explanation.seconds / passes
            yield explanation
    finally:
        reading.making = None
