"""What the figures show, apart from how they are drawn."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.benchmark import Benchmark, Settings
from evaluation.inference.intervals import groups_of, interval_of_patients, resampled_means
from evaluation.results import Estimate, Results
from evaluation.scores import CURVE_THRESHOLDS, METRICS

Estimates = Mapping[tuple[str, str, str], Estimate]


@dataclass(frozen=True, eq=False)
class Curve:
    """Mean IoU over the drawn cases by threshold, with its 95 % interval; each float64 (129,)."""

    method: str
    finding: str
    cases: int
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FigureData:
    """All figures.

    Attributes:
        methods: in the order of colours.
        thresholds: of the curves.
        curves: one a method and finding that has a mask.
        estimates: of the bars, by (method, finding or Mean, metric).
        ranks: by metric, float64 (methods, findings): 1 is the best; equals share the mean of their ranks; NaN where a
            method has no value, and of comparators.
        comparators: those of the methods that were shown masks.
        names: of the bars: all findings that are scored, and the mean over them.
    """

    methods: tuple[str, ...]
    thresholds: NDArray[np.float64]
    curves: tuple[Curve, ...]
    estimates: Estimates
    ranks: Mapping[str, NDArray[np.float64]]
    names: tuple[str, ...]
    comparators: frozenset[str] = frozenset()

    @property
    def findings(self) -> tuple[str, ...]:
        """Findings with at least one curve."""
        shown = {curve.finding for curve in self.curves}
        return tuple(finding for finding in self.names if finding in shown)


def figure_data(benchmark: Benchmark, estimates: Estimates, settings: Settings) -> FigureData:
    """Collect what the figures show."""
    results = benchmark.results
    curves = tuple(
        _curve(method, finding, cases, values, settings, results.patient_of)
        for (method, finding), (cases, values) in results.curves().items()
    )
    ranks = {metric: ranks_of(results, estimates, metric) for metric in METRICS}
    return FigureData(results.methods, CURVE_THRESHOLDS, curves, estimates, ranks, results.names, results.comparators)


def _curve(
    method: str,
    finding: str,
    cases: list[str],
    values: NDArray[np.float32],
    settings: Settings,
    patient_of: Mapping[str, str],
) -> Curve:
    groups = groups_of(cases, settings.unit, patient_of)
    means = resampled_means(values.astype(np.float64), groups, settings.bootstrap, settings.seed)
    patients = len(set(groups_of(cases, "patient", patient_of)))
    ends = [interval_of_patients(column, patients) for column in means.T]
    return Curve(
        method,
        finding,
        len(cases),
        values.mean(axis=0, dtype=np.float64),
        np.array([end.low for end in ends]),
        np.array([end.high for end in ends]),
    )


def ranks_of(results: Results, estimates: Estimates, metric: str) -> NDArray[np.float64]:
    """Ranks (methods, findings), 1 is the best; NaN without a value and of comparators."""
    ranked = np.array([method not in results.comparators for method in results.methods])
    values = np.array([[estimates[m, f, metric].value for f in results.findings] for m in results.methods])
    values[~ranked] = np.nan
    above = (values[None] > values[:, None]).sum(axis=1)
    equal = (values[None] == values[:, None]).sum(axis=1)
    return np.where(np.isnan(values), np.nan, 1 + above + (equal - 1) / 2)
