"""Scoring all methods on one case."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from data_cache.errors import InputError
from data_cache.marks import Form
from evaluation.cases import CaseJob, Pair, Setup, pairs
from evaluation.problems import Problem
from evaluation.scores import Marking, Scores, score_drawn, score_missing, score_undrawn

Markings = Mapping[tuple[str, str], Marking]


@dataclass(frozen=True)
class Row:
    """One line of the results: a method's scores of one finding of one case.

    Attributes:
        method: what it is called in the tables, see `CaseJob.named`.
        finding, case: of which.
        scores: what it scores.
        probability: of the finding; NaN where unknown.
        mapped: whether there was a map to score.
        form: as what the truth was marked.
        lacking: why the method has no map that can be used; "" where it has one, and where masks are to blame.
        drawn: whether something is drawn.
    """

    method: str
    finding: str
    case: str
    scores: Scores
    probability: float
    mapped: bool = True
    form: Form = "mask"
    lacking: str = ""
    drawn: bool = False


@dataclass(frozen=True)
class CaseResult:
    """All rows of a case, what was wrong with its maps, and by method the hash of the files they came from."""

    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)


def score_case(setup: Setup, markings: Markings, job: CaseJob) -> CaseResult:
    """Score every method and finding of a case.

    Args:
        setup: the methods.
        markings: how maps are marked, by (method, finding).
        job: the case.

    Raises:
        InputError: a file of maps was changed meanwhile, so that the hash would be of other maps than were scored.
    """
    present = [source for source in setup.sources if job.case_id in source.files]
    before = [source.states(job.case_id) for source in present]
    problems: list[Problem] = []
    rows = []
    for pair in pairs(setup, job, problems):
        name = job.named(pair.method, pair.finding)
        scores = score_pair(pair, markings[name, pair.finding], setup.tolerance)
        known = (pair.mapped, job.form(pair.finding), pair.lacking, pair.mask is not None)
        rows.append(Row(name, pair.finding, job.case_id, scores, pair.probability, *known))
    digests = {source.name: source.digest(job.case_id) for source in present}
    if before != [source.states(job.case_id) for source in present]:
        raise InputError(
            f"Expected the maps of {job.case_id} to stay as they are, found that one was changed while it was read; "
            "run the benchmark again when they are complete."
        )
    return CaseResult(tuple(rows), tuple(dict.fromkeys(problems)), digests)


def score_pair(pair: Pair, marking: Marking, tolerance: float) -> Scores:
    """Score one map against one mask, whichever of them is missing."""
    if pair.unusable:
        return Scores.undefined(pair.unusable)
    if pair.case_missing:
        return score_missing(pair.mask is not None, pair.why)
    silenced = marking.silences(pair.probability)
    if pair.mask is None or pair.region is None:
        return score_undrawn(marking.can_mark and pair.marks(marking.threshold is None), silenced, pair.why)
    return score_drawn(pair.values, pair.region, pair.mask, marking, tolerance, silenced, pair.beside)
