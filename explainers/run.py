"""Explaining one image with several methods, coarse maps first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from explainers.base import Cancelled, IsCancelled, Parameters, Stage, never, plain
from explainers.explanation import Explanation
from explainers.passes import Passes
from explainers.registry import EXPLAINERS, Entry, find_method

ParametersByMethod = Mapping[str, Parameters | Mapping[str, Any]]


@dataclass
class _Run:
    """One method under way."""

    entry: Entry
    wanted: Parameters
    stages: Iterator[Stage]
    seconds: float = field(default=0.0)


def explain(
    passes: Passes,
    methods: Sequence[str] = tuple(EXPLAINERS),
    parameters: ParametersByMethod | None = None,
    case_id: str = "",
    cancelled: IsCancelled = never,
) -> Iterator[Explanation]:
    """Explain one image, every method's coarse maps before anybody's finer ones.

    Args:
        passes: the image and the models; what it has computed before is not computed again.
        methods: keys of the registry.
        parameters: of the methods that shall not have their defaults.
        case_id: goes into the results.
        cancelled: asked between forward passes; when it says yes, no further explanation comes.

    Returns:
        An iterator over explanations; the last one of each method has `final` set.

    Raises:
        InputError: at once, before any forward pass: an unknown method, a parameter outside its limits or that does
            not fit the model, or no model for a method.
    """
    given = parameters or {}
    runs = []
    for key in methods:
        entry = find_method(key)
        wanted = entry.parse(given.get(key))
        explainer = entry.factory(wanted)
        explainer.check(passes)
        runs.append(_Run(entry, wanted, explainer.stages(passes, cancelled)))
    return _round_robin(runs, passes, case_id)


def explain_all(
    passes: Passes,
    methods: Sequence[str] = tuple(EXPLAINERS),
    parameters: ParametersByMethod | None = None,
    case_id: str = "",
) -> dict[str, Explanation]:
    """Explain one image and return only the finished explanations by method; see `explain`."""
    explanations = explain(passes, methods, parameters, case_id)
    return {explanation.method: explanation for explanation in explanations if explanation.final}


def _round_robin(runs: list[_Run], passes: Passes, case_id: str) -> Iterator[Explanation]:
    try:
        while runs:
            for run in list(runs):
                explanation = _next(run, passes, case_id)
                if explanation.final:
                    runs.remove(run)
                yield explanation
    except Cancelled:
        return


def _next(run: _Run, passes: Passes, case_id: str) -> Explanation:
    started = perf_counter()
    stage = next(run.stages)
    logits = passes.logits(run.entry.model)
    run.seconds += perf_counter() - started
    info = passes.info(run.entry.model)
    return Explanation(
        method=run.entry.key,
        case_id=case_id,
        maps=stage.maps,
        model_id=info.id,
        weights_sha256=info.weights_sha256,
        parameters=plain(stage.parameters),
        logits=logits,
        geometry=passes.input(run.entry.model).geometry,
        depends_on_finding=run.entry.depends_on_finding,
        can_be_negative=run.entry.can_be_negative,
        resampling=run.entry.resampling,
        seconds=run.seconds,
        final=stage.parameters == run.wanted,
    )
