"""Thresholds of every protocol at once, from one pass over validation maps."""

from collections.abc import Sequence
from functools import partial

from data_cache.geometry import Alignment
from evaluation.cases import CaseJob, Setup
from evaluation.cohort.curves import Progress, Tuned, TunedThresholds
from evaluation.sources.base import MapSource
from evaluation.truth.ground_truth import Masks
from evaluation.tuning.cases import CaseEvidence, Search, Tuner, weigh_case
from evaluation.workers import in_order

_SEARCHES: tuple[Search, ...] = ("halving", "grid", "cutoffs")


def tune_cohort(
    sources: Sequence[MapSource],
    truth: Masks,
    findings: tuple[str, ...],
    alignment: Alignment,
    *,
    processes: int = 1,
    progress: Progress = lambda done, total: None,
) -> tuple[Tuned, dict[tuple[str, str, str], float]]:
    """Choose thresholds and cut-offs for every method and finding, as `evaluation benchmark` does by protocol.

    The halving search and the grid look at the cases that the ground truth knows; cut-offs also at the others. The
    findings are those that are scored, which need not be all that the tuning set knows.

    Returns:
        What was chosen, and the probabilities of the cases that the ground truth knows, by (method, finding, case).
    """
    mapped = {case for source in sources for case in source.files}
    jobs = [CaseJob(case, truth.cases.get(case), findings) for case in sorted(mapped - truth.left_out)]
    tuners = {search: Tuner(search) for search in _SEARCHES}
    work = partial(_weigh, Setup(tuple(sources), alignment))
    probabilities: dict[tuple[str, str, str], float] = {}
    for done, (job, found) in enumerate(zip(jobs, in_order(work, jobs, processes), strict=True), 1):
        for search, case in zip(_SEARCHES, found, strict=True):
            tuners[search].add(case.evidence)
        probabilities |= {(one.method, one.finding, job.case_id): one.probability for one in found[0].evidence}
        progress(done, len(jobs))
    pairs = [(source.name, finding) for source in sources for finding in findings]
    return {pair: _thresholds(tuners, *pair) for pair in pairs}, probabilities


def _weigh(setup: Setup, job: CaseJob) -> tuple[CaseEvidence, ...]:
    nothing = CaseEvidence((), ())
    return tuple(
        weigh_case(setup, search, job) if job.masks is not None or search == "cutoffs" else nothing
        for search in _SEARCHES
    )


def _thresholds(tuners: dict[Search, Tuner], method: str, finding: str) -> TunedThresholds:
    halving, grid, cutoffs = (tuners[search].marking(method, finding) for search in _SEARCHES)
    return TunedThresholds(
        0.5 if halving.threshold is None else halving.threshold,
        halving.threshold_for_all,
        0.5 if grid.threshold is None else grid.threshold,
        cutoffs.cutoff,
    )
