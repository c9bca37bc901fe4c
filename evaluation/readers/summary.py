"""Means over cases of what readers agree on, by finding, with intervals by patient."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.findings import FINDINGS
from evaluation.inference.intervals import Interval, interval_of_patients, resampled_means
from evaluation.readers.measuring import PairRow
from evaluation.scores import METRICS
from evaluation.scoring import Row

MEASURES = ("agreed", "iou", "iou_both", "kappa", "hit")
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Mean:
    """A mean over cases, how many have a value, and its 95 % interval, patients resampled; none below six patients."""

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
        patients: by case.
        resamples, seed: of the intervals.
    """
    by_finding: dict[str, list[PairRow]] = {}
    for row in rows:
        by_finding.setdefault(row.finding, []).append(row)
    humans: dict[str, list[Row]] = {}
    for one in ceiling:
        humans.setdefault(one.finding, []).append(one)
    found = []
    for finding in (finding for finding in FINDINGS if finding in by_finding):
        own = by_finding[finding]
        cases = list(dict.fromkeys(row.case for row in own))
        values = _by_case(own, cases)
        beside = [row for row in humans.get(finding, ()) if row.scores.values]
        scored = np.array([[row.scores.values[metric] for metric in METRICS] for row in beside]).reshape(-1, 3)
        found.append(
            FindingAgreement(
                finding,
                len(cases),
                len(own),
                sum(row.both for row in own),
                _means(MEASURES, values, [patients[case] for case in cases], resamples, seed),
                _means(METRICS, scored, [patients[row.case] for row in beside], resamples, seed),
            )
        )
    return found


def _by_case(rows: Sequence[PairRow], cases: Sequence[str]) -> Numbers:
    """Means over the pairs of each case, (cases, measures); NaN where no pair has a value."""
    place = {case: at for at, case in enumerate(cases)}
    numbers = np.array(
        [(row.both, row.iou, row.iou if row.both else np.nan, row.kappa, (row.hit + row.hit_back) / 2) for row in rows],
        np.float64,
    )
    where = np.array([place[row.case] for row in rows])
    defined = ~np.isnan(numbers)
    sums, counts = np.zeros((2, len(cases), numbers.shape[1]))
    np.add.at(sums, where, np.where(defined, numbers, 0))
    np.add.at(counts, where, defined)
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def _means(names: Sequence[str], values: Numbers, groups: Sequence[str], resamples: int, seed: int) -> dict[str, Mean]:
    if not len(values):
        nothing = Interval(float("nan"), float("nan"), 0)
        return {name: Mean(float("nan"), 0, nothing) for name in names}
    replicates = resampled_means(values, groups, resamples, seed)
    counts = (~np.isnan(values)).sum(axis=0)
    with np.errstate(invalid="ignore"):
        means = np.nansum(values, axis=0) / counts
    known = [len({group for group, value in zip(groups, column, strict=True) if value == value}) for column in values.T]
    return {
        name: Mean(float(means[k]), int(counts[k]), interval_of_patients(replicates[:, k], known[k]))
        for k, name in enumerate(names)
    }
