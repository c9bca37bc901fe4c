"""Explaining many radiographs into a folder, taking up where an earlier run stopped."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.store import DamagedFile
from explainers import outputs
from explainers.base import Parameters
from explainers.passes import Passes
from explainers.registry import EXPLAINERS
from explainers.run import explain

if TYPE_CHECKING:
    from data_cache.case import Case
    from models.architecture import ModelKind
    from models.predictions import ModelInfo
    from models.predictor import CnnPredictor, PatchPredictor


@dataclass(frozen=True)
class Plan:
    """What to do with every case.

    Attributes:
        out: folder of the results.
        parameters: complete parameters of each method that is wanted.
        patchnet, cnn: the models; None where no method needs it.
    """

    out: Path
    parameters: Mapping[str, Parameters]
    patchnet: "PatchPredictor | None" = None
    cnn: "CnnPredictor | None" = None

    @property
    def infos(self) -> "dict[ModelKind, ModelInfo]":
        """The models that take part."""
        given = (self.patchnet, self.cnn)
        return {predictor.info.kind: predictor.info for predictor in given if predictor is not None}

    @property
    def passes_per_case(self) -> int:
        """About how many passes through a network one case takes; methods on one model share most of them."""
        costs: dict[str, int] = {}
        for method, parameters in self.parameters.items():
            entry = EXPLAINERS[method]
            costs[entry.model] = max(costs.get(entry.model, 0), entry.cost(parameters))
        return sum(costs.values())

    def check(self) -> None:
        """Refuse, before the first case, what would go wrong with every one.

        Raises:
            InputError: a model is missing, or parameters do not fit it.
        """
        for method in self.parameters:
            predictor = self.patchnet if EXPLAINERS[method].model == "medicalpatchnet" else self.cnn
            size = predictor.input_size if predictor is not None else 1
            blank = np.zeros((size, size), np.float32)
            explain(Passes(blank, Geometry(size, size, size), self.patchnet, self.cnn), [method], self.parameters)


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
        on_pass: told the kind of model after each forward pass.
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
        method: outputs.identity(method, parameters, plan.infos[EXPLAINERS[method].model], image)
        for method, parameters in plan.parameters.items()
    }
    missing = [method for method in wanted if not _is_stored(folder, method, wanted[method], say)]
    sections = _stored_predictions(folder, plan, image, say)
    unpredicted = [kind for kind in plan.infos if not outputs.has_section(sections, kind)]
    if not missing and not unpredicted:
        return False
    radiograph = case.read()
    for warning in radiograph.warnings:
        say(f"{case.id}: {warning}")
    passes = Passes.of(radiograph, plan.patchnet, plan.cnn, on_pass)
    for explanation in explain(passes, missing, plan.parameters, case.id):
        if explanation.final:
            method = explanation.method
            outputs.write_explanation(_path(folder, method), explanation, wanted[method])
    new = {kind: outputs.prediction_section(passes, kind, image, FINDINGS) for kind in unpredicted}
    outputs.write_predictions(folder, sections, new)
    return True


def _path(folder: Path, method: str) -> Path:
    return folder / f"{method}.safetensors"


def _is_stored(folder: Path, method: str, wanted: Mapping[str, str], say: Callable[[str], None]) -> bool:
    try:
        return outputs.is_stored(_path(folder, method), wanted)
    except DamagedFile:
        say(f"{folder.name}: {method}.safetensors is damaged and is computed again.")
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
