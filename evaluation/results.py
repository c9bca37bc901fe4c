"""Scores of all cases as arrays, and what the tables say about them."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.marks import Form
from evaluation.floors import is_floor
from evaluation.inference.holm import holm
from evaluation.inference.intervals import (
    Interval,
    Unit,
    groups_of,
    interval_of_patients,
    mean_over_findings,
    resampled_means,
)
from evaluation.inference.rates import rate_interval
from evaluation.inference.sign_flip import SignFlip, mean_effects, patient_sums, sign_flips
from evaluation.scores import METRICS
from evaluation.scoring import Row

RATES = ("hit",)  # metrics that are 0 or 1 for a case
MEAN = "Mean"


@dataclass(frozen=True)
class Estimate:
    """A mean over cases (or, in the rows called Mean, over findings' means).

    Attributes:
        value: NaN when nothing is defined.
        n: cases with a value.
        interval: of the value.
        patients: with a value.
    """

    value: float
    n: int
    interval: Interval
    patients: int = 0


@dataclass(frozen=True, eq=False)
class Results:
    """Everything that was scored.

    Attributes:
        methods: in the order of the tables.
        cases: sorted.
        rows: one a method, finding and case.
        values: float64 (methods, metrics, cases, findings), NaN where undefined or not scored.
        findings: those that are scored, in the order of the tables.
        forms: by method, as what the truths were marked that it is scored against: one form, never several.
        patient_of: by case, where a dataset says whose radiograph it is, see `groups_of`.
        comparators: methods of networks that were shown masks in training: what these can do, for the others to be seen
            beside. They are in no rank, difference or test, and nothing is left out of the others' for their sake.
    """

    methods: tuple[str, ...]
    cases: tuple[str, ...]
    rows: tuple[Row, ...]
    values: NDArray[np.float64] = field(repr=False)
    findings: tuple[str, ...] = LOCALIZED_FINDINGS
    forms: Mapping[str, Form] = field(default_factory=dict)
    patient_of: Mapping[str, str] = field(default_factory=dict)
    comparators: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """The rows of a method in the tables: the findings, and the mean over them."""
        return (*self.findings, MEAN)

    @classmethod
    def of(
        cls,
        rows: Iterable[Row],
        methods: Sequence[str],
        findings: tuple[str, ...] = LOCALIZED_FINDINGS,
        patient_of: Mapping[str, str] | None = None,
        cases: Iterable[str] = (),
        comparators: Iterable[str] = (),
    ) -> "Results":
        """Arrange rows.

        Args:
            rows: one a method, finding and case.
            methods, findings: in the order of the tables.
            patient_of: by case, where a dataset says so.
            comparators: those of the methods that were shown masks.
            cases: that were scored, also without a row: intervals resample the patients of all, so that results of one
                cohort share their draws.
        """
        kept = tuple(rows)
        cases = tuple(sorted({*cases, *(row.case for row in kept)}))
        where = {case: position for position, case in enumerate(cases)}
        values = np.full((len(methods), len(METRICS), len(cases), len(findings)), np.nan)
        for row in kept:
            place = where[row.case], findings.index(row.finding)
            for metric, name in enumerate(METRICS):
                values[methods.index(row.method), metric, place[0], place[1]] = row.scores.values.get(name, np.nan)
        forms = _forms(kept)
        return cls(tuple(methods), cases, kept, values, findings, forms, patient_of or {}, frozenset(comparators))

    def apart(self) -> "tuple[Results, Results | None]":
        """These results without the comparators, and those of the comparators alone; None where there are none."""
        if not self.comparators:
            return self, None
        ranked = [method for method in self.methods if method not in self.comparators]
        return self._only(ranked), self._only([method for method in self.methods if method in self.comparators])

    def _only(self, methods: Sequence[str]) -> "Results":
        rows = tuple(row for row in self.rows if row.method in methods)
        values = self.values[[self.methods.index(method) for method in methods]]
        forms = {method: form for method, form in self.forms.items() if method in methods}
        kept = self.comparators.intersection(methods)
        return replace(self, methods=tuple(methods), rows=rows, values=values, forms=forms, comparators=kept)

    def groups(self, unit: Unit) -> list[str]:
        """What is resampled, for each case."""
        return groups_of(self.cases, unit, self.patient_of)

    def means(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Means and numbers of defined cases (methods, metrics, findings + 1); the last is the mean over findings."""
        return _means(self.values)

    def estimates(self, resamples: int, seed: int, unit: Unit) -> dict[tuple[str, str, str], Estimate]:
        """Means with intervals by (method, finding or Mean, metric)."""
        found: dict[tuple[str, str, str], Estimate] = {}
        for m, method in enumerate(self.methods):
            estimates = self.estimates_of(self.values[m], METRICS, RATES, resamples, seed, unit)
            found |= {(method, finding, metric): one for (finding, metric), one in estimates.items()}
        return found

    def differences(self, resamples: int, seed: int, unit: Unit) -> list["Difference"]:
        """Every method against every later one, on the cases where both are defined, tested by patient; of two floors
        none against the other.
        """
        found: list[tuple[str, str, str, str, Estimate]] = []
        effects = []
        for a, b in self._comparable():
            paired = self.values[a] - self.values[b]
            estimates = self.estimates_of(paired, METRICS, (), resamples, seed, unit)
            found += [(self.methods[a], self.methods[b], *key, one) for key, one in estimates.items()]
            effects.append(self._effects(paired))
        if not found:
            return []
        tests = sign_flips(np.concatenate(effects, axis=1), np.array([row[-1].patients for row in found]), seed)
        adjusted = holm([test.p for test in tests])
        return [Difference(*row, test, float(p)) for row, test, p in zip(found, tests, adjusted, strict=True)]

    def _effects(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each patient adds to each mean of values (metrics, cases, findings), in the order of `estimates_of`."""
        patients = self.groups("patient")
        columns = []
        for metric in values:
            sums, counts = patient_sums(metric, patients)
            columns += [*sums.T, mean_effects(sums, counts)]
        return np.stack(columns, axis=1)

    def _comparable(self) -> Iterator[tuple[int, int]]:
        """Two methods each, no comparators, scored against truths of one form, of which not both are floors."""
        forms = [self.forms.get(method) for method in self.methods]
        floors = [is_floor(method) for method in self.methods]
        ranked = [m for m, method in enumerate(self.methods) if method not in self.comparators]
        pairs = combinations(ranked, 2)
        return ((a, b) for a, b in pairs if forms[a] == forms[b] and not (floors[a] and floors[b]))

    def replicates(self, values: NDArray[np.float64], resamples: int, seed: int, unit: Unit) -> NDArray[np.float64]:
        """Resampled means of values (metrics, cases, findings): (resamples, metrics, findings + 1).

        The last is the mean over findings. The same seed draws the same cases, whatever the values.
        """
        k, n, f = values.shape
        flat = values.transpose(1, 0, 2).reshape(n, k * f)
        means = resampled_means(flat, self.groups(unit), resamples, seed).reshape(-1, k, f)
        return np.concatenate([means, mean_over_findings(means)[..., None]], axis=-1)

    def estimates_of(
        self,
        values: NDArray[np.float64],
        metrics: Sequence[str],
        rates: Collection[str],
        resamples: int,
        seed: int,
        unit: Unit,
    ) -> dict[tuple[str, str], Estimate]:
        """Estimates of values (metrics, cases, findings) by (finding or Mean, metric).

        Args:
            values: NaN where undefined; cases and findings are those of the results.
            metrics: what the first axis holds.
            rates: those of them that are 0 or 1 for a case, which have Wilson's interval in one finding.
            resamples, seed, unit: of the other intervals.
        """
        means, counts = _means(values[None])
        patients = self.patients(values)
        replicates = self.replicates(values, resamples, seed, unit)
        groups = self.groups(unit)
        found = {}
        for k, metric in enumerate(metrics):
            for f, finding in enumerate(self.names):
                is_rate = metric in rates and finding != MEAN
                one = rate_interval(values[k, :, f], groups) if is_rate else None
                one = one or interval_of_patients(replicates[:, k, f], int(patients[k, f]))
                found[finding, metric] = Estimate(float(means[0, k, f]), int(counts[0, k, f]), one, int(patients[k, f]))
        return found

    def patients(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """How many patients have one of values (metrics, cases, findings): (metrics, findings + 1), the last of any
        finding."""
        patients = self.groups("patient")
        found = [patient_sums(metric, patients)[1] for metric in values]
        return np.array([[*np.count_nonzero(one, axis=0), np.count_nonzero(one.sum(axis=1))] for one in found])

    def undefined(self) -> Counter[tuple[str, str, str, str]]:
        """Number of cases without a value, by (method, finding, metric, reason)."""
        return Counter(
            (row.method, row.finding, metric, reason)
            for row in self.rows
            for metric, reason in row.scores.reasons.items()
        )

    def curves(self) -> Mapping[tuple[str, str], tuple[list[str], NDArray[np.float32]]]:
        """By (method, finding), the drawn cases and their IoU at CURVE_THRESHOLDS, (n, 129)."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            if row.scores.curve is not None:
                found.setdefault((row.method, row.finding), []).append(row)
        return {
            key: ([row.case for row in rows], np.stack([np.asarray(row.scores.curve) for row in rows]))
            for key, rows in found.items()
        }


@dataclass(frozen=True)
class Difference:
    """The mean of method − other over the cases where both are defined.

    Attributes:
        estimate: of the mean.
        test: whether it differs from 0.
        p_holm: its p-value among those of all differences, by Holm; NaN without a test.
    """

    method: str
    other: str
    finding: str
    metric: str
    estimate: Estimate
    test: SignFlip
    p_holm: float


def _forms(rows: Sequence[Row]) -> dict[str, Form]:
    """The form of each method's truths.

    Raises:
        ValueError: a method is scored against several, whose scores must not be averaged.
    """
    found: dict[str, Form] = {}
    for row in rows:
        if found.setdefault(row.method, row.form) != row.form:
            raise ValueError(f"Expected truths of one form for {row.method}, found {found[row.method]} and {row.form}.")
    return found


def mean_over_cases(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the last axis but one, undefined cases left out; NaN where all are."""
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(defined, values, 0).sum(axis=-2) / defined.sum(axis=-2)


def _means(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Means over cases and numbers of defined cases (methods, metrics, findings + 1), the last over findings."""
    counts = (~np.isnan(values)).sum(axis=2)
    means = mean_over_cases(values)
    return (
        np.concatenate([means, mean_over_findings(means)[..., None]], axis=-1),
        np.concatenate([counts, counts.sum(axis=2, keepdims=True)], axis=-1),
    )
