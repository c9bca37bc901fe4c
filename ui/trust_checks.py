"""The checks that the tab Trust can ask about an open case, and what it tells the browser of their answers.

A check that is drawn in its own way is asked by its own function of `evaluate_check`. Any other check of the registry
that is about a map and a finding is asked as the command asks it, and its numbers stand in a table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from data_cache.case import Case
from data_cache.findings import FINDINGS
from evaluation.trust import evaluate_check
from evaluation.trust.base import Check, Subject
from evaluation.trust.registry import CHECKS
from explainers.entry import Entry
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from models.capabilities import Logits, capabilities_of
from ui import trust_content as content

# Compares with networks made anew from the model's file, layer by layer: the command does that, the page waits for no
# such thing.
_ELSEWHERE = frozenset({"sanity"})


@dataclass(frozen=True, eq=False)
class Question:
    """What a check is asked about.

    Attributes:
        case: the radiograph, as far as the page keeps it.
        run: the image and the explained model.
        explanation: the map.
        finding: which one.
        shared: kept for one case and finding, see `evaluate_check`.
        shelve: lays a PNG out where the browser can fetch it.
    """

    case: Case
    run: ModelRun
    explanation: Explanation
    finding: str
    shared: dict[Any, Any] = field(default_factory=dict)
    shelve: content.Shelve = lambda png: {}

    @property
    def index(self) -> int:
        """The finding's place in CheXpert's order."""
        return FINDINGS.index(self.finding)


def _perturbation(asked: Question) -> Any:
    found = evaluate_check.evaluate_perturbation(asked.run, asked.explanation, asked.index, shared=asked.shared)
    return content.perturbation_content(found)


def _attended(asked: Question) -> Any:
    return content.attended_content(evaluate_check.evaluate_attended(asked.run, asked.explanation, asked.index))


def _stability(asked: Question) -> Any:
    found = evaluate_check.evaluate_stability(asked.run, asked.explanation, asked.index, shared=asked.shared)
    limit = float(np.abs(asked.explanation.shown[asked.index]).max()) or 1.0
    return content.stability_content(found, asked.explanation, limit, asked.shelve)


def _shortcut(asked: Question) -> Any:
    found = evaluate_check.evaluate_shortcut(asked.run, asked.explanation, asked.index, shared=asked.shared)
    return content.shortcut_content(found, asked.shelve)


def _exactness(asked: Question) -> Any:
    return content.exactness_content(evaluate_check.evaluate_exactness(asked.run, asked.explanation, asked.index))


# In the order in which they are asked.
DRAWN: Mapping[str, Callable[[Question], Any]] = {
    "perturbation": _perturbation,
    "attended": _attended,
    "stability": _stability,
    "shortcut": _shortcut,
    "exactness": _exactness,
}


def offered_checks() -> dict[str, Check]:
    """The checks that can be asked about a map of an open case, by key, those drawn in their own way first."""
    others = (
        key
        for key, check in CHECKS.items()
        if key not in DRAWN and key not in _ELSEWHERE and check.unit == "method" and check.per_finding
    )
    return {key: CHECKS[key] for key in (*DRAWN, *others)}


def fitting_checks(method: Entry, model: Logits) -> list[str]:
    """Which of them can be asked about a method's maps of a model, by key."""
    gives = capabilities_of(model)
    return [key for key, check in offered_checks().items() if check.fits(method, gives)]


def ask(check: Check, asked: Question) -> Any:
    """Ask a check, and return what the browser is told."""
    if check.key in DRAWN:
        return DRAWN[check.key](asked)
    runs = {asked.run.key: asked.run}
    subject = Subject(asked.case, runs, asked.finding, asked.explanation, shared=asked.shared)
    return content.measured_content(check, check.measure(subject) if check.measure is not None else ())
