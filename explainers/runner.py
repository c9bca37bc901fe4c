"""Explaining many radiographs into a folder, taking up where an earlier run stopped."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data_cache.errors import InputError
from data_cache.geometry import Geometry
from data_cache.store import DamagedFile
from explainers import outputs
from explainers.base import Parameters
from explainers.model_run import ModelRun, model_runs
from explainers.pairs import parse_pair
from explainers.run import explain
from models.capabilities import Logits

if TYPE_CHECKING:
    from data_cache.case import Case
    from models.predictions import ModelInfo


@dataclass(frozen=True)
class Plan:
    """What to do with every case.

    Attributes:
        out: folder of the results.
        parameters: complete parameters of each method and model that are wanted, by the name of both.
        models: the models, by key: those of the names, and others whose predictions alone are wanted.
    """

    out: Path
    parameters: Mapping[str, Parameters]
    models: Mapping[str, Logits]

    @property
    def infos(self) -> "dict[str, ModelInfo]":
        """The models that take part."""
        return {key: model.info for key, model in self.models.items()}

    @property
    def passes_per_case(self) -> int:
        """About how many passes through a network one case takes; methods on one model share most of them."""
        costs = dict.fromkeys(self.models, 1)
        for name, parameters in self.parameters.items():
            pair = parse_pair(name)
            costs[pair.model] = max(costs.get(pair.model, 0), pair.entry.cost(parameters))
        return sum(costs.values())

    def check(self) -> None:
        """Refuse, before the first case, what would go wrong with every one.

        Raises:
            InputError: a model is missing or lacks what a method needs, or parameters do not fit it.
        """
        runs = {}
        for key, model in self.models.items():
            size = model.input_size
            runs[key] = ModelRun(np.zeros((size, size), np.float32), Geometry(size, size, size), model)
        explain(runs, tuple(self.parameters), self.parameters)


@dataclass
class Tally:
    """How a run went: cases explained, cases whose results were all there already, and what was wrong with others."""

    explained: int = 0
    kept: int = 0
    problems: list[str] = field(default_factory=list)


def run_cases(
    cases: Iterable["Case"],
    plan: Plan,
    say: Callable[[str], None],
    on_pass: Callable[[str], None] | None = None,
    on_case: Callable[[int], None] | None = None,
) -> Tally:
    """Explain cases one after the other; one that cannot be read is named and counted, and the rest goes on.

    Every file is written as soon as it is known, the predictions last; a run that was killed is taken up again by the
    same call, which computes only what is missing, was made with something else, or is damaged.

    Args:
        cases: what to explain.
        plan: how, and where to.
        say: told one sentence about each problem, warning and damaged file.
        on_pass: told the key of the model after each forward pass.
        on_case: told the number of cases dealt with, after each.

    Raises:
        InputError: the plan fits no case, or the results cannot be written.
    """
    plan.check()
    tally = Tally()
    for number, case in enumerate(cases, start=1):
        try:
            if _run_case(case, plan, say, on_pass):
                tally.explained += 1
            else:
                tally.kept += 1
        except InputError as error:
            problem = f"{case.id}: {error}"
            tally.problems.append(problem)
            say(problem)
        except OSError as error:
            raise InputError(
                f"Expected to write results of {case.id} into {plan.out}, found {error.strerror or error}."
            ) from error
        if on_case is not None:
            on_case(number)
    return tally


def _run_case(case: "Case", plan: Plan, say: Callable[[str], None], on_pass: Callable[[str], None] | None) -> bool:
    """Compute what is missing for one case; False when nothing was."""
    folder = plan.out / case.id
    image = outputs.image_sha256(case)
    wanted = {
        name: outputs.identity(parse_pair(name).method, parameters, plan.infos[parse_pair(name).model], image)
        for name, parameters in plan.parameters.items()
    }
    missing = [name for name in wanted if not _is_stored(folder, name, wanted[name], say)]
    sections = _stored_predictions(folder, plan, image, say)
    unpredicted = [key for key in plan.models if outputs.section_of(key) not in sections]
    if not missing and not unpredicted:
        return False
    radiograph = case.read()
    for warning in radiograph.warnings:
        say(f"{case.id}: {warning}")
    runs = model_runs(radiograph, plan.models, on_pass)
    for explanation in explain(runs, missing, plan.parameters, case.id):
        if explanation.final:
            name = explanation.name
            outputs.write_explanation(folder / outputs.file_name(name), explanation, wanted[name])
    new = {key: outputs.prediction_section(runs[key], image) for key in unpredicted}
    outputs.write_predictions(folder, sections, new)
    return True


def _is_stored(folder: Path, name: str, wanted: Mapping[str, str], say: Callable[[str], None]) -> bool:
    file = outputs.file_name(name)
    try:
        return outputs.is_stored(folder / file, wanted)
    except DamagedFile:
        say(f"{folder.name}: {file} is damaged and is computed again.")
        return False


def _stored_predictions(folder: Path, plan: Plan, image: str, say: Callable[[str], None]) -> dict[str, Any]:
    try:
        return outputs.stored_predictions(folder, plan.infos, image)
    except DamagedFile:
        say(f"{folder.name}: {outputs.PREDICTION} is damaged and is computed again.")
        return {}


def share(cases: Sequence["Case"], index: int, count: int) -> Sequence["Case"]:
    """The cases that process `index` of `count` takes, so that each is taken once."""
    return cases[index::count]
