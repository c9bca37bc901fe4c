"""Explaining one image by several methods and models, coarse maps first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from data_cache.errors import InputError
from explainers.base import Parameters, Stage, plain
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.pairs import Pair, parse_pair
from explainers.registry import STANDARD
from explainers.types import Cancelled, FloatArray, IsCancelled, never

Runs = Mapping[str, ModelRun]
ParametersByName = Mapping[str, Parameters | Mapping[str, Any]]


@dataclass
class _Explaining:
    """One method on one model under way."""

    pair: Pair
    run: ModelRun
    wanted: Parameters
    stages: Iterator[Stage]
    cancelled: IsCancelled
    seconds: float = field(default=0.0)


def explain(
    runs: Runs,
    names: Sequence[str] = STANDARD,
    parameters: ParametersByName | None = None,
    case_id: str = "",
    cancelled: IsCancelled = never,
) -> Iterator[Explanation]:
    """Explain one image, every method's coarse maps before anybody's finer ones.

    Args:
        runs: the image and what each model says about it, by the model's key; what has been computed before is not
            computed again.
        names: METHOD or METHOD@MODEL, see `explainers.pairs`.
        parameters: by the same names, of those that shall not have their defaults.
        case_id: goes into the results.
        cancelled: asked between forward passes; when it says yes, no further explanation comes.

    Returns:
        An iterator over explanations; the last one of each name has `final` set.

    Raises:
        InputError: at once, before any forward pass: an unknown method or model, a parameter outside its limits or
            that does not fit the model, a model that was not given or that lacks what the method needs.
    """
    given = parameters or {}
    begun = [_begin(runs, parse_pair(name), given.get(name), cancelled) for name in names]
    return _round_robin(begun, case_id)


def explain_all(
    runs: Runs,
    names: Sequence[str] = STANDARD,
    parameters: ParametersByName | None = None,
    case_id: str = "",
    cancelled: IsCancelled = never,
) -> dict[str, Explanation]:
    """Explain one image and return only the finished explanations by name; see `explain`."""
    explanations = explain(runs, names, parameters, case_id, cancelled)
    return {explanation.name: explanation for explanation in explanations if explanation.final}


def _begin(
    runs: Runs, pair: Pair, values: Parameters | Mapping[str, Any] | None, cancelled: IsCancelled
) -> _Explaining:
    if pair.model not in runs:
        have = ", ".join(runs) or "none"
        raise InputError(f"Expected the model {pair.model} for {pair.name}, found {have}; name its weights.")
    run = runs[pair.model]
    pair.entry.refuse_model(run.model)
    wanted = pair.entry.parse(values)
    explainer = pair.entry.factory(wanted)
    explainer.check(run)
    return _Explaining(pair, run, wanted, explainer.stages(run, cancelled), cancelled)


def _round_robin(begun: list[_Explaining], case_id: str) -> Iterator[Explanation]:
    try:
        while begun:
            for one in list(begun):
                explanation = _next(one, case_id)
                if explanation.final:
                    begun.remove(one)
                yield explanation
    except Cancelled:
        return


def _next(one: _Explaining, case_id: str) -> Explanation:
    if one.cancelled():  # for methods that do not ask themselves: one pass is all they make
        raise Cancelled
    started = perf_counter()
    stage = next(one.stages)
    logits = one.run.logits
    one.seconds += perf_counter() - started
    info, entry = one.run.info, one.pair.entry
    return Explanation(
        method=entry.key,
        model=info.key,
        case_id=case_id,
        maps=_predicted_only(stage.maps, info.architecture.predicted),
        model_id=info.id,
        weights_sha256=info.weights_sha256,
        parameters=plain(stage.parameters),
        logits=logits,
        geometry=one.run.geometry,
        depends_on_finding=entry.depends_on_finding,
        can_be_negative=entry.view.sign == "signed",
        resampling=entry.view.resampling,
        seconds=one.seconds,
        final=stage.parameters == one.wanted,
        note=stage.note,
    )


def _predicted_only(maps: FloatArray, predicted: np.ndarray) -> FloatArray:
    """Maps with NaN for the findings that the model does not predict, whatever the method made of them."""
    if predicted.all():
        return maps
    return np.where(predicted[:, None, None], maps, np.float32(np.nan))
