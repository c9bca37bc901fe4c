"""What validation cases say about thresholds and cut-offs, added up over cases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.cases import CaseJob, Pair, Setup, pairs
from evaluation.localization import iou_all
from evaluation.pixels.curves import STEPS
from evaluation.pixels.overlay import Comparison, overlay_map
from evaluation.problems import Problem
from evaluation.scores import Marking
from evaluation.tuning.search import GRID, CutoffTuning, MeanCurve, cutoff_search, grid_search, halve

Search = Literal["halving", "grid", "cutoffs"]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What one map of a validation case tells.

    Attributes:
        method, finding: which.
        ious: IoU at every threshold that the search may ask for, float64 (k,); with the search for cut-offs (1,), that
            of Otsu's threshold. None where the case scores 0 at all of them.
        drawn: whether a mask is drawn.
        probability: of the finding.
    """

    method: str
    finding: str
    ious: NDArray[np.float64] | None
    drawn: bool
    probability: float


@dataclass(frozen=True)
class CaseEvidence:
    """All evidence of a case, and what was wrong with its maps."""

    evidence: tuple[Evidence, ...]
    problems: tuple[Problem, ...]


def weigh_case(setup: Setup, search: Search, job: CaseJob) -> CaseEvidence:
    """Collect what a case tells about every method and finding.

    A pair tells nothing when its map is missing, when nothing is marked and nothing drawn, or, unless cut-offs are
    searched (as in the reference codes), when the ground truth does not know the case.
    """
    problems: list[Problem] = []
    found = []
    for pair in pairs(setup, job, problems):
        if not pair.mapped or not (pair.mask or pair.marks(otsu=search == "cutoffs")):
            continue
        if pair.known or search == "cutoffs":
            name = job.named(pair.method, pair.finding)
            found.append(Evidence(name, pair.finding, _ious(pair, search), bool(pair.mask), pair.probability))
    return CaseEvidence(tuple(found), tuple(dict.fromkeys(problems)))


def _ious(pair: Pair, search: Search) -> NDArray[np.float64] | None:
    if pair.values is None or pair.mask is None or pair.region is None:
        return None
    overlay = overlay_map(pair.values, pair.region)
    if overlay is None:
        return None
    comparison = overlay.against(pair.mask)
    if search == "halving":
        return iou_all(comparison.curve().overlap())
    if search == "grid":
        return np.array([_iou_above(comparison, threshold) for threshold in GRID])
    return np.array([float(iou_all(comparison.otsu()[0]))])


def _iou_above(comparison: Comparison, threshold: float) -> float:
    return float(iou_all(comparison.above(threshold)))


class Tuner:
    """Adds up evidence, in the order it comes, and chooses how each method marks each finding."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self._length = {"halving": STEPS + 1, "grid": len(GRID), "cutoffs": 0}[search]
        self._curves: dict[tuple[str, str], MeanCurve] = {}
        self._cutoffs: dict[tuple[str, str], CutoffTuning] = {}

    def add(self, evidence: Iterable[Evidence]) -> None:
        """Add the evidence of a case."""
        for one in evidence:
            key = one.method, one.finding
            if self.search == "cutoffs":
                iou = 0.0 if one.ious is None else float(one.ious[0])
                self._cutoffs.setdefault(key, CutoffTuning()).add(iou, one.probability, one.drawn)
                continue
            curve = self._curves.setdefault(key, MeanCurve(np.zeros(self._length)))
            if one.ious is None:
                curve.add_zero()
            else:
                curve.add(one.ious)

    def marking(self, method: str, finding: str) -> Marking:
        """The marking with the best mean on the cases added."""
        if self.search == "cutoffs":
            tuning = self._cutoffs.get((method, finding), CutoffTuning())
            return Marking(cutoff=cutoff_search(tuning.means(), finding))
        curve = self._curves.get((method, finding), MeanCurve(np.zeros(self._length)))
        if self.search == "grid":
            threshold = grid_search(curve.mean_tp())
            return Marking(threshold, threshold)
        return Marking(halve(curve.mean_tp()), halve(curve.mean_all()))

    def curves(self) -> Mapping[tuple[str, str], MeanCurve]:
        """Mean IoU by threshold, by (method, finding)."""
        return self._curves
