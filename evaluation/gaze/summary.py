"""Means of scores against gaze by method, kind of reading and finding, with intervals by patient."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.findings import FINDINGS
from evaluation.gaze.running import GazeRow
from evaluation.gaze.scores import SCORES
from evaluation.inference.intervals import Interval, interval_of_patients, mean_over_findings, resampled_means
from evaluation.results import MEAN


@dataclass(frozen=True)
class GazeMean:
    """A mean over readings, or, in the rows called Mean, over findings' means.

    Attributes:
        value: NaN where nothing is defined.
        n: readings with a value.
        interval: 95 %, patients resampled; none below six patients.
    """

    value: float
    n: int
    interval: Interval


@dataclass(frozen=True)
class GazeSummary:
    """One line of the table.

    Attributes:
        method, kind, finding: what it is about.
        readings, patients: how many there are of both.
        means: by score.
    """

    method: str
    kind: str
    finding: str
    readings: int
    patients: int
    means: dict[str, GazeMean]


def summarise(rows: Sequence[GazeRow], methods: Sequence[str], resamples: int, seed: int) -> Iterator[GazeSummary]:
    """Yield a line a method, kind and finding, and one called Mean over the findings.

    All methods of a kind share the same resamples of its patients.
    """
    for kind in dict.fromkeys(row.kind for row in rows):
        chosen = [row for row in rows if row.kind == kind]
        findings = [finding for finding in FINDINGS if any(row.finding == finding for row in chosen)]
        readings = list(dict.fromkeys((row.patient, row.case, row.reader, row.phrase) for row in chosen))
        places = {reading: place for place, reading in enumerate(readings)}
        groups = [patient for patient, *_ in readings]
        for method in methods:
            own = [row for row in chosen if row.method == method]
            if own:
                yield from _of_method(method, kind, own, findings, places, groups, resamples, seed)


def _of_method(
    method: str,
    kind: str,
    rows: Sequence[GazeRow],
    findings: Sequence[str],
    places: dict[tuple[str, str, str, str], int],
    groups: Sequence[str],
    resamples: int,
    seed: int,
) -> Iterator[GazeSummary]:
    values = np.full((len(places), len(SCORES), len(findings)), np.nan)
    for row in rows:
        place = places[row.patient, row.case, row.reader, row.phrase]
        values[place, :, findings.index(row.finding)] = [row.values[score] for score in SCORES]
    flat = values.reshape(len(places), -1)
    replicates = resampled_means(flat, groups, resamples, seed).reshape(-1, len(SCORES), len(findings))
    replicates = np.concatenate([replicates, mean_over_findings(replicates)[..., None]], axis=-1)
    means, counts = _means(values)
    named = np.array(groups)
    for place, finding in enumerate([*findings, MEAN]):
        about = rows if finding == MEAN else [row for row in rows if row.finding == finding]
        if not about:
            continue
        defined = ~np.isnan(values if finding == MEAN else values[:, :, place : place + 1]).all(axis=2)
        found = {}
        for k, score in enumerate(SCORES):
            known = len(set(named[defined[:, k]]))
            limits = interval_of_patients(replicates[:, k, place], known)
            found[score] = GazeMean(float(means[k, place]), int(counts[k, place]), limits)
        whom = len({row.patient for row in about})
        yield GazeSummary(
            method, kind, finding, len({(row.case, row.reader, row.phrase) for row in about}), whom, found
        )


def _means(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Means and numbers of defined values (scores, findings + 1); the last is the mean over findings."""
    defined = ~np.isnan(values)
    counts = defined.sum(axis=0)
    with np.errstate(invalid="ignore"):
        means = np.where(defined, values, 0).sum(axis=0) / counts
    everything = mean_over_findings(means)[:, None]
    return np.concatenate([means, everything], axis=1), np.concatenate([counts, counts.sum(axis=1)[:, None]], axis=1)
