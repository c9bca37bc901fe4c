"""What every map of a cohort marks at every threshold of a grid, as counts of pixels: one pass over the maps, after
which any threshold of the grid, the tuned ones and Otsu's cost nothing but a division.

Only maps with a mask to compare with are laid over their radiograph. Of the others it matters whether they mark
anything at all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluation.cases import CaseJob, Pair, Setup, pairs
from evaluation.ceilings import RESOLUTIONS, ceilings_of_case
from evaluation.localization import Overlap
from evaluation.pixels.overlay import overlay_map
from evaluation.problems import Problem
from evaluation.scores import NAN, NO_ENTRY, OTHER_SIZE
from evaluation.truth.ground_truth import Masks
from evaluation.workers import in_order
from models.classification.reasons import NOT_PREDICTED

STEPS = 200
THRESHOLDS: NDArray[np.float64] = np.arange(STEPS + 1) / STEPS
EXTRA = ("tuned_tp", "tuned_all", "otsu")  # further columns of the counts, after those of the grid
COLUMNS = STEPS + 1 + len(EXTRA)
_AT_ONCE = 1 << 16  # values that stay in the cache while they are counted

# What is known of a map and a mask; the order is that of the numbers in `CohortCurves.states`.
STATES = (
    "nothing marked and nothing drawn",
    "marked, nothing drawn",
    "drawn",
    "blank map",
    "drawn, no map of the case",
    "no map of the case",
    "no mask entry",
    "no usable map",
    "mask of another size",
    NOT_PREDICTED,
)
UNMARKED, MARKED, DRAWN, BLANK, MISSING_DRAWN, MISSING, WITHOUT_ENTRY, UNUSABLE, OTHER, UNPREDICTED = range(len(STATES))
Progress = Callable[[int, int], None]
Tuned = Mapping[tuple[str, str], "TunedThresholds"]


@dataclass(frozen=True)
class TunedThresholds:
    """What validation cases chose for a method and a finding.

    Attributes:
        tp, everything: by MedicalPatchNet's halving search, for the IoU of TP only and of TP, FP and FN.
        grid: by CheXlocalize's grid.
        cutoff: the probability below which nothing is marked, with Otsu's threshold.
    """

    tp: float = 0.5
    everything: float = 0.5
    grid: float = 0.5
    cutoff: float = 0.0


@dataclass(frozen=True, eq=False)
class CohortCurves:
    """Counts of a cohort under one alignment. M methods, F findings, C cases, P drawn masks, K = COLUMNS columns.

    Attributes:
        methods, cases, findings: names, in the order of the arrays.
        pair_finding, pair_case: int (P,), which masks are drawn, by finding, then case.
        mask, pixels: int64 (P,), pixels of the mask and of the radiograph.
        states: uint8 (M, F, C), see STATES.
        probability: float32 (M, F, C), NaN where unknown.
        above, inside: int64 (M, P, K), pixels above each threshold, and those of them inside the mask: strictly above,
            as everywhere. The columns are THRESHOLDS, then EXTRA. 0 where no map is laid.
        otsu: float32 (M, P), Otsu's threshold.
        hit, pointing: float32 (M, P), the pointing game exactly and with the setup's tolerance; NaN without a map.
        ceilings: float64 (resolutions, P), the IoU of a perfect map at its best threshold; (0, P) when not asked for.
        people: float64 (3 people, F, C), hit and both IoUs of the human benchmark, and of one reader against the
            others, NaN where undefined; (0, F, C) without.
        floors: float64 (floors, 3, F, C), the same of each floor; (0, 3, F, C) without.
        problems: what could not be used.
    """

    methods: tuple[str, ...]
    cases: tuple[str, ...]
    findings: tuple[str, ...]
    pair_finding: NDArray[np.integer[Any]]
    pair_case: NDArray[np.integer[Any]]
    mask: NDArray[np.int64]
    pixels: NDArray[np.int64]
    states: NDArray[np.uint8]
    probability: NDArray[np.float32]
    above: NDArray[np.int64]
    inside: NDArray[np.int64]
    otsu: NDArray[np.float32]
    hit: NDArray[np.float32]
    pointing: NDArray[np.float32]
    ceilings: NDArray[np.float64]
    people: NDArray[np.float64]
    floors: NDArray[np.float64]
    problems: tuple[Problem, ...] = ()

    def overlap(self, method: int) -> Overlap:
        """The counts of a method at every column, arrays (P, K)."""
        return Overlap(self.inside[method], self.above[method], self.mask[:, None], self.pixels[:, None])


@dataclass(frozen=True, eq=False)
class _PairCurve:
    state: int
    probability: float
    above: NDArray[np.int64] | None = None
    inside: NDArray[np.int64] | None = None
    otsu: float = NAN
    hit: float = NAN
    pointing: float = NAN


@dataclass(frozen=True, eq=False)
class _CaseCurves:
    pairs: Mapping[tuple[str, str], _PairCurve]
    ceilings: Mapping[tuple[str, int], float] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def count_above(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """How many values, in [0, 1], lie above each of THRESHOLDS: int64 (201,).

    v > k/200 exactly when ceil(200 v) > k, and 200 v is exact in float64 for any float32.
    """
    counts = np.zeros(STEPS + 1, np.int64)
    flat = values.reshape(1, -1)
    scaled = np.empty((1, min(flat.size, _AT_ONCE)), np.float64)
    for start in range(0, flat.size, _AT_ONCE):
        part = flat[:, start : start + _AT_ONCE]
        steps = scaled[:, : part.size]
        np.ceil(np.multiply(part, STEPS, out=steps, dtype=np.float64), out=steps)
        histogram = cv2.calcHist([steps.astype(np.uint8)], [0], None, [STEPS + 1], [0, STEPS + 1])
        counts += histogram.ravel().astype(np.int64)
    return counts.sum() - np.cumsum(counts)


def curves_of_cohort(
    setup: Setup,
    truth: Masks,
    tuned: Tuned,
    *,
    ceilings: bool = False,
    processes: int = 1,
    progress: Progress = lambda done, total: None,
) -> CohortCurves:
    """Count everything of every case of the ground truth, and of the cases that only have maps.

    Args:
        setup: the methods, the alignment and the tolerance of the pointing game.
        truth: the masks.
        tuned: thresholds by (method, finding); a pair that is missing has Otsu's in their place.
        ceilings: whether to work out what perfect maps would score.
        processes: how many to work with.
        progress: told after each case.
    """
    mapped = {case for source in setup.sources for case in source.files}
    jobs = [CaseJob(case, truth.cases.get(case), truth.findings) for case in truth.to_score(mapped)]
    found = []
    for one in in_order(partial(_curves_of_case, setup, tuned, ceilings), jobs, processes):
        found.append(one)
        progress(len(found), len(jobs))
    return _assemble([source.name for source in setup.sources], truth.findings, jobs, found, ceilings)


def _curves_of_case(setup: Setup, tuned: Tuned, ceilings: bool, job: CaseJob) -> _CaseCurves:
    problems: list[Problem] = []
    rows = {}
    for pair in pairs(setup, job, problems):
        rows[pair.method, pair.finding] = _curve_of_pair(pair, tuned.get((pair.method, pair.finding)), setup.tolerance)
    best = {}
    if ceilings:
        best = {(c.finding, c.resolution): c.best for c in ceilings_of_case(job) if c.alignment == setup.alignment}
    return _CaseCurves(rows, best, tuple(dict.fromkeys(problems)))


def _curve_of_pair(pair: Pair, tuned: TunedThresholds | None, tolerance: float) -> _PairCurve:
    if pair.unusable or pair.case_missing or pair.mask is None or pair.region is None:
        return _PairCurve(_state_without_mask(pair), pair.probability)
    overlay = None if pair.values is None else overlay_map(pair.values, pair.region)
    if overlay is None:
        first = pair.region.top, pair.region.left  # a constant map points at its first pixel, as in the reference
        hits = (float(pair.mask.near(*first, reach)) for reach in (0, tolerance))
        return _PairCurve(BLANK, pair.probability, None, None, NAN, *hits)
    comparison = overlay.against(pair.mask)
    otsu, threshold = comparison.otsu()
    extra = [otsu, otsu, otsu]
    if tuned is not None:
        extra[:2] = [comparison.above(tuned.tp), comparison.above(tuned.everything)]
    return _PairCurve(
        DRAWN,
        pair.probability,
        np.append(count_above(comparison.overlay.normalised), [int(one.marked) for one in extra]),
        np.append(count_above(comparison.inside), [int(one.both) for one in extra]),
        threshold,
        comparison.hit(),
        comparison.hit(tolerance),
    )


def _state_without_mask(pair: Pair) -> int:
    if pair.unusable:
        return {NO_ENTRY: WITHOUT_ENTRY, OTHER_SIZE: OTHER, NOT_PREDICTED: UNPREDICTED}.get(pair.unusable, UNUSABLE)
    if pair.case_missing:
        return MISSING_DRAWN if pair.mask is not None else MISSING
    return MARKED if pair.marks(otsu=False) else UNMARKED


def _drawn(findings: Sequence[str], jobs: Sequence[CaseJob]) -> Iterator[tuple[int, int, int, int]]:
    """(finding, case, pixels of the mask, pixels of the radiograph) of every mask that is not empty."""
    for f, finding in enumerate(findings):
        for c, job in enumerate(jobs):
            mask = (job.masks or {}).get(finding)
            if mask is not None and mask.area:
                yield f, c, mask.area, mask.size[0] * mask.size[1]


def _assemble(
    methods: Sequence[str],
    findings: tuple[str, ...],
    jobs: Sequence[CaseJob],
    found: Sequence[_CaseCurves],
    ceilings: bool,
) -> CohortCurves:
    drawn = np.array(list(_drawn(findings, jobs)), np.int64).reshape(-1, 4)
    shape, masks = (len(methods), len(findings), len(jobs)), len(drawn)
    states, probability = np.zeros(shape, np.uint8), np.full(shape, np.nan, np.float32)
    above, inside = (np.zeros((len(methods), masks, COLUMNS), np.int64) for _ in range(2))
    otsu, hit, pointing = (np.full((len(methods), masks), np.nan, np.float32) for _ in range(3))
    place = {(int(f), int(c)): p for p, (f, c, _, _) in enumerate(drawn)}
    for c, case in enumerate(found):
        for (method, finding), one in case.pairs.items():
            m, f = methods.index(method), findings.index(finding)
            states[m, f, c], probability[m, f, c] = one.state, one.probability
            p = place.get((f, c))
            if p is None:
                continue
            otsu[m, p], hit[m, p], pointing[m, p] = one.otsu, one.hit, one.pointing
            if one.above is not None and one.inside is not None:
                above[m, p], inside[m, p] = one.above, one.inside
    best = np.full((len(RESOLUTIONS) if ceilings else 0, masks), np.nan)
    for r in range(len(best)):
        best[r] = [found[c].ceilings[findings[f], RESOLUTIONS[r]] for f, c, _, _ in drawn]
    return CohortCurves(
        tuple(methods),
        tuple(job.case_id for job in jobs),
        findings,
        drawn[:, 0],
        drawn[:, 1],
        drawn[:, 2],
        drawn[:, 3],
        states,
        probability,
        above,
        inside,
        otsu,
        hit,
        pointing,
        best,
        np.empty((0, *shape[1:])),
        np.empty((0, 3, *shape[1:])),
        tuple(dict.fromkeys(problem for case in found for problem in case.problems)),
    )
