"""boxes.csv: average precision of the boxes that each method finds, by finding, threshold, measure and level."""

from collections.abc import Iterator

import numpy as np

from evaluation.boxes.precision import Judged, Precision, precisions
from evaluation.results import MEAN, Results

HEADER = ("method", "finding", "threshold", "measure", "level", "cases", "truths", "found", "average_precision")
Line = tuple[str, str, float, str, float, int, int, int, float]


def box_lines(results: Results) -> Iterator[Line]:
    """Lines of boxes.csv: by method, each finding that is drawn, and the mean over these."""
    judged: dict[str, dict[str, list[Judged]]] = {}
    for row in results.rows:
        if row.scores.boxes is not None:
            judged.setdefault(row.method, {}).setdefault(row.finding, []).append(row.scores.boxes)
    for method, by_finding in judged.items():
        found = {name: precisions(by_finding[name]) for name in results.findings if name in by_finding}
        for finding, several in found.items():
            yield from (_line(method, finding, one) for one in several)
        yield from (_mean(method, same) for same in zip(*found.values(), strict=True))


def _line(method: str, finding: str, one: Precision) -> Line:
    return (method, finding, one.threshold, one.measure, one.level, one.cases, one.truths, one.found, one.value)


def _mean(method: str, same: tuple[Precision, ...]) -> Line:
    """The mean over findings of one threshold, measure and level; the numbers are sums."""
    first, value = same[0], float(np.mean([one.value for one in same]))
    sums = (sum(getattr(one, name) for one in same) for name in ("cases", "truths", "found"))
    cases, truths, found = sums
    return (method, MEAN, first.threshold, first.measure, first.level, cases, truths, found, value)
