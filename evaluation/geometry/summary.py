"""Means of what was measured, by finding and form, with intervals by patient.

Quantities that are held against each other (`TOGETHER`) have their row Mean over the same findings: those in which all
have a value that have one in at least half of the findings, as in `evaluation.comparable`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.marks import LOOSEST, Form
from evaluation.geometry.measuring import CEILINGS, HITS, IOUS, QUANTITIES, RATES, READERS, Measured
from evaluation.inference.intervals import Interval, interval_of_patients, mean_over_findings, resampled_means
from evaluation.inference.rates import rate_interval
from evaluation.results import MEAN

TOGETHER: tuple[tuple[str, ...], ...] = (("area", "parts", *HITS, *IOUS, *CEILINGS), ("outline_in_box",), READERS)
SAME = "all findings have the same value, 0 or 1"


@dataclass(frozen=True)
class Summary:
    """The mean of one quantity over the truths of a finding; in rows called Mean, over findings' means.

    Attributes:
        finding, form, quantity: of what.
        n, patients: truths with a value, and patients that they are of.
        value: NaN without any.
        low, high: 95 % interval: Wilson's of one finding's hits and of readers' agreement where these are 0 or 1 for
            each truth, as in the benchmark; of all else, and of Mean, that of resampled patients, NaN below six. Where
            all of a Mean's hits are alike, resamples are too and say nothing: NaN.
        interval: what it is called; "" without one.
        why_no_interval: why there is none; "" with one.
        left_out: of Mean, the findings that it is not over.
    """

    finding: str
    form: Form
    quantity: str
    n: int
    patients: int
    value: float
    low: float
    high: float
    interval: str = ""
    why_no_interval: str = ""
    left_out: tuple[str, ...] = ()


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
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        means = np.where(defined, values, 0).sum(axis=0) / defined.sum(axis=0)
    people = np.array(groups)
    compared = _compared(np.asarray(defined.any(axis=0)))
    found = []
    for q, quantity in enumerate(QUANTITIES):
        for f, finding in enumerate(findings):
            some = defined[:, f, q]
            counts = int(some.sum()), len(set(people[some]))
            rate = rate_interval(values[:, f, q], groups) if quantity in RATES else None
            one = rate or interval_of_patients(replicates[:, f, q], counts[1])
            found.append(_summary(finding, form, quantity, counts, float(means[f, q]), one))
        over = compared[:, q]
        some = defined[:, over, q]
        counts = int(some.sum()), len(set(people[some.any(axis=1)]))
        one = interval_of_patients(mean_over_findings(replicates[:, over, q]), counts[1])
        if quantity in RATES and counts[0] and not one.why and set(values[:, over, q][some]) in ({0}, {1}):
            one = Interval(np.nan, np.nan, one.undefined, why=SAME)
        left_out = (
            tuple(f for f, kept in zip(findings, over, strict=True) if not kept) if defined[:, :, q].any() else ()
        )
        mean = float(mean_over_findings(means[over, q]))
        found.append(_summary(MEAN, form, quantity, counts, mean, one, left_out))
    return found


def _compared(known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which findings the means are over: bool (findings, quantities), of where there are any values, alike."""
    found = np.zeros_like(known)
    for together in TOGETHER:
        columns = np.array([QUANTITIES.index(quantity) for quantity in together])
        counts = known[:, columns].sum(axis=0)
        able = columns[(counts > 0) & (2 * counts >= len(known))]
        kept = np.asarray(known[:, able].all(axis=1))
        found[:, columns] = kept[:, None] & known[:, columns]
    return found


def _summary(
    finding: str,
    form: Form,
    quantity: str,
    counts: tuple[int, int],
    value: float,
    one: Interval,
    left_out: tuple[str, ...] = (),
) -> Summary:
    kind = "" if one.why else one.kind
    return Summary(finding, form, quantity, *counts, value, one.low, one.high, kind, one.why, left_out)


def _values(measured: Sequence[Measured], cases: Sequence[str], findings: Sequence[str]) -> NDArray[np.float64]:
    """float64 (cases, findings, quantities), NaN where there is none."""
    row, column = ({name: place for place, name in enumerate(names)} for names in (cases, findings))
    values = np.full((len(cases), len(findings), len(QUANTITIES)), np.nan)
    for one in measured:
        values[row[one.case], column[one.finding]] = [one.values.get(quantity, np.nan) for quantity in QUANTITIES]
    return values
