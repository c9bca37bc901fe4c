"""details.csv and details_summary.csv: the scores beside hit and IoU, by case, and their means."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evaluation.benchmark import Settings
from evaluation.report.parquet import Cell
from evaluation.results import Results
from evaluation.scores_registry import FURTHER, FURTHER_RATES

DETAILS = ("method", "finding", "case", *FURTHER)
DETAILS_SUMMARY: tuple[str, ...] = ("method", "finding", "score", "resampled", "n", "value", "low", "high")
DETAILS_SUMMARY += ("patients", "interval", "why_no_interval", "form")
Line = tuple[Cell, ...]


def detail_lines(results: Results) -> Iterator[Line]:
    """Lines of details.csv: a method, finding and case with a map and a mask."""
    for row in results.rows:
        if FURTHER[0] in row.scores.values:
            yield (row.method, row.finding, row.case, *(row.scores.values[name] for name in FURTHER))


def summary_of_details(results: Results, settings: Settings) -> Iterator[Line]:
    """Lines of details_summary.csv: by method and score, each finding, and the mean over these.

    Means are over the cases of details.csv where the score is defined; intervals are those of summary.csv, from the
    same resamples. A score that is defined on no case of a method, such as evidence by anatomy where that is unknown,
    has no line.
    """
    for method, values in _values(results).items():
        how = settings.bootstrap, settings.seed, settings.unit
        found = results.estimates_of(values, FURTHER, FURTHER_RATES, *how)
        for score in FURTHER:
            for finding in results.names if found[results.names[-1], score].n else ():
                one = found[finding, score]
                kind = None if one.interval.why else one.interval.kind
                ends = (one.interval.low, one.interval.high, one.patients, kind, one.interval.why or None)
                yield (method, finding, score, settings.unit, one.n, one.value, *ends, results.forms.get(method))


def _values(results: Results) -> dict[str, NDArray[np.float64]]:
    """By method the scores (scores, cases, findings), NaN where undefined; methods without any are left out."""
    place = {case: c for c, case in enumerate(results.cases)}
    shape = len(FURTHER), len(results.cases), len(results.findings)
    found: dict[str, NDArray[np.float64]] = {}
    for method, finding, case, *scores in detail_lines(results):
        values = found.setdefault(str(method), np.full(shape, np.nan))
        values[:, place[str(case)], results.findings.index(str(finding))] = scores
    return found
