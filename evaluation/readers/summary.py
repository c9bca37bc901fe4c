"""Means over cases of what readers agree on, by finding, with intervals by patient."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.findings import FINDINGS
from evaluation.inference.intervals import Interval, interval_of_patients, resampled_means
from evaluation.inference.rates import rate_interval
from evaluation.readers.measuring import PairRow
from evaluation.scores import METRICS
from evaluation.scoring import Row

MEASURES = ("agreed", "iou", "iou_both", "kappa", "hit")
_COLUMNS = (*MEASURES, *METRICS)
_RATES = ("agreed", "hit")  # of a case read by two they are 0 or 1, of more the mean over pairs or readers
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Mean:
    """A mean over cases, how many have a value, and its 95 % interval.

    Of a share or a hit that is 0 or 1 for each case it is Wilson's, else that of resampled patients: none below six.
    """

    value: float
    n: int
    interval: Interval


@dataclass(frozen=True)
class FindingAgreement:
    """What is known of one finding.

    Attributes:
        finding: which.
        cases: on which at least one of several readers marked it.
        pairs: of readers there, and of these `both`, of whom both marked it.
        means: by one of MEASURES: share of pairs of whom both marked it, IoU of all pairs (0 where one marked nothing),
            IoU of those of whom both did, kappa by pixel of all pairs, hit of one's point in the other's region where
            both marked it (both directions). Each is the mean over a case's pairs, then over cases.
        ceiling: hit, iou_tp and iou_all of one reader against the others.
    """

    finding: str
    cases: int
    pairs: int
    both: int
    means: dict[str, Mean]
    ceiling: dict[str, Mean]


def summarise(
    rows: Iterable[PairRow], ceiling: Iterable[Row], patients: dict[str, str], resamples: int, seed: int
) -> list[FindingAgreement]:
    """Summarise pairs of readers, and one reader against the others, by finding in CheXpert's order.

    Args:
        rows: of all cases.
        ceiling: of all cases, of one way.
        patients: by case, of all cases of several readers: intervals resample them all, as the benchmark does.
        resamples, seed: of the intervals.
    """
    by_finding: dict[str, list[PairRow]] = {}
    for row in rows:
        by_finding.setdefault(row.finding, []).append(row)
    findings = [finding for finding in FINDINGS if finding in by_finding]
    cases = sorted(patients)
    place = {case: at for at, case in enumerate(cases)}
    values = np.full((len(cases), len(findings), len(_COLUMNS)), np.nan)
    for f, finding in enumerate(findings):
        values[:, f, : len(MEASURES)] = _by_case(by_finding[finding], place)
    for one in ceiling:
        if one.finding in by_finding:
            scores = [one.scores.values[metric] for metric in METRICS]
            values[place[one.case], findings.index(one.finding), len(MEASURES) :] = scores
    means = _means(values, [patients[case] for case in cases], resamples, seed)
    return [
        FindingAgreement(
            finding,
            len({row.case for row in by_finding[finding]}),
            len(by_finding[finding]),
            sum(row.both for row in by_finding[finding]),
            dict(zip(MEASURES, found, strict=False)),
            dict(zip(METRICS, found[len(MEASURES) :], strict=True)),
        )
        for finding, found in zip(findings, means, strict=True)
    ]


def _by_case(rows: Sequence[PairRow], place: dict[str, int]) -> Numbers:
    """Means over the pairs of each case, (cases, measures); NaN where no pair has a value."""
    numbers = np.array(
        [(row.both, row.iou, row.iou if row.both else np.nan, row.kappa, (row.hit + row.hit_back) / 2) for row in rows],
        np.float64,
    )
    where = np.array([place[row.case] for row in rows])
    defined = ~np.isnan(numbers)
    sums, counts = np.zeros((2, len(place), numbers.shape[1]))
    np.add.at(sums, where, np.where(defined, numbers, 0))
    np.add.at(counts, where, defined)
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def _means(values: Numbers, groups: Sequence[str], resamples: int, seed: int) -> list[list[Mean]]:
    """By finding and column of values (cases, findings, columns)."""
    if not values.size:
        return []
    shape = values.shape[1:]
    replicates = resampled_means(values.reshape(len(values), -1), groups, resamples, seed).reshape(-1, *shape)
    return [
        [_mean(values[:, f, k], groups, replicates[:, f, k], rate=name in _RATES) for k, name in enumerate(_COLUMNS)]
        for f in range(shape[0])
    ]


def _mean(values: Numbers, groups: Sequence[str], replicates: Numbers, rate: bool) -> Mean:
    known = ~np.isnan(values)
    value = float(values[known].mean()) if known.any() else float("nan")
    patients = len({group for group, there in zip(groups, known, strict=True) if there})
    wilson = rate_interval(values, groups) if rate else None
    return Mean(value, int(known.sum()), wilson or interval_of_patients(replicates, patients))
