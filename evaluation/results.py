"""Scores of all cases as arrays, and what the tables say about them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.marks import Form
from evaluation.intervals import Interval, Unit, groups_of, interval, mean_over_findings, p_value, resampled_means
from evaluation.scores import METRICS
from evaluation.scoring import Row

MEAN = "Mean"


@dataclass(frozen=True)
class Estimate:
    """A mean over cases (or, in the rows called Mean, over findings' means).

    Attributes:
        value: NaN when nothing is defined.
        n: cases with a value.
        interval: NaN without resamples.
    """

    value: float
    n: int
    interval: Interval


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
    """

    methods: tuple[str, ...]
    cases: tuple[str, ...]
    rows: tuple[Row, ...]
    values: NDArray[np.float64] = field(repr=False)
    findings: tuple[str, ...] = LOCALIZED_FINDINGS
    forms: Mapping[str, Form] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The rows of a method in the tables: the findings, and the mean over them."""
        return (*self.findings, MEAN)

    @classmethod
    def of(
        cls, rows: Iterable[Row], methods: Sequence[str], findings: tuple[str, ...] = LOCALIZED_FINDINGS
    ) -> "Results":
        """Arrange rows."""
        kept = tuple(rows)
        cases = tuple(sorted({row.case for row in kept}))
        where = {case: position for position, case in enumerate(cases)}
        values = np.full((len(methods), len(METRICS), len(cases), len(findings)), np.nan)
        for row in kept:
            place = where[row.case], findings.index(row.finding)
            for metric, name in enumerate(METRICS):
                values[methods.index(row.method), metric, place[0], place[1]] = row.scores.values.get(name, np.nan)
        return cls(tuple(methods), cases, kept, values, findings, _forms(kept))

    def means(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Means and numbers of defined cases (methods, metrics, findings + 1); the last is the mean over findings."""
        return _means(self.values)

    def estimates(self, resamples: int, seed: int, unit: Unit) -> dict[tuple[str, str, str], Estimate]:
        """Means with intervals by (method, finding or Mean, metric)."""
        found: dict[tuple[str, str, str], Estimate] = {}
        for m, method in enumerate(self.methods):
            estimates, _ = self._estimates(self.values[m], resamples, seed, unit)
            found |= {(method, finding, metric): one for (finding, metric), one in estimates.items()}
        return found

    def differences(self, resamples: int, seed: int, unit: Unit) -> list["Difference"]:
        """Every method against every later one, on the cases where both are defined."""
        found = []
        for a, b in self._comparable():
            paired = self.values[a] - self.values[b]
            estimates, replicates = self._estimates(paired, resamples, seed, unit)
            found += [
                Difference(self.methods[a], self.methods[b], *key, one, p_value(replicates[key]))
                for key, one in estimates.items()
            ]
        return found

    def _comparable(self) -> Iterator[tuple[int, int]]:
        """Two methods each that are scored against truths of one form."""
        forms = [self.forms.get(method) for method in self.methods]
        return ((a, b) for a, b in combinations(range(len(forms)), 2) if forms[a] == forms[b])

    def replicates(self, values: NDArray[np.float64], resamples: int, seed: int, unit: Unit) -> NDArray[np.float64]:
        """Resampled means of values (metrics, cases, findings): (resamples, metrics, findings + 1).

        The last is the mean over findings. The same seed draws the same cases, whatever the values.
        """
        k, n, f = values.shape
        flat = values.transpose(1, 0, 2).reshape(n, k * f)
        means = resampled_means(flat, groups_of(self.cases, unit), resamples, seed).reshape(-1, k, f)
        return np.concatenate([means, mean_over_findings(means)[..., None]], axis=-1)

    def _estimates(
        self, values: NDArray[np.float64], resamples: int, seed: int, unit: Unit
    ) -> tuple[dict[tuple[str, str], Estimate], dict[tuple[str, str], NDArray[np.float64]]]:
        """Estimates and replicates of values (metrics, cases, findings) by (finding or Mean, metric)."""
        means, counts = _means(values[None])
        replicates = self.replicates(values, resamples, seed, unit)
        places = {(finding, metric): (k, f) for k, metric in enumerate(METRICS) for f, finding in enumerate(self.names)}
        columns = {key: replicates[:, k, f] for key, (k, f) in places.items()}
        estimates = {
            key: Estimate(float(means[0, k, f]), int(counts[0, k, f]), _interval(columns[key], int(counts[0, k, f])))
            for key, (k, f) in places.items()
        }
        return estimates, columns

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
    """The mean of method − other over the cases where both are defined, and its bootstrap p-value."""

    method: str
    other: str
    finding: str
    metric: str
    estimate: Estimate
    p: float


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


def _means(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Means over cases and numbers of defined cases (methods, metrics, findings + 1), the last over findings."""
    defined = ~np.isnan(values)
    counts = defined.sum(axis=2)
    with np.errstate(invalid="ignore"):
        means = np.where(defined, values, 0).sum(axis=2) / counts
        some = ~np.isnan(means)
        overall = np.where(some, means, 0).sum(axis=2) / some.sum(axis=2)
    return (
        np.concatenate([means, overall[..., None]], axis=-1),
        np.concatenate([counts, counts.sum(axis=2, keepdims=True)], axis=-1),
    )


def _interval(replicates: NDArray[np.float64], n: int) -> Interval:
    """The interval of a mean of n values; NaN for a single one, whose resamples all say the same."""
    found = interval(replicates)
    return found if n > 1 else Interval(float("nan"), float("nan"), found.undefined)
