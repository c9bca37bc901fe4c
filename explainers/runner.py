"""Explaining many radiographs into a folder, taking up where an earlier run stopped."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from data_cache.errors import InputError
from data_cache.geometry import Geometry
from explainers.base import Parameters
from explainers.folders import Folders
from explainers.layouts import Layout, Missing
from explainers.model_run import ModelRun, model_runs, predict_together
from explainers.pairs import parse_pair
from explainers.run import explain
from models.capabilities import Logits

if TYPE_CHECKING:
    from data_cache.case import Case
    from data_cache.images import Radiograph
    from models.predictions import ModelInfo


@dataclass(frozen=True)
class Remark:
    """What is to be said about a model reading an image.

    Attributes:
        sentence: for people; "" where there is nothing to say.
        section: JSON values that stand in prediction.json beside what the model predicts.
    """

    sentence: str
    section: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """What to do with every case.

    Attributes:
        out: folder of the results.
        parameters: complete parameters of each method and model that are wanted, by the name of both.
        models: the models, by key: those of the names, and others whose predictions alone are wanted.
        remarks: what is to be said about each model reading an image, by key.
    """

    out: Path
    parameters: Mapping[str, Parameters]
    models: Mapping[str, Logits]
    remarks: Callable[["Case", "Radiograph"], Mapping[str, Remark]] = lambda _case, _radiograph: {}

    @property
    def infos(self) -> "dict[str, ModelInfo]":
        """The models that take part."""
        return {key: model.info for key, model in self.models.items()}

    @property
    def passes_per_case(self) -> int:
        """About how many passes through a network one case takes; methods on one model share all but their own.

        Raises:
            InputError: a model lacks what a method needs, so that nobody knows what it costs there.
        """
        shared, own = dict.fromkeys(self.models, 1), 0
        for name, parameters in self.parameters.items():
            pair = parse_pair(name)
            model = self.models.get(pair.model)
            if model is not None:
                pair.entry.refuse_model(model)
            cost = pair.entry.cost(parameters, model)
            if pair.entry.own_passes:
                own += cost
            else:
                shared[pair.model] = max(shared.get(pair.model, 0), cost)
        return sum(shared.values()) + own

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
    layout: Layout | None = None,
    batch: int = 1,
) -> Tally:
    """Explain cases; one that cannot be read is named and counted, and the rest goes on.

    A run that was killed is taken up again by the same call, which computes only what is missing, was made with
    something else, or is damaged.

    Args:
        cases: what to explain.
        plan: how, and where to.
        say: told one sentence about each problem, warning and damaged file.
        on_pass: told the key of the model after each forward pass.
        on_case: told the number of cases dealt with, after each.
        layout: how results are laid down; by default one folder a case, every file as soon as it is known.
        batch: how many images go through a model at once for its predictions. Batches begin at every `batch`-th case,
            whatever is there already, so that a run that was taken up again asks in the same batches.

    Raises:
        InputError: the plan fits no case, or the results cannot be written.
    """
    plan.check()
    running = _Running(plan, layout or Folders(plan, say), say, on_pass, on_case)
    rest = iter(cases)
    try:
        while together := tuple(islice(rest, batch)):
            running.run(together)
        running.layout.close()
    except OSError as error:
        raise InputError(
            f"Expected to write results of {running.at} into {plan.out}, found {error.strerror or error}."
        ) from error
    return running.tally


@dataclass(frozen=True, eq=False)
class _Begun:
    """A case under way: what it lacks, and what models say about it."""

    case: "Case"
    missing: Missing
    runs: dict[str, ModelRun]
    seconds: float
    remarks: Mapping[str, Remark]


class _Running:
    """One call of `run_cases`."""

    def __init__(
        self,
        plan: Plan,
        layout: Layout,
        say: Callable[[str], None],
        on_pass: Callable[[str], None] | None,
        on_case: Callable[[int], None] | None,
    ) -> None:
        self.plan, self.layout, self.say, self.on_pass, self.on_case = plan, layout, say, on_pass, on_case
        self.tally = Tally()
        self.at = ""  # the case that is dealt with

    def run(self, cases: Sequence["Case"]) -> None:
        """Explain a batch."""
        begun = [one for case in cases if (one := self._begin(case)) is not None]
        started = perf_counter()
        for key in self.plan.models:
            predict_together([one.runs[key] for one in begun if key in one.missing.models])
        shared = (perf_counter() - started) / max(len(begun), 1)
        for one in begun:
            self._finish(one, shared)
        self.layout.settle()

    def _begin(self, case: "Case") -> _Begun | None:
        """Find out what a case lacks and read it; None where there is nothing to do, or nothing to be done."""
        self.at = case.id
        started = perf_counter()
        try:
            missing = self.layout.missing(case)
            if not missing:
                self.tally.kept += 1
                self._done()
                return None
            radiograph = case.read()
        except InputError as error:
            self._refuse(case, error)
            return None
        for warning in radiograph.warnings:
            self.say(f"{case.id}: {warning}")
        remarks = self.plan.remarks(case, radiograph)
        for sentence in dict.fromkeys(one.sentence for one in remarks.values() if one.sentence):
            self.say(f"{case.id}: {sentence}")
        runs = model_runs(radiograph, self.plan.models, self.on_pass)
        return _Begun(case, missing, runs, perf_counter() - started, remarks)

    def _finish(self, begun: _Begun, shared: float) -> None:
        case, missing, runs = begun.case, begun.missing, begun.runs
        self.at = case.id
        started = perf_counter()
        try:
            for explanation in explain(runs, missing.maps, self.plan.parameters, case.id):
                if explanation.final:
                    self.layout.keep(case, missing, explanation)
            seconds = begun.seconds + shared + perf_counter() - started
            sections = {key: one.section for key, one in begun.remarks.items()}
            self.layout.finish(case, missing, runs, seconds, sections)
        except InputError as error:
            self._refuse(case, error)
            return
        self.tally.explained += 1
        self._done()

    def _refuse(self, case: "Case", error: InputError) -> None:
        problem = f"{case.id}: {error}"
        self.tally.problems.append(problem)
        self.say(problem)
        self.layout.refuse(case, " ".join(str(error).split()))
        self._done()

    def _done(self) -> None:
        if self.on_case is not None:
            self.on_case(self.tally.explained + self.tally.kept + len(self.tally.problems))
