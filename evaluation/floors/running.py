"""Floors as the benchmark has them: what is fitted before the cases are scored, and what is added afterwards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from evaluation.floors import PRIOR
from evaluation.floors.confidence import Confidence, OfCases, confidence_rows, different
from evaluation.floors.fitting import Floors, Masked
from evaluation.floors.scoring import NAMES
from evaluation.scores import Marking
from evaluation.scoring import Markings, Row
from evaluation.truth.ground_truth import Masks

Probabilities = Mapping[tuple[str, str, str], float]  # by method, finding and case; NaN where unknown


@dataclass(frozen=True, eq=False)
class FloorRun:
    """The floors of a run.

    Attributes:
        floors: as they were fitted.
        masked: the masks that they were made of, by finding.
        pool: those masks by case, with empty ones.
        methods: the names of their rows, in the order of the tables.
        rows: one a floor, finding and case.
        markings: how floors are marked, by (floor, finding), where all cases are marked alike.
        tuning: whether those masks are a tuning set's, and not those that are scored.
    """

    floors: Floors
    masked: Masked
    pool: Masks
    methods: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    markings: Markings = field(default_factory=dict)
    tuning: bool = False

    def finished(
        self, rows: Sequence[Row], models: Mapping[str, str], learned: Probabilities, scored: Probabilities
    ) -> "FloorRun":
        """Add what comes of scoring.

        Args:
            rows: the floors' own.
            models: of each method, whose probabilities it brings.
            learned: probabilities of the cases that floors are made of.
            scored: of the cases that are scored.
        """
        known = (Confidence(model, _of(method, learned), _of(method, scored)) for method, model in models.items())
        confidences = different(one for one in known if one.tuning)
        methods, all_rows = [name for name in NAMES if any(row.method == name for row in rows)], list(rows)
        markings = dict(self._markings())
        prior = [row for row in rows if row.method == PRIOR]
        for model in confidences:
            if model.name in methods:
                continue
            found, cutoffs = confidence_rows(self.floors, self.masked, self.pool.cases, model, prior)
            methods.append(model.name)
            all_rows += found
            if not self.floors.folds.count:
                markings |= {
                    (model.name, finding): Marking(markings[PRIOR, finding].threshold, None, cutoff)
                    for (finding, _), cutoff in cutoffs.items()
                }
        return replace(self, methods=tuple(methods), rows=tuple(all_rows), markings=markings)

    def _markings(self) -> Iterable[tuple[tuple[str, str], Marking]]:
        for floor, finding in self.floors.maps:
            one = self.floors.one_map(floor, finding)
            if one is not None and one.threshold == one.threshold:
                yield (floor, finding), Marking(one.threshold, one.threshold)


def _of(method: str, probabilities: Probabilities) -> OfCases:
    return {
        (finding, case): probability
        for (name, finding, case), probability in probabilities.items()
        if name == method and probability == probability
    }
