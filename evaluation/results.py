"""Scores of all cases as arrays, and what the tables say about them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data_cache.findings import LOCALIZED_FINDINGS
from evaluation.intervals import Interval, Unit, groups_of, interval, mean_over_findings, p_value, resampled_means
from evaluation.scores import CURVE_THRESHOLDS, METRICS
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
    """

    methods: tuple[str, ...]
    cases: tuple[str, ...]
    rows: tuple[Row, ...]
    values: NDArray[np.float64] = field(repr=False)

    @classmethod
    def of(cls, rows: Iterable[Row], methods: Sequence[str]) -> "Results":
        """Arrange rows."""
        kept = tuple(rows)
        cases = tuple(sorted({row.case for row in kept}))
        where = {case: position for position, case in enumerate(cases)}
        values = np.full((len(methods), len(METRICS), len(cases), len(LOCALIZED_FINDINGS)), np.nan)
        for row in kept:
            place = where[row.case], LOCALIZED_FINDINGS.index(row.finding)
            for metric, name in enumerate(METRICS):
                values[methods.index(row.method), metric, place[0], place[1]] = row.scores.values.get(name, np.nan)
        return cls(tuple(methods), cases, kept, values)

    def estimates(self, resamples: int, seed: int, unit: Unit) -> dict[tuple[str, str, str], Estimate]:
        """Means with intervals by (method, finding or Mean, metric)."""
        means, counts = _means(self.values)
        replicates = self._replicates(self.values, resamples, seed, unit)
        return {
            (method, finding, metric): Estimate(
                float(means[m, k, f]), int(counts[m, k, f]), interval(replicates[:, m, k, f])
            )
            for m, method in enumerate(self.methods)
            for k, metric in enumerate(METRICS)
            for f, finding in enumerate((*LOCALIZED_FINDINGS, MEAN))
        }

    def differences(self, resamples: int, seed: int, unit: Unit) -> list["Difference"]:
        """Every method against every other, on the cases where both are defined."""
        found = []
        for a in range(len(self.methods)):
            others = range(a + 1, len(self.methods))
            if not others:
                continue
            paired = self.values[a][None] - self.values[list(others)]
            means, counts = _means(paired)
            replicates = self._replicates(paired, resamples, seed, unit)
            found += [
                Difference(
                    self.methods[a],
                    self.methods[b],
                    finding,
                    metric,
                    Estimate(float(means[i, k, f]), int(counts[i, k, f]), interval(replicates[:, i, k, f])),
                    p_value(replicates[:, i, k, f]),
                )
                for i, b in enumerate(others)
                for k, metric in enumerate(METRICS)
                for f, finding in enumerate((*LOCALIZED_FINDINGS, MEAN))
            ]
        return found

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
        empty = np.zeros((0, len(CURVE_THRESHOLDS)), np.float32)
        return {
            key: (
                [row.case for row in rows],
                np.stack([empty[0] if r.scores.curve is None else r.scores.curve for r in rows]),
            )
            for key, rows in found.items()
        }

    def _replicates(self, values: NDArray[np.float64], resamples: int, seed: int, unit: Unit) -> NDArray[np.float32]:
        """Resampled means (resamples, methods, metrics, findings + 1), the last that over findings."""
        m, k, n, f = values.shape
        flat = values.transpose(2, 0, 1, 3).reshape(n, m * k * f)
        means = resampled_means(flat, groups_of(self.cases, unit), resamples, seed).reshape(-1, m, k, f)
        return np.concatenate([means, mean_over_findings(means)[..., None]], axis=-1)


@dataclass(frozen=True)
class Difference:
    """The mean of method − other over the cases where both are defined, and its bootstrap p-value."""

    method: str
    other: str
    finding: str
    metric: str
    estimate: Estimate
    p: float


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
