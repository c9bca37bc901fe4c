"""Means of what was measured, by finding and form, with intervals by patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.marks import LOOSEST, Form
from evaluation.geometry.measuring import QUANTITIES, RATES, Measured
from evaluation.inference.intervals import interval_of_patients, mean_over_findings, resampled_means
from evaluation.inference.rates import rate_interval
from evaluation.results import MEAN


@dataclass(frozen=True)
class Summary:
    """The mean of one quantity over the truths of a finding; in rows called Mean, over findings' means.

    Attributes:
        finding, form, quantity: of what.
        n, patients: truths with a value, and patients that they are of.
        value: NaN without any.
        low, high: 95 % interval: Wilson's of one finding's hits and of readers' agreement where these are 0 or 1 for
            each truth, as in the benchmark; of all else, and of Mean, that of resampled patients, NaN below six.
    """

    finding: str
    form: Form
    quantity: str
    n: int
    patients: int
    value: float
    low: float
    high: float


def summarise(
    measured: Sequence[Measured], patients: Mapping[str, str], findings: Sequence[str], resamples: int, seed: int
) -> list[Summary]:
    """Summaries by form, finding and quantity; forms are never averaged with one another."""
    found: list[Summary] = []
    for form in reversed(LOOSEST):
        of_form = [one for one in measured if one.form == form]
        present = [finding for finding in findings if any(one.finding == finding for one in of_form)]
        if present:
            found += _of_form(of_form, form, present, patients, resamples, seed)
    return found


def _of_form(
    measured: Sequence[Measured],
    form: Form,
    findings: Sequence[str],
    patients: Mapping[str, str],
    resamples: int,
    seed: int,
) -> list[Summary]:
    cases = sorted({one.case for one in measured})
    values = _values(measured, cases, findings)
    groups = [patients.get(case, case) for case in cases]
    shape = len(findings), len(QUANTITIES)
    replicates = resampled_means(values.reshape(len(cases), -1), groups, resamples, seed).reshape(-1, *shape)
    overall = mean_over_findings(replicates.swapaxes(1, 2))
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        means = np.where(defined, values, 0).sum(axis=0) / defined.sum(axis=0)
    people = np.array(groups)
    found = []
    for q, quantity in enumerate(QUANTITIES):
        for f, finding in enumerate(findings):
            some = defined[:, f, q]
            counts = int(some.sum()), len(set(people[some]))
            rate = rate_interval(values[:, f, q], groups) if quantity in RATES else None
            ends = (rate.low, rate.high) if rate else _ends(replicates[:, f, q], counts[1])
            found.append(Summary(finding, form, quantity, *counts, float(means[f, q]), *ends))
        some = defined[:, :, q]
        counts = int(some.sum()), len(set(people[some.any(axis=1)]))
        mean = float(mean_over_findings(means[:, q]))
        found.append(Summary(MEAN, form, quantity, *counts, mean, *_ends(overall[:, q], counts[1])))
    return found


def _values(measured: Sequence[Measured], cases: Sequence[str], findings: Sequence[str]) -> NDArray[np.float64]:
    """float64 (cases, findings, quantities), NaN where there is none."""
    row, column = ({name: place for place, name in enumerate(names)} for names in (cases, findings))
    values = np.full((len(cases), len(findings), len(QUANTITIES)), np.nan)
    for one in measured:
        values[row[one.case], column[one.finding]] = [one.values.get(quantity, np.nan) for quantity in QUANTITIES]
    return values


def _ends(replicates: NDArray[np.float64], patients: int) -> tuple[float, float]:
    ends = interval_of_patients(replicates, patients)
    return ends.low, ends.high
