"""Means of scores against gaze by method, kind of reading and finding, with intervals by patient.

A finding's row is over every reading of which the method has a value. The rows called Mean stand beside each other, so
that they are over the same readings and findings: those in which all methods and floors have a value, see
`evaluation.comparable`; a method with few findings has its Mean over what it shares with the others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.findings import FINDINGS
from evaluation.comparable import Comparable
from evaluation.gaze.running import GazeRow
from evaluation.gaze.scores import SCORES
from evaluation.inference.intervals import Interval, interval_of_patients, mean_over_findings, resampled_means
from evaluation.results import MEAN, mean_over_cases

Numbers = NDArray[np.float64]


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
        readings, patients: how many there are of both; in the rows called Mean, with a value that is compared.
        means: by score.
        findings: that it is over: one, or those that are compared.
    """

    method: str
    kind: str
    finding: str
    readings: int
    patients: int
    means: Mapping[str, GazeMean]
    findings: tuple[str, ...]


def summarise(rows: Sequence[GazeRow], methods: Sequence[str], resamples: int, seed: int) -> Iterator[GazeSummary]:
    """Yield a line a method, kind and finding, and one called Mean over the findings.

    All methods of a kind share the same resamples of its patients.
    """
    for kind in dict.fromkeys(row.kind for row in rows):
        chosen = [row for row in rows if row.kind == kind]
        table = _Table.of(chosen, methods, resamples, seed)
        compared = table.compared()
        for m, method in enumerate(table.methods):
            for finding in table.findings:
                about = [row for row in chosen if row.method == method and row.finding == finding]
                if about:
                    yield table.line(kind, m, finding, table.values[m], [finding], about)
            kept = np.where(compared[m], table.values[m], np.nan)
            over = [f for f, some in zip(table.findings, compared[m].any(axis=(0, 1)), strict=True) if some]
            yield table.line(kind, m, MEAN, kept, over)


@dataclass(frozen=True)
class _Table:
    """Values of one kind of readings.

    Attributes:
        methods: those that have any; findings: alike.
        patients: whose each reading is, (readings,).
        values: float64 (methods, scores, readings, findings), NaN where there is none.
        resamples, seed: of the intervals.
    """

    methods: tuple[str, ...]
    findings: tuple[str, ...]
    patients: tuple[str, ...]
    values: Numbers
    resamples: int
    seed: int

    @classmethod
    def of(cls, rows: Sequence[GazeRow], methods: Sequence[str], resamples: int, seed: int) -> "_Table":
        """The table of these methods, in their order, with means over what all of them have."""
        present = {row.method for row in rows}
        names = tuple(method for method in methods if method in present)
        found = {row.finding for row in rows}
        findings = tuple(finding for finding in FINDINGS if finding in found)
        places = {key: place for place, key in enumerate(dict.fromkeys(map(_reading, rows)))}
        values = np.full((len(names), len(SCORES), len(places), len(findings)), np.nan)
        for row in rows:
            scores = [row.values[score] for score in SCORES]
            values[names.index(row.method), :, places[_reading(row)], findings.index(row.finding)] = scores
        return cls(names, findings, tuple(patient for patient, *_ in places), values, resamples, seed)

    def compared(self) -> NDArray[np.bool_]:
        """What the means over findings are over: bool, as the values."""
        found = np.zeros(self.values.shape, np.bool_)
        for k in range(len(SCORES)):
            values = self.values[:, k]
            able = Comparable.of(values, np.isnan(values), self.methods, shared=True)
            kept = np.array([able.of_the_mean(m) for m in range(len(self.methods))])
            found[:, k] = ~able.left_out & ~np.isnan(values) & kept[:, None]
        return found

    def line(
        self, kind: str, m: int, name: str, values: Numbers, over: Sequence[str], about: Sequence[GazeRow] = ()
    ) -> GazeSummary:
        """A line of one finding, whose rows are given, or of the mean over some.

        Args:
            kind, m, name: what it is about.
            values: float64 (scores, readings, findings), NaN where there is none.
            over: the findings.
            about: the rows; without, readings are counted that have a value.
        """
        columns = [self.findings.index(finding) for finding in over]
        chosen = values[:, :, columns]
        flat = chosen.transpose(1, 0, 2).reshape(len(self.patients), -1)
        shape = self.resamples, len(SCORES), len(columns)
        drawn = resampled_means(flat, self.patients, self.resamples, self.seed).reshape(shape)
        replicates, means = mean_over_findings(drawn), mean_over_findings(mean_over_cases(chosen))
        defined, people = ~np.isnan(chosen), np.array(self.patients)
        found = {}
        for k, score in enumerate(SCORES):
            known = len(set(people[defined[k].any(axis=1)]))
            limits = interval_of_patients(replicates[:, k], known)
            found[score] = GazeMean(float(means[k]), int(defined[k].sum()), limits)
        some = defined.any(axis=(0, 2))
        readings = len({_reading(row) for row in about}) if about else int(some.sum())
        patients = {row.patient for row in about} if about else set(people[some])
        return GazeSummary(self.methods[m], kind, name, readings, len(patients), found, tuple(over))


def _reading(row: GazeRow) -> tuple[str, str, str, str]:
    return row.patient, row.case, row.reader, row.phrase
