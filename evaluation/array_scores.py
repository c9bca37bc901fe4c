"""Scoring from Python: maps and masks as arrays, and the numbers of `python -m evaluation benchmark`."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data_cache.errors import InputError
from data_cache.findings import FINDINGS, canonical_finding
from data_cache.masks import Rle
from evaluation.benchmark import Benchmark, Inputs, Protocol, Settings, run_benchmark
from evaluation.inference.intervals import Unit
from evaluation.missing import Missing
from evaluation.problems import Problem, summary
from evaluation.report import csv_files
from evaluation.report.notes import notes, warnings
from evaluation.sources.arrays import ordered
from evaluation.sources.base import CaseMaps, MapSource, usable
from evaluation.truth.ground_truth import Masks

if TYPE_CHECKING:
    import pandas as pd

MapsOfMethod = Mapping[str, Mapping[str, ArrayLike]]  # by case and finding
MasksOfCases = Mapping[str, Mapping[str, ArrayLike | Rle]]


@dataclass(frozen=True)
class ArrayMaps(MapSource):
    """One method's maps in memory; they cover the whole radiograph."""

    arrays: Mapping[str, Mapping[str, NDArray]] = field(default_factory=dict, repr=False)

    @property
    def description(self) -> str:
        """Where they are from."""
        return "arrays"

    def read(self, case_id: str) -> CaseMaps:
        """Check every finding's array; one that cannot be used is named, and its finding counts as refused."""
        maps, problems, refused = {}, [], set()
        for finding, values in self.arrays[case_id].items():
            checked = usable(ordered(values), f"{finding} of {case_id}, {self.name}")
            if isinstance(checked, Problem):
                problems.append(checked)
                refused.add(finding)
            else:
                maps[finding] = checked
        return CaseMaps(maps, refused=frozenset(refused), problems=tuple(problems))

    def digest(self, case_id: str) -> str:
        """SHA-256 over the case's arrays, in order of their findings."""
        digest = hashlib.sha256()
        for finding, values in sorted(self.arrays[case_id].items()):
            digest.update(f"{finding} {values.dtype.str} {values.shape}".encode())
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Scored:
    """What came out; the tables have the columns of the command's files of the same names.

    Attributes:
        benchmark: everything, for further use.
        settings: how it was scored.
    """

    benchmark: Benchmark
    settings: Settings

    @cached_property
    def summary(self) -> "pd.DataFrame":
        """A row a method and finding, and Mean: hit rate and both IoU with n, interval and threshold."""
        results, asked = self.benchmark.results, self.settings
        estimates = results.estimates(asked.bootstrap, asked.seed, asked.unit)
        return _frame(csv_files.SUMMARY, csv_files.summary_lines([results], estimates, self.benchmark.markings))

    @cached_property
    def per_case(self) -> "pd.DataFrame":
        """A row a method, finding and case."""
        lines = csv_files.per_case_lines(self.benchmark.results, self.benchmark.markings)
        return _frame(csv_files.PER_CASE, lines)

    @cached_property
    def differences(self) -> "pd.DataFrame":
        """Every method against every later one, with its test."""
        asked = self.settings
        found = self.benchmark.results.differences(asked.bootstrap, asked.seed, asked.unit)
        return _frame(csv_files.DIFFERENCES, map(csv_files.difference_line, found))

    @property
    def warnings(self) -> list[str]:
        """What must not be overlooked, and what could not be used, one sentence each."""
        return warnings(self.benchmark, self.settings) + summary(self.benchmark.problems)

    @property
    def notes(self) -> list[str]:
        """How the numbers were made, one sentence each."""
        return notes(self.benchmark, self.settings)


def score(
    maps: Mapping[str, MapsOfMethod],
    masks: MasksOfCases,
    tune_maps: Mapping[str, MapsOfMethod] | None = None,
    tune_masks: MasksOfCases | None = None,
    *,
    patients: Mapping[str, str] | None = None,
    protocol: str | None = None,
    threshold: float = 0.5,
    bootstrap: int = 1000,
    seed: int = 0,
    resample: Unit = "patient",
    missing: Missing = "miss",
    floors: bool = False,
    processes: int = 1,
) -> Scored:
    """Score heat maps against masks, as `python -m evaluation benchmark` does: the same numbers.

    Args:
        maps: by method, case and finding, arrays (h, w) of any size, each stretched over the whole radiograph; larger
            means more important. NaN in a map makes it one that is missing.
        masks: by case and finding, bool (H, W) at the radiograph's size, or run lengths; empty where nobody found it.
        tune_maps, tune_masks: of validation cases, on which thresholds are chosen; both or neither.
        patients: by case; of others the id up to "_study", else the id.
        protocol: see the command; by default medicalpatchnet with `tune_maps`, else chexlocalize (Otsu).
        threshold: of the protocol fixed.
        bootstrap, seed, resample: of the intervals, as in the command.
        missing: what a missing map costs, see `evaluation.missing`.
        floors: whether to score what does not look at the radiograph beside the methods.
        processes: how many to work with.

    Raises:
        InputError: an array, a name or the protocol is wrong, or nothing is left to score.
    """
    if (tune_maps is None) != (tune_masks is None):
        raise InputError("Expected tune_maps and tune_masks together, found one of them; give both or neither.")
    tuned = tune_maps is not None
    settings = Settings(
        protocol=_protocol(protocol, tuned),
        threshold=threshold,
        bootstrap=bootstrap,
        seed=seed,
        unit=resample,
        missing=missing,
        ceilings=False,
        floors=floors,
        processes=processes,
    )
    inputs = Inputs(
        _sources(maps),
        _truth(masks, patients or {}),
        _sources(tune_maps or {}),
        _truth(tune_masks or {}, patients or {}),
    )
    return Scored(run_benchmark(inputs, settings, lambda *_: None), settings)


def _protocol(asked: str | None, tuned: bool) -> Protocol:
    if asked is None:
        return Protocol.MEDICALPATCHNET if tuned else Protocol.CHEXLOCALIZE
    if asked not in list(Protocol):
        raise InputError(f"Expected one of the protocols {', '.join(Protocol)}, found {asked!r}; choose one of them.")
    return Protocol(asked)


def _sources(maps: Mapping[str, MapsOfMethod]) -> tuple[ArrayMaps, ...]:
    found = []
    for name, cases in maps.items():
        arrays = {
            case: {canonical_finding(finding): np.asarray(values) for finding, values in by_finding.items()}
            for case, by_finding in cases.items()
        }
        found.append(ArrayMaps(name, Path(), dict.fromkeys(arrays, ()), (), arrays))
    return tuple(found)


def _truth(masks: MasksOfCases, patients: Mapping[str, str]) -> Masks:
    cases = {
        case: {canonical_finding(name): _mask(mask, f"{name} of {case}") for name, mask in by_finding.items()}
        for case, by_finding in masks.items()
    }
    looked_for = {finding for by_finding in cases.values() for finding in by_finding}
    findings = tuple(finding for finding in FINDINGS if finding in looked_for)
    return Masks(cases, findings=findings, patients={case: patients[case] for case in cases if case in patients})


def _mask(mask: ArrayLike | Rle, subject: str) -> Rle:
    if isinstance(mask, Rle):
        return mask
    values = np.asarray(mask)
    if values.ndim != 2 or values.dtype != bool or 0 in values.shape:
        raise InputError(
            f"Expected a mask (H, W) of bool for {subject}, found {values.dtype} of shape {values.shape}; "
            "compare it with a threshold first, for example mask > 0."
        )
    return Rle.encode(values)


def _frame(header: tuple[str, ...], lines: csv_files.Lines) -> "pd.DataFrame":
    import pandas as pd  # slow to import

    return pd.DataFrame(list(lines), columns=list(header))
