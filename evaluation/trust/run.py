"""Asking checks about many cases, one entry a case, method and check, taking up where an earlier run stopped."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from data_cache.bounded_files import read_file
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.guarding import guarded
from data_cache.json_text import SMALL, parse_json
from data_cache.store import DamagedFile, entry_name, write_bytes
from evaluation.trust.base import NAN, Cascade, Check, Measured, Subject, probability
from evaluation.trust.evaluate_check import index_of
from evaluation.trust.registry import CHECKS
from explainers.base import Parameters, plain
from explainers.model_run import ModelRun, model_runs
from explainers.outputs import SUFFIX, file_name, image_sha256
from explainers.pairs import parse_pair
from explainers.run import explain_all
from models.capabilities import Logits, capabilities_of
from models.classification.reasons import NOT_PREDICTED

if TYPE_CHECKING:
    from data_cache.case import Case
    from models.predictions import ModelInfo

Choice = Literal["present", "predicted"]
NO_FINDING = "No Finding"
NOTHING_PRESENT = "no finding present"
UNREADABLE = "image cannot be read"
_MOST_BYTES = 1 << 24  # of an entry
VERSION = 1  # of the checks' numbers: entries of another version are computed again


@dataclass(frozen=True)
class Row:
    """One number about one case: what cases.csv has a line of.

    `method` is METHOD or METHOD@MODEL; empty for checks of the image, and the model's key for checks of a cohort.
    """

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
        parameters: complete parameters of each method and model that are asked about, by the name of both.
        models: the models by key: those of the names, and others that checks of the image are asked about too.
        findings: "present": of each case, the finding labelled present (No Finding apart) that the method's model
            thinks most probable; "predicted": the most probable one (No Finding apart), present or not; or names, each
            of which is asked about. For checks of the image, the first model thinks.
        settings: of the checks, by name; JSON values, thresholds apart.
        cascades: gives the model of a key with random weights, for the check "sanity"; called once for each.
    """

    out: Path
    checks: tuple[str, ...]
    parameters: Mapping[str, Parameters]
    models: Mapping[str, Logits] = field(default_factory=dict)
    findings: Choice | tuple[str, ...] = "present"
    settings: Mapping[str, Any] = field(default_factory=dict)
    cascades: Callable[[str], Cascade] = lambda _key: ()

    def model(self, key: str) -> Logits:
        """The model of a key.

        Raises:
            InputError: there is none.
        """
        if key not in self.models:
            raise InputError(f"Expected the model {key} for the methods asked about, found none; name its weights.")
        return self.models[key]

    def cascade(self, key: str) -> Cascade:
        """The random networks of a model, made when first asked for."""
        if key not in self._cascades:
            self._cascades[key] = self.cascades(key)
        return self._cascades[key]

    @cached_property
    def _cascades(self) -> dict[str, Cascade]:
        return {}


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
    """Ask every check about every case and method on a model.

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
        for key, name in self._questions():
            try:
                found += self._entry(CHECKS[key], name)
            except InputError as error:
                problem = f"{self.case.id}: {error}"
                if problem not in self.tally.problems:
                    self.tally.problems.append(problem)
                    self.say(problem)
                found += self._undefined(CHECKS[key], name, UNREADABLE)
        return found

    def _questions(self) -> list[tuple[str, str]]:
        questions = []
        for key in self.plan.checks:
            check = CHECKS[key]
            if check.unit == "image":
                questions.append((key, ""))
            if check.unit == "method":
                questions += [(key, name) for name in self.plan.parameters if self._fits(check, name)]
        return questions

    def _fits(self, check: Check, name: str) -> bool:
        pair = parse_pair(name)
        return check.fits(pair.entry, capabilities_of(self.plan.model(pair.model)))

    def _entry(self, check: Check, name: str) -> list[Row]:
        kept = file_name(name or "image").removesuffix(SUFFIX)  # a model's key may hold what a file name must not
        path = self.plan.out / "entries" / self.case.id / f"{check.key}.{kept}.json"
        identity = self._identity(check, name)
        stored = _read(path, identity, self.say)
        if stored is not None:
            self.tally.kept += 1
            return [self._row(check, name, finding, measured) for finding, measured in stored]
        rows = self._compute(check, name)
        content = {"identity": identity, "rows": [_packed(row) for row in rows]}
        write_bytes(path, json.dumps(content, allow_nan=False).encode())
        self.tally.computed += 1
        return rows

    def _compute(self, check: Check, name: str) -> list[Row]:
        if not check.per_finding:
            return self._measure(check, name, "")
        rows: list[Row] = []
        for finding in self._findings(name):
            predicted = self._run(name).info.architecture.predicted[index_of(finding)]
            answered = predicted or check.unit == "image"  # whose other models may predict it
            rows += (
                self._measure(check, name, finding)
                if answered
                else self._undefined(check, name, NOT_PREDICTED, finding)
            )
        return rows or self._undefined(check, name, NOTHING_PRESENT)

    def _measure(self, check: Check, name: str, finding: str) -> list[Row]:
        if check.measure is None:
            raise ValueError(f"Expected the check {check.key} to answer for a case, found that it does not.")
        rows = check.measure(self._subject(name, finding))
        return [self._row(check, name, finding, one) for one in rows]

    def _subject(self, name: str, finding: str) -> Subject:
        explanation = self._explanations[name] if name else None
        cascade = partial(self.plan.cascade, parse_pair(name).model) if name else tuple
        return Subject(self.case, self._runs, finding, explanation, self.plan.settings, self.shared, cascade)

    @cached_property
    def _runs(self) -> dict[str, ModelRun]:
        return model_runs(self.case.read(), self.plan.models)

    @cached_property
    def _explanations(self) -> dict[str, Any]:
        return explain_all(self._runs, tuple(self.plan.parameters), self.plan.parameters, self.case.id)

    def _run(self, name: str) -> ModelRun:
        """What the explained model says; of the image alone, the first model."""
        return self._runs[parse_pair(name).model] if name else next(iter(self._runs.values()))

    def _findings(self, name: str) -> tuple[str, ...]:
        chosen = self.plan.findings
        if not isinstance(chosen, str):
            return chosen
        likely = np.nan_to_num(probability(self._run(name).logits), nan=-1)  # what is not predicted comes last
        candidates = FINDINGS if chosen == "predicted" else self.case.positives
        real = [finding for finding in candidates if finding != NO_FINDING]
        return (max(real, key=lambda finding: likely[index_of(finding)]),) if real else ()

    @cached_property
    def _image(self) -> str:
        return image_sha256(self.case)

    def _identity(self, check: Check, name: str) -> str:
        asked = [self.plan.model(parse_pair(name).model)] if name else list(self.plan.models.values())
        settings = {
            key: sorted([*pair, number] for pair, number in value.items()) if key == "thresholds" else value
            for key, value in self.plan.settings.items()
        }
        return entry_name(
            version=VERSION,
            check=check.key,
            method=name,
            parameters=plain(self.plan.parameters[name]) if name else {},
            models=[[info.weights_sha256, info.dtype] for info in _infos(asked)],
            image=self._image,
            labels=[self.case.labels[finding] for finding in FINDINGS],
            masks={finding: mask.counts for finding, mask in self.case.masks.items() if check.key == "localization"},
            findings=self.plan.findings,
            settings=settings,
        )

    def _row(self, check: Check, name: str, finding: str, measured: Measured) -> Row:
        return Row(check.key, name, self.case.id, self.case.patient, measured.finding or finding, measured)

    def _undefined(self, check: Check, name: str, reason: str, finding: str = "") -> list[Row]:
        """A line for each metric, so that every table counts the case."""
        return [self._row(check, name, finding, Measured(metric, NAN, reason=reason)) for metric in check.metrics]


def _infos(models: Iterable[Logits]) -> list["ModelInfo"]:
    return [model.info for model in models]


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
    if not path.exists():
        return None
    try:
        with guarded(DamagedFile(f"Expected an entry in {path.name}, found a damaged one.")):
            content = read_file(path, "an entry", _MOST_BYTES)
            stored = parse_json(content, path.name, "an entry", SMALL, finite=False)
            return [_unpacked(row) for row in stored["rows"]] if stored["identity"] == identity else None
    except InputError:  # whatever is wrong with it, it can be computed again
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
