"""Asking the checks about maps of the open case: which maps there can be, and one finding's checks under way."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from data_cache.case import Case
from data_cache.findings import FINDINGS
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.pairs import Pair
from explainers.registry import EXPLAINERS
from explainers.run import explain_all
from models.capabilities import capabilities_of
from models.registry import find_model
from ui.prices import asks_first
from ui.session import OpenCase
from ui.trust_checks import DRAWN, Question, ask, fitting_checks, offered_checks
from ui.trust_content import Json, Shelve


class Asking:
    """The checks of one finding of one case under way.

    Args:
        reading: the open case, which the models have read.
        finding: CheXpert's name.
        pairs: whose maps are checked; those of models that do not predict the finding are left out.
        shared: kept for this case and finding.
        shelve: lays a PNG out where the browser can fetch it.

    Attributes:
        plan: what is asked, one (check, pair) after the other.
    """

    def __init__(
        self, reading: OpenCase, finding: str, pairs: Sequence[Pair], shared: dict[Any, Any], shelve: Shelve
    ) -> None:
        self._reading, self._finding, self._shared, self._shelve = reading, finding, shared, shelve
        predicted = [pair for pair in pairs if _predicts(reading, pair.model, finding)]
        self._not_predicted = list(dict.fromkeys(pair.model for pair in pairs if pair not in predicted))
        self._checks = offered_checks()
        fitting = {pair: fitting_checks(pair.entry, reading.runs[pair.model].model) for pair in predicted}
        self.plan = [(key, pair) for key in self._checks for pair in predicted if key in fitting[pair]]
        self._results: dict[str, dict[str, Any]] = {}

    def ask(self, check: str, pair: Pair) -> None:
        """Ask one check about one map."""
        explanation = self._explanation(pair)
        question = Question(
            _case(self._reading), self._run(pair.model), explanation, self._finding, self._shared, self._shelve
        )
        self._results.setdefault(check, {})[pair.name] = ask(self._checks[check], question)

    def content(self, done: int, doing: str) -> Json:
        """Return all that is known so far."""
        return {
            "finding": self._finding,
            "done": done,
            "total": len(self.plan),
            "doing": doing,
            "results": {check: dict(found) for check, found in self._results.items() if check in DRAWN},
            "measured": {check: dict(found) for check, found in self._results.items() if check not in DRAWN},
            "not_predicted": [find_model(key).label for key in self._not_predicted],
        }

    def _explanation(self, pair: Pair) -> Explanation:
        """The map as Explore shows it, or made here where Explore does not."""
        shown = self._reading.explanations.get(pair.name)
        if shown is not None:
            return shown
        kept = ("explanation", pair)
        if kept not in self._shared:
            self._shared[kept] = explain_all({pair.model: self._run(pair.model)}, [pair.name])[pair.name]
        return self._shared[kept]

    def _run(self, model: str) -> ModelRun:
        """A run of this tab's own: Explore's may be at work in another thread."""
        kept = ("run", model)
        if kept not in self._shared:
            run = self._reading.runs[model]
            self._shared[kept] = ModelRun(run.image, run.geometry, run.model)
        return self._shared[kept]


def possible_pairs(reading: OpenCase) -> list[Pair]:
    """Every method on every model that can give what it needs, one model after the other.

    Maps of many passes are among them where Explore has made them: nothing starts them here.
    """
    given = {model: capabilities_of(run.model) for model, run in reading.runs.items()}
    pairs = [Pair(key, model) for model in given for key, entry in EXPLAINERS.items() if entry.needs in given[model]]
    known = reading.explanations
    return [one for one in pairs if one.name in known or not asks_first(one.name, one.entry.parse(None), reading)]


def pair_contents(reading: OpenCase) -> list[Json]:
    """Return what the page says of each map that can be checked.

    `shown` says whether Explore shows it, `checks` which checks can be asked about it.
    """
    return [
        {
            "name": pair.name,
            "label": pair.label,
            "method": pair.entry.label,
            "model": pair.model,
            "shown": pair.name in reading.explanations,
            "checks": fitting_checks(pair.entry, reading.runs[pair.model].model),
        }
        for pair in possible_pairs(reading)
    ]


def _predicts(reading: OpenCase, model: str, finding: str) -> bool:
    return bool(reading.runs[model].info.architecture.predicted[FINDINGS.index(finding)])


def _case(reading: OpenCase) -> Case:
    """The radiograph as far as the page keeps it: the models' view of it."""
    view = reading.view
    pixels = view.grey.astype(np.float32) / np.float32(255)
    return Case(id=view.case_id, patient=view.case_id, source="view", pixels=pixels, labels=view.facts["labels"])
