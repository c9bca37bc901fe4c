"""Making the floors' maps and thresholds from masks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from data_cache.geometry import Alignment
from evaluation.cases import CaseJob
from evaluation.floors import CENTRE, PRIOR
from evaluation.floors.folds import Folds
from evaluation.floors.laying import FloorMap
from evaluation.floors.maps import Drawn, best_threshold, centre_map, drawn, prior_map
from evaluation.localization import Map
from evaluation.pixels.mask_runs import MaskRuns
from evaluation.truth.ground_truth import Masks
from evaluation.workers import in_order

Masked = Mapping[str, Sequence[Drawn]]  # by finding
_FEW = 1000  # cases that are done before more processes have started


@dataclass(frozen=True, eq=False)
class Floors:
    """All that is needed to score floors.

    Attributes:
        alignment: in which they were made.
        folds: who is left out of which version.
        maps: by (floor, finding), one map a version of the folds; None where there is none.
    """

    alignment: Alignment
    folds: Folds
    maps: Mapping[tuple[str, str], tuple[FloorMap | None, ...]]

    def map_for(self, floor: str, finding: str, case: str) -> FloorMap | None:
        """The map that a case is scored with: nothing of its patient is in it."""
        return self.maps[floor, finding][self.folds.place(case)]

    def one_map(self, floor: str, finding: str) -> FloorMap | None:
        """The map of all cases; None where they are scored with different ones, or there is none."""
        return None if self.folds.count else self.maps[floor, finding][0]


def fit_floors(
    truth: Masks,
    known: Masks,
    alignment: Alignment,
    *,
    processes: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Floors, Masked]:
    """Make the floors for the findings of `truth` from the masks of `known`.

    Args:
        truth: what is scored; its masks are not looked at, unless there are no others.
        known: the tuning set; where it is empty, the truth itself, in folds by patient.
        alignment: how maps lie on radiographs.
        processes: how many to work with.
        progress: told after each case.

    Returns:
        The floors, and the masks that they were made of.
    """
    pool = known if known.cases else truth
    folds = Folds.between(pool, truth)
    masked = collect(pool, truth.findings, alignment, processes, progress)
    middle = centre_map()
    maps: dict[tuple[str, str], tuple[FloorMap | None, ...]] = {}
    for finding in truth.findings:
        of_versions = [
            [mask for mask in masked[finding] if folds.learned_from(mask.case, version)] for version in folds.versions
        ]
        maps[PRIOR, finding] = tuple(_prior(masks) for masks in of_versions)
        maps[CENTRE, finding] = tuple(_centre(middle, masks) for masks in of_versions)
    return Floors(alignment, folds, maps), masked


def collect(
    pool: Masks,
    findings: tuple[str, ...],
    alignment: Alignment,
    processes: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, list[Drawn]]:
    """The drawn masks of some findings in cells, by finding."""
    jobs = [CaseJob(case, masks, findings) for case, masks in sorted(pool.cases.items())]
    found: dict[str, list[Drawn]] = {finding: [] for finding in findings}
    workers = processes if len(jobs) > _FEW else 1
    for done, one in enumerate(in_order(partial(_drawn_of, alignment), jobs, workers), 1):
        for finding, mask in one:
            found[finding].append(mask)
        progress(done, len(jobs))
    return found


def _drawn_of(alignment: Alignment, job: CaseJob) -> list[tuple[str, Drawn]]:
    masks = {finding: (job.masks or {}).get(finding) for finding in job.findings}
    return [
        (finding, drawn(job.case_id, MaskRuns.of(mask), alignment))
        for finding, mask in masks.items()
        if mask is not None and mask.area
    ]


def _prior(masks: Sequence[Drawn]) -> FloorMap | None:
    values = prior_map(masks)
    return None if values is None else FloorMap(values, best_threshold(values, masks), len(masks))


def _centre(values: Map, masks: Sequence[Drawn]) -> FloorMap:
    return FloorMap(values, best_threshold(values, masks) if masks else float("nan"), len(masks))
