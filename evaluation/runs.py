"""Several runs of one method, such as seeds of its training: NAME#1, NAME#2 … are rows of their own, with their spread.

What differs between runs is not what differs between patients: intervals of a row resample patients, and say nothing of
another training; the spread says what another training does on the same patients.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evaluation.results import Results
from evaluation.scores import METRICS

_RUN = re.compile(r"(?P<name>[^#]+)#(?P<run>[^#,]+)(?P<form>,.*)?")


@dataclass(frozen=True)
class Spread:
    """How far runs of a method lie apart.

    Attributes:
        method: the name before the #.
        finding, metric: of the means that are compared.
        runs: that have a mean.
        mean: of the runs' means.
        deviation: their standard deviation, with n − 1; NaN of one run.
        low, high: the least and the largest.
    """

    method: str
    finding: str
    metric: str
    runs: int
    mean: float
    deviation: float
    low: float
    high: float


def method_of(name: str) -> str:
    """The method that a row is a run of; the row's own name where it is none.

    >>> method_of("raw#1"), method_of("raw#2, against boxes"), method_of("raw")
    ('raw', 'raw, against boxes', 'raw')
    """
    found = _RUN.fullmatch(name)
    return name if found is None else found["name"] + (found["form"] or "")


def spreads(results: Results) -> Iterator[Spread]:
    """The spread of every method of which there are runs, by finding (the last is the mean over them) and metric."""
    means, _ = results.means()
    methods = [method_of(name) for name in results.methods]
    for method in dict.fromkeys(one for one, name in zip(methods, results.methods, strict=True) if one != name):
        places = [m for m, one in enumerate(methods) if one == method and results.methods[m] != method]
        for f, finding in enumerate(results.names):
            for k, metric in enumerate(METRICS):
                found = means[places, k, f]
                yield _spread(method, finding, metric, found[~np.isnan(found)])


def _spread(method: str, finding: str, metric: str, found: np.ndarray) -> Spread:
    nan = float("nan")
    if not len(found):
        return Spread(method, finding, metric, 0, nan, nan, nan, nan)
    deviation = float(found.std(ddof=1)) if len(found) > 1 else nan
    return Spread(
        method, finding, metric, len(found), float(found.mean()), deviation, float(found.min()), float(found.max())
    )
