"""Everything that an export tells: gathered once from the open case and the state of the viewer."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from explainers.entry import Entry
from explainers.explanation import Explanation
from explainers.pairs import Pair, parse_pair
from models.registry import find_model
from ui.case_view import DISPLAY_SIZE, CaseView
from ui.content import probabilities
from ui.exports.request import Mask, State
from ui.exports.truth import Truth
from ui.floors import LABEL
from ui.marks_view import MAJORITY, UNION
from ui.measures import ViewMap, compare, threshold_level
from ui.session import OpenCase

if TYPE_CHECKING:
    from evaluation.assessment import Assessment
    from models.predictions import ModelInfo

PROGRAM = "MedicalPatchNet Explorer"
WARNING = "Research tool. Not for diagnosis."


@dataclass(frozen=True, eq=False)
class Pane:
    """One method's map of one finding on one model, and where it is cut."""

    pair: Pair
    explanation: Explanation
    laid: ViewMap
    level: int

    @property
    def name(self) -> str:
        """METHOD or METHOD@MODEL."""
        return self.pair.name

    @property
    def entry(self) -> Entry:
        """The method."""
        return self.pair.entry

    def scores(self, mask: Mask | None) -> dict[str, float | None]:
        """The scores against a mask; None where undefined."""
        return {name: _number(value) for name, value in self.laid.scores(self.level, _or_empty(mask)).items()}


def _or_empty(mask: Mask | None) -> Mask:
    return np.zeros((DISPLAY_SIZE, DISPLAY_SIZE), bool) if mask is None else mask


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


@dataclass(frozen=True, eq=False)
class Floor:
    """A map of one finding that never looks at the image, and where it is cut."""

    name: str
    laid: ViewMap
    level: int
    note: str

    def scores(self, mask: Mask | None) -> dict[str, float | None]:
        """The scores against a mask; None where undefined."""
        return {name: _number(value) for name, value in self.laid.scores(self.level, _or_empty(mask)).items()}


@dataclass(frozen=True, eq=False)
class Report:
    """The open case as a visitor sees it.

    Raises:
        InputError: the models have not spoken yet.
    """

    reading: OpenCase
    state: State
    date: datetime

    @classmethod
    def of(cls, reading: OpenCase, state: State) -> "Report":
        """Gather what is known now."""
        if any(method not in reading.explanations for method in state.methods) or not reading.models:
            raise InputError("Expected maps of all methods shown, found some still being computed; wait for them.")
        return cls(reading, state, datetime.now(UTC).replace(microsecond=0))

    @property
    def view(self) -> CaseView:
        """The case."""
        return self.reading.view

    @property
    def models(self) -> "tuple[ModelInfo, ...]":
        """The models that spoke."""
        return self.reading.models

    @cached_property
    def truth(self) -> Truth:
        """What is scored against."""
        return Truth.of(self.view, self.state.truth)

    @property
    def truth_name(self) -> str:
        """Whose mask the case carries, or which of several readers' masks is meant."""
        return self.truth.name

    def pane(self, name: str, finding: str) -> Pane:
        """The map of a finding, METHOD or METHOD@MODEL."""
        explanation = self.reading.explanations[name]
        return Pane(parse_pair(name), explanation, ViewMap.of(explanation, finding), self.state.level(name))

    @cached_property
    def panes(self) -> list[Pane]:
        """What is shown, in its order."""
        return [self.pane(name, self.state.finding) for name in self.state.methods]

    @cached_property
    def floors(self) -> list[Floor]:
        """The floors on show that there is a map of for the shown finding."""
        return [floor for name in self.state.floors if (floor := self.floor(name, self.state.finding)) is not None]

    def floor(self, name: str, finding: str) -> Floor | None:
        """A floor's map of a finding; None where it was not asked for."""
        prior = self.reading.floors.get(name)
        if prior is None:
            return None
        laid = ViewMap.laid(prior.values[FINDINGS.index(finding)], "bilinear")
        level = threshold_level(prior.thresholds.get(finding, self.state.threshold))
        tuned = self.state.threshold_mode == "tuned"
        shown = self.state.floors[name] if finding == self.state.finding or not tuned else level
        return Floor(LABEL, laid, shown, prior.content(lambda _: {})["note"])

    @cached_property
    def drawings(self) -> list[tuple[str, str, Mask]]:
        """The visitor's regions: name, finding, mask in the view."""
        return [(drawing.name, drawing.finding, drawing.mask()) for drawing in self.state.annotations]

    def references(self, finding: str) -> dict[str, Mask]:
        """The regions that maps of a finding are scored against, by whose they are."""
        found = {}
        for name, mask in (
            (self.truth_name, self.truth.mask(finding)),
            ("human benchmark", self.view.human_mask(finding)),
        ):
            if mask is not None:
                found[name] = mask
        for name, of, mask in self.drawings:
            if of == finding:
                found[_unused(name, found)] = mask
        return found

    def regions(self) -> dict[str, Mask]:
        """All annotations of the shown finding: what maps are scored against, and every reader and map besides."""
        finding, view = self.state.finding, self.view
        found = self.references(finding)
        if readers := view.facts["readers"]:
            named = {f"{UNION} of {len(readers)} readers": view.mask(finding)}
            named[f"{MAJORITY} of {len(readers)} readers"] = view.layer(MAJORITY, finding)
            named |= {reader["name"]: view.layer(str(i), finding) for i, reader in enumerate(readers)}
            found |= {name: mask for name, mask in named.items() if mask is not None}
        maps: list[Pane | Floor] = [*self.panes, *self.floors]
        marked = {one.name: one.laid.region(one.level) for one in maps if not one.laid.blank}
        return found | {_unused(name, found): mask for name, mask in marked.items()}

    def agreements(self, regions: Mapping[str, Mask]) -> list[dict[str, Any]]:
        """Every pair of regions compared by COMPARED; the Hausdorff distance is in original pixels."""
        scale = self.view.geometry.side / DISPLAY_SIZE
        rows = []
        for (one, mask), (other, their_mask) in combinations(regions.items(), 2):
            numbers = compare(mask, their_mask, scale)
            rows.append({"one": one, "other": other} | {name: _number(value) for name, value in numbers.items()})
        return rows

    @cached_property
    def logits(self) -> dict[str, NDArray[np.float32]]:
        """Logits (14,) by the model's key, NaN for findings that it does not predict."""
        return {model.key: self.reading.logits[model.key] for model in self.models if model.key in self.reading.logits}

    @cached_property
    def probabilities(self) -> dict[str, list[float | None]]:
        """Probabilities of the 14 findings by the model's key; None for findings that it does not predict."""
        return {key: probabilities(logits) for key, logits in self.logits.items()}

    @property
    def assessments(self) -> "dict[str, Assessment]":
        """Whether what each model says of this image can be read, by the model's key."""
        return self.reading.assessments

    @cached_property
    def readable_probabilities(self) -> dict[str, list[float | None] | None]:
        """The same where they may be read: None for a model that cannot assess this image."""
        return {key: values if self.assessable(key) else None for key, values in self.probabilities.items()}

    def assessable(self, key: str) -> bool:
        """Whether anything may be said about what a model answers."""
        return key not in self.assessments or self.assessments[key].assessable

    def tells(self, key: str) -> bool:
        """Whether numbers of a model are written: they may be read, or the visitor had them shown anyway."""
        return self.assessable(key) or self.state.shown_anyway

    @property
    def names(self) -> dict[str, str]:
        """What the models are called, by key."""
        return {model.key: find_model(model.key).label for model in self.models}

    @property
    def patch_model(self) -> str | None:
        """The model whose patches can be switched off; None where no patch model spoke."""
        known = list(self.reading.patch_logits)
        return self.state.patch_model if self.state.patch_model in known else next(iter(known), None)

    @property
    def patches(self) -> NDArray[np.float32] | None:
        """That model's patch logits, float32 (patches, 14)."""
        if self.patch_model is None:
            return None
        return self.reading.patch_logits[self.patch_model].reshape(len(FINDINGS), -1).T

    @cached_property
    def kept_probabilities(self) -> list[float | None] | None:
        """That model's probabilities without the patches that are switched off; None where none is, or all are."""
        patches = self.patches
        if patches is None or not self.state.switched_off:
            return None
        kept = np.setdiff1d(np.arange(len(patches)), self.state.switched_off)
        return probabilities(patches.astype(np.float64)[kept].mean(axis=0)) if len(kept) else None


def _unused(name: str, taken: Mapping[str, object]) -> str:
    """The name, numbered where somebody else has it."""
    numbered = (name, *(f"{name} ({number})" for number in range(2, len(taken) + 3)))
    return next(one for one in numbered if one not in taken)
