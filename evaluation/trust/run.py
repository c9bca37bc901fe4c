"""Asking checks about many cases, one entry a case, method and check, taking up where an earlier run stopped."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.store import DamagedFile, entry_name, write_bytes
from evaluation.trust.asking import Cascade, index_of
from evaluation.trust.base import NAN, Check, Measured, Subject, probability
from evaluation.trust.registry import CHECKS
from explainers.base import Parameters, plain
from explainers.outputs import image_sha256
from explainers.passes import Passes
from explainers.registry import EXPLAINERS
from explainers.run import explain_all

if TYPE_CHECKING:
    from data_cache.case import Case
    from models.architecture import ModelKind
    from models.predictor import CnnPredictor, PatchPredictor

Choice = Literal["present", "predicted"]
NO_FINDING = "No Finding"
NOTHING_PRESENT = "no finding present"
UNREADABLE = "image cannot be read"
VERSION = 1  # of the checks' numbers: entries of another version are computed again


@dataclass(frozen=True)
class Row:
    """One number about one case: what cases.csv has a line of."""

    check: str
    method: str
    case: str
    patient: str
    finding: str
    measured: Measured


@dataclass(frozen=True, eq=False)
class Plan:
    """What is asked.

    Attributes:
        out: folder of the results.
        checks: keys of checks of units "method" and "image".
        parameters: complete parameters of each method.
        patchnet, cnn: the models; None where no method needs it.
        findings: "present": of each case, the finding labelled present (No Finding apart) that the method's model
            thinks most probable; "predicted": the most probable one (No Finding apart), present or not; or names, each
            of which is asked about.
        settings: of the checks, by name; JSON values, thresholds apart.
        cascades: gives the model with random weights, for the check "sanity"; called once for each kind.
    """

    out: Path
    checks: tuple[str, ...]
    parameters: Mapping[str, Parameters]
    patchnet: "PatchPredictor | None" = None
    cnn: "CnnPredictor | None" = None
    findings: Choice | tuple[str, ...] = "present"
    settings: Mapping[str, Any] = field(default_factory=dict)
    cascades: "Callable[[ModelKind], Cascade] | None" = None

    def model(self, kind: "ModelKind") -> "PatchPredictor | CnnPredictor":
        """The model of a kind.

        Raises:
            InputError: there is none.
        """
        found = self.patchnet if kind == "medicalpatchnet" else self.cnn
        if found is None:
            raise InputError(f"Expected a {kind} for the methods asked about, found none; name its weights.")
        return found

    @cached_property
    def made_cascades(self) -> "Mapping[ModelKind, Cascade]":
        """The random networks, made when first asked for."""
        kinds = {EXPLAINERS[method].model for method in self.parameters}
        return {kind: self.cascades(kind) for kind in sorted(kinds)} if self.cascades is not None else {}


@dataclass
class Tally:
    """How a run went: entries computed, entries that were there already, and what was wrong with cases."""

    computed: int = 0
    kept: int = 0
    problems: list[str] = field(default_factory=list)


def run_checks(
    cases: Iterable["Case"],
    plan: Plan,
    say: Callable[[str], None],
    on_case: Callable[[], None] | None = None,
) -> tuple[list[Row], Tally]:
    """Ask every check about every case and method.

    An entry is written as soon as it is known; a run that was killed is taken up by the same call, which computes only
    what is missing, was asked otherwise, or is damaged. A case that cannot be read keeps its lines, undefined.

    Args:
        cases: the radiographs.
        plan: what is asked.
        say: told one sentence about each problem.
        on_case: called after each case.
    """
    rows: list[Row] = []
    tally = Tally()
    for case in cases:
        rows += _Asking(case, plan, say, tally).rows()
        if on_case is not None:
            on_case()
    return rows, tally


class _Asking:
    """One case."""

    def __init__(self, case: "Case", plan: Plan, say: Callable[[str], None], tally: Tally) -> None:
        self.case, self.plan, self.say, self.tally = case, plan, say, tally
        self.shared: dict[Any, Any] = {}

    def rows(self) -> list[Row]:
        """Answer everything that is asked about the case; what goes wrong is said, and counted as undefined."""
        found: list[Row] = []
        for key, method in self._questions():
            try:
                found += self._entry(CHECKS[key], method)
            except InputError as error:
                problem = f"{self.case.id}: {error}"
                if problem not in self.tally.problems:
                    self.tally.problems.append(problem)
                    self.say(problem)
                found += self._undefined(CHECKS[key], method, UNREADABLE)
        return found

    def _questions(self) -> list[tuple[str, str]]:
        questions = []
        for key in self.plan.checks:
            check = CHECKS[key]
            if check.unit == "image":
                questions.append((key, ""))
            fitting = [method for method in self.plan.parameters if check.fits(method, EXPLAINERS[method].model)]
            questions += [(key, method) for method in fitting if check.unit == "method"]
        return questions

    def _entry(self, check: Check, method: str) -> list[Row]:
        path = self.plan.out / "entries" / self.case.id / f"{check.key}.{method or 'image'}.json"
        identity = self._identity(check, method)
        stored = _read(path, identity, self.say)
        if stored is not None:
            self.tally.kept += 1
            return [self._row(check, method, finding, measured) for finding, measured in stored]
        rows = self._compute(check, method)
        content = {"identity": identity, "rows": [_packed(row) for row in rows]}
        write_bytes(path, json.dumps(content, allow_nan=False).encode())
        self.tally.computed += 1
        return rows

    def _compute(self, check: Check, method: str) -> list[Row]:
        rows: list[Row] = []
        findings = self._findings(method) if check.per_finding else ("",)
        for finding in findings:
            subject = self._subject(check, method, finding)
            if check.measure is None:
                raise ValueError(f"Expected the check {check.key} to answer for a case, found that it does not.")
            rows += [self._row(check, method, finding, one) for one in check.measure(subject)]
        return rows or self._undefined(check, method, NOTHING_PRESENT)

    def _subject(self, check: Check, method: str, finding: str) -> Subject:
        explanation = self._explanations[method] if method else None
        settings = dict(self.plan.settings)
        if check.key == "sanity":
            settings["cascades"] = self.plan.made_cascades
        return Subject(self.case, self._passes, finding, explanation, settings, self.shared)

    @cached_property
    def _passes(self) -> Passes:
        return Passes.of(self.case.read(), self.plan.patchnet, self.plan.cnn)

    @cached_property
    def _explanations(self) -> dict[str, Any]:
        return explain_all(self._passes, tuple(self.plan.parameters), self.plan.parameters, self.case.id)

    def _findings(self, method: str) -> tuple[str, ...]:
        chosen = self.plan.findings
        if not isinstance(chosen, str):
            return chosen
        kind = EXPLAINERS[method].model if method else ("cnn" if self.plan.cnn is not None else "medicalpatchnet")
        likely = probability(self._passes.logits(kind))
        candidates = FINDINGS if chosen == "predicted" else self.case.positives
        real = [finding for finding in candidates if finding != NO_FINDING]
        return (max(real, key=lambda finding: likely[index_of(finding)]),) if real else ()

    @cached_property
    def _image(self) -> str:
        return image_sha256(self.case)

    def _identity(self, check: Check, method: str) -> str:
        models = [model.info for model in (self.plan.patchnet, self.plan.cnn) if model is not None]
        if method:
            models = [info for info in models if info.kind == EXPLAINERS[method].model]
        settings = {
            name: sorted([*key, number] for key, number in value.items()) if name == "thresholds" else value
            for name, value in self.plan.settings.items()
        }
        return entry_name(
            version=VERSION,
            check=check.key,
            method=method,
            parameters=plain(self.plan.parameters[method]) if method else {},
            models=[[info.weights_sha256, info.precision.split(";")[0].split(",")[0]] for info in models],
            image=self._image,
            labels=[self.case.labels[finding] for finding in FINDINGS],
            masks={finding: mask.counts for finding, mask in self.case.masks.items() if check.key == "localization"},
            findings=self.plan.findings,
            settings=settings,
        )

    def _row(self, check: Check, method: str, finding: str, measured: Measured) -> Row:
        return Row(check.key, method, self.case.id, self.case.patient, measured.finding or finding, measured)

    def _undefined(self, check: Check, method: str, reason: str) -> list[Row]:
        """A line for each metric, so that every table counts the case."""
        return [self._row(check, method, "", Measured(metric, NAN, reason=reason)) for metric in check.metrics]


def _packed(row: Row) -> dict[str, Any]:
    one = row.measured
    value = None if math.isnan(one.value) else one.value
    return {
        "finding": row.finding,
        "metric": one.metric,
        "value": value,
        "setting": one.setting,
        "reason": one.reason,
        "curve": list(one.curve),
    }


def _read(path: Path, identity: str, say: Callable[[str], None]) -> list[tuple[str, Measured]] | None:
    """What an entry holds, by finding; None where there is none, or one of something else, or a damaged one."""
    try:
        stored = json.loads(path.read_bytes())
        if stored["identity"] != identity:
            return None
        return [_unpacked(row) for row in stored["rows"]]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, DamagedFile):
        say(f"{path.parent.name}: {path.name} is damaged and is computed again.")
        return None


def _unpacked(row: Mapping[str, Any]) -> tuple[str, Measured]:
    value = NAN if row["value"] is None else float(row["value"])
    curve = tuple(np.asarray(row["curve"], float).tolist())
    return row["finding"], Measured(row["metric"], value, row["setting"], row["reason"], curve=curve)


def parse_findings(text: str) -> Choice | tuple[str, ...]:
    """ "present", "predicted", or a comma-separated list of findings.

    Raises:
        InputError: a name is unknown.
    """
    from data_cache.findings import canonical_finding

    if text == "present" or text == "predicted":
        return "present" if text == "present" else "predicted"
    return tuple(dict.fromkeys(canonical_finding(name) for name in text.split(",")))


def parse_checks(text: str) -> tuple[str, ...]:
    """A comma-separated list of checks, or "default".

    Raises:
        InputError: one is unknown.
    """
    from evaluation.trust.registry import find_check

    if text == "default":
        return tuple(key for key, check in CHECKS.items() if check.default)
    return tuple(dict.fromkeys(find_check(name.strip()).key for name in text.split(",") if name.strip()))


def cohort_checks(keys: Sequence[str]) -> tuple[str, ...]:
    """Those that are asked once about all cases."""
    return tuple(key for key in keys if CHECKS[key].unit == "cohort")
