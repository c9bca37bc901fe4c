"""What may be compared with what: cases of which both have a map, and findings in which all have a value.

*Cases*: one of which a method has no usable map, and so no value, is left out of the floors and the ceiling that this
method is compared with, and between methods it is left out for all. A value that the policy in force gives to a map
that is missing (`evaluation.missing`) counts as any other.

*Findings*: a mean is over those in which every method and every floor has a value. So that no row of few findings
decides for all, a row has a say in this only with a value in at least half of the findings that methods have. A method
without has its mean over what it shares with the others; a floor without is no floor of the mean.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.floors import is_floor
from evaluation.missing import LEFT_OUT
from evaluation.readers.measuring import CEILING
from evaluation.results import Results
from evaluation.scoring import Row
from evaluation.truth.human import HUMAN


def is_method(name: str) -> bool:
    """Whether a row of the tables is of a method's maps: no floor, no ceiling, nobody's own marks."""
    return not is_floor(name) and not name.startswith((HUMAN, CEILING, "Ceiling"))


@dataclass(frozen=True, eq=False)
class Comparable:
    """What rows of the tables may be compared on, in one metric.

    Attributes:
        without: bool (rows, cases, findings), where others have a value and a row has none for want of a usable map.
        left_out: bool (rows, cases, findings), on which a row is not compared with any other.
        known: bool (rows, findings), where a row then has a value of any case.
        scored: bool (findings, ), in which any method has a value.
        kept: bool (findings, ), in which all have one.
        floors: places of the floors that the mean over `kept` is compared with.
    """

    without: NDArray[np.bool_]
    left_out: NDArray[np.bool_]
    known: NDArray[np.bool_]
    scored: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    floors: tuple[int, ...]

    @classmethod
    def of(
        cls,
        values: NDArray[np.float64],
        missing: NDArray[np.bool_],
        names: Sequence[str],
        shared: bool,
        comparators: Collection[str] = (),
    ) -> "Comparable":
        """Find out what may be compared.

        Args:
            values: float64 (rows, cases, findings), NaN where undefined.
            missing: bool, alike: where a row has no usable map.
            names: of the rows.
            comparators: rows that have no say in what the others are compared on, as people have none.
            shared: whether methods are to be compared with each other, too, and not each with floors alone.
        """
        without = missing & np.isnan(values) & ~np.isnan(values).all(axis=0)
        known = _known(values)
        asked = [is_method(name) and name not in comparators for name in names]
        methods = [i for i, one in enumerate(asked) if one]
        scored = np.any(known[methods], axis=0)
        able = [i for i, row in enumerate(known) if row.any() and 2 * row[scored].sum() >= scored.sum()]
        compared, floors = [i for i in able if asked[i]], [i for i in able if is_floor(names[i])]
        left_out = without
        if shared:
            left_out = without | (without & known[:, None])[compared].any(axis=0)
            known = _known(np.where(left_out, np.nan, values))
        kept = scored & np.all(known[[*compared, *floors]], axis=0)
        return cls(without, left_out, known, scored, kept, tuple(floors))

    def of_the_mean(self, row: int) -> NDArray[np.bool_]:
        """Which findings a row's mean is over: bool (findings, )."""
        return self.kept & self.known[row]


def _known(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(~np.isnan(values).all(axis=1))


def missing_maps(results: Results) -> NDArray[np.bool_]:
    """Where rows have no usable map: bool (methods, cases, findings)."""
    return _where(results, lambda row: bool(row.lacking))


def left_out_for_all(results: Results) -> NDArray[np.bool_]:
    """Where the policy `common` left all rows out: bool (cases, findings)."""
    return np.asarray(_where(results, lambda row: LEFT_OUT in row.scores.reasons.values()).any(axis=0))


def _where(results: Results, ask: Callable[[Row], bool]) -> NDArray[np.bool_]:
    places = {case: c for c, case in enumerate(results.cases)}
    found = np.zeros((len(results.methods), len(results.cases), len(results.findings)), bool)
    for row in filter(ask, results.rows):
        found[results.methods.index(row.method), places[row.case], results.findings.index(row.finding)] = True
    return found
